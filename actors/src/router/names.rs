//! Names and their numbers: agents, queues, trunks.

use ahash::AHashMap;

use crate::view::Text;

#[derive(Debug, Default)]
pub(super) struct Names {
    names: Vec<Text>,
    numbers: AHashMap<Text, u32>,
}

impl Names {
    pub(super) fn get(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The number, and whether the name is new.
    pub(super) fn get_or_add(&mut self, name: &str) -> (u32, bool) {
        if let Some(no) = self.get(name) {
            return (no, false);
        }
        let no = self.names.len() as u32;
        self.names.push(name.into());
        self.numbers.insert(name.into(), no);
        (no, true)
    }

    pub(super) fn name(&self, no: u32) -> Option<&Text> {
        self.names.get(no as usize)
    }
}
