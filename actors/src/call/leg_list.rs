//! The legs of a call in order, each shared with the checkpoint until it changes: copying a call's state
//! copies no leg.

use std::ops::{Index, IndexMut};
use std::sync::Arc;

use super::legs::Leg;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Legs(Vec<Arc<Leg>>);

impl Legs {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, place: usize) -> Option<&Leg> {
        self.0.get(place).map(Arc::as_ref)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Leg> + ExactSizeIterator {
        self.0.iter().map(Arc::as_ref)
    }

    pub(crate) fn push(&mut self, leg: Leg) {
        self.0.push(Arc::new(leg));
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&Leg) -> bool) {
        self.0.retain(|leg| keep(leg));
    }

    /// Changes some of them.
    pub(crate) fn change(&mut self, which: impl Fn(&Leg) -> bool, mut how: impl FnMut(&mut Leg)) {
        for leg in &mut self.0 {
            if which(leg) {
                how(Arc::make_mut(leg));
            }
        }
    }

    /// Gives them away.
    pub(crate) fn into_iter(self) -> impl Iterator<Item = Leg> {
        self.0.into_iter().map(Arc::unwrap_or_clone)
    }
}

impl Index<usize> for Legs {
    type Output = Leg;
    fn index(&self, place: usize) -> &Leg {
        &self.0[place]
    }
}

impl IndexMut<usize> for Legs {
    fn index_mut(&mut self, place: usize) -> &mut Leg {
        Arc::make_mut(&mut self.0[place])
    }
}
