//! Actors of one kind by number.

use std::rc::Rc;
use std::sync::Arc;

use actix::Addr;

use crate::shell::{Entity, Rest, Shell};
use crate::supervision::{Memory, Meta, State};

/// An actor and what outlives it.
pub(crate) struct Slot<E: Entity> {
    pub(crate) addr: Addr<Shell<E>>,
    pub(crate) memory: Rc<Memory<E>>,
    pub(crate) meta: Arc<Meta>,
    pub(crate) side: Rc<E::Side>,
}

impl<E: Entity> Slot<E> {
    /// It takes messages. One set aside or killed does not.
    pub(crate) fn lives(&self) -> bool {
        self.addr.connected()
    }

    /// It used up its budget: what came for it since is lost.
    pub(crate) fn is_set_aside(&self) -> bool {
        self.meta.state() == State::SetAside
    }
}

/// All of one kind; a number is a place.
pub(crate) struct Slots<E: Entity>(Vec<Option<Slot<E>>>);

impl<E: Entity> Default for Slots<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<E: Entity> Slots<E> {
    pub(crate) fn get(&self, no: u32) -> Option<&Slot<E>> {
        self.0.get(no as usize)?.as_ref()
    }

    pub(crate) fn put(&mut self, no: u32, slot: Slot<E>) {
        let at = no as usize;
        if at >= self.0.len() {
            self.0.resize_with(at + 1, || None);
        }
        self.0[at] = Some(slot);
    }

    pub(crate) fn take(&mut self, no: u32) -> Option<Slot<E>> {
        self.0.get_mut(no as usize)?.take()
    }

    /// One part of the places, the next each time: whoever is quiet there may rest.
    pub(crate) fn rest(&self, parts: usize, turn: usize) {
        let size = self.0.len().div_ceil(parts);
        for slot in self.0.iter().skip(size * (turn % parts)).take(size).flatten() {
            if slot.memory.is_quiet() {
                slot.addr.do_send(Rest);
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Slot<E>)> {
        self.0
            .iter()
            .enumerate()
            .filter_map(|(no, slot)| Some((u32::try_from(no).unwrap_or(u32::MAX), slot.as_ref()?)))
    }
}
