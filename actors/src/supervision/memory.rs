//! What outlives an actor: a checkpoint of its pure state, the inputs since, and the one it works on.
//!
//! An input is written here before it is worked on and leaves when all its effects are out. After a
//! fault the state is the checkpoint plus the inputs since; the one in flight is tried once more,
//! then skipped and quarantined. Effects that were out before the fault are not sent again.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::rc::Rc;

use compact_str::CompactString;

use super::meta::Meta;
use super::quarantine::{self, Poison};
use super::spec::Reason;

/// Inputs kept before the next checkpoint, of a state that is cheap to copy.
const MOST_INPUTS: usize = 8;
/// Bytes of them.
const MOST_BYTES: usize = 2 * 1024;
/// The same for any state: after so many the time to rebuild it would show.
const MOST_INPUTS_EVER: usize = 4096;
/// The same kind of input skipped that often at the same place: from then on it is not tried.
const BREAKER: u8 = 3;
/// Kinds and places that one actor's breaker remembers.
const MOST_PLACES: usize = 16;

/// A pure state that is a function of its inputs.
pub trait Machine: Clone + Debug + 'static {
    /// Whatever changes it.
    type Input: 'static;
    /// What it says happened.
    type Out: Default;

    /// The next state.
    fn apply(&mut self, input: &Self::Input, out: &mut Self::Out);
    /// The input's name for people: an event's name, or a message's.
    fn name(input: &Self::Input) -> &'static str;
    /// Copies what must outlive the read buffer.
    fn keep(input: Self::Input) -> Self::Input;
    /// Bytes that keeping it costs.
    fn weight(input: &Self::Input) -> usize;
    /// Parts of the state, roughly: what copying it costs. As many inputs as parts may pass before the
    /// next checkpoint, so that copying costs each of them the same however large the state is.
    fn parts(&self) -> usize {
        1
    }
    /// Its raw bytes, for a capture; nothing for what did not come from a PBX.
    fn raw(input: &Self::Input, out: &mut Vec<u8>);
    /// An input was skipped: say so from now on.
    fn degrade(&mut self);
}

struct InFlight<I> {
    input: I,
    attempts: u8,
    /// Effects that are out already.
    sent: usize,
}

struct Inner<M: Machine> {
    /// Shared with the actor until its next input, so that at rest there is one state, not two.
    checkpoint: Rc<M>,
    since: Vec<M::Input>,
    bytes: usize,
    in_flight: Option<InFlight<M::Input>>,
    /// Attempts to rebuild that did not come to their end.
    rebuilding: u8,
    /// What was skipped, where, how often.
    skipped: Vec<(&'static str, CompactString, u8)>,
}

/// The memory of one actor, shared with whoever starts it.
pub struct Memory<M: Machine> {
    inner: RefCell<Inner<M>>,
    open: Cell<bool>,
    /// Inputs done, and how many when it was last asked whether it is quiet.
    done: Cell<u32>,
    done_then: Cell<u32>,
}

impl<M: Machine> Memory<M> {
    /// That of an actor that starts with this state.
    pub fn new(state: M) -> Self {
        let inner = Inner {
            checkpoint: Rc::new(state),
            since: Vec::new(),
            bytes: 0,
            in_flight: None,
            rebuilding: 0,
            skipped: Vec::new(),
        };
        Self {
            inner: RefCell::new(inner),
            open: Cell::new(false),
            done: Cell::new(0),
            done_then: Cell::new(0),
        }
    }

    /// Writes an input down before it is worked on. `false`: inputs of that kind were skipped too
    /// often at the same place and are not tried any more; the state is to say so.
    pub fn begin(&self, input: M::Input) -> bool {
        let mut inner = self.inner.borrow_mut();
        if self.open.get() && inner.skipped.iter().any(|(n, _, c)| *n == M::name(&input) && *c >= BREAKER) {
            return false;
        }
        inner.in_flight = Some(InFlight { input, attempts: 1, sent: 0 });
        true
    }

    /// To be called before the input in flight is tried once more.
    pub fn try_again(&self) {
        if let Some(flight) = &mut self.inner.borrow_mut().in_flight {
            flight.attempts = 2;
        }
    }

    /// Applies the input in flight.
    pub fn apply(&self, state: &mut Rc<M>, out: &mut M::Out) {
        if let Some(flight) = &self.inner.borrow().in_flight {
            Rc::make_mut(state).apply(&flight.input, out);
        }
    }

    /// Effects of the input in flight that are out already.
    pub fn sent(&self) -> usize {
        self.inner.borrow().in_flight.as_ref().map_or(0, |f| f.sent)
    }

    /// One more effect of it is about to go out.
    pub fn sending(&self) {
        if let Some(flight) = &mut self.inner.borrow_mut().in_flight {
            flight.sent += 1;
        }
    }

    /// The input in flight and its effects are done; takes a checkpoint when it is time.
    pub fn done(&self, state: &Rc<M>) {
        let mut inner = self.inner.borrow_mut();
        let Some(flight) = inner.in_flight.take() else { return };
        self.done.set(self.done.get().wrapping_add(1));
        let bytes = inner.bytes.saturating_add(M::weight(&flight.input));
        let most = state.parts().clamp(MOST_INPUTS, MOST_INPUTS_EVER);
        if inner.since.len() >= most || bytes > MOST_BYTES * (most / MOST_INPUTS) {
            inner.checkpoint_at(state);
        } else {
            inner.bytes = bytes;
            inner.since.push(M::keep(flight.input));
        }
    }

    /// Takes a checkpoint now: for changes that are no input, and before quiet times.
    pub fn checkpoint(&self, state: &Rc<M>) {
        let mut inner = self.inner.borrow_mut();
        inner.checkpoint_at(state);
        inner.since = Vec::new();
    }

    /// It keeps inputs, and had no new one since this was last asked: a checkpoint would free them.
    pub fn is_quiet(&self) -> bool {
        let done = self.done.get();
        self.done_then.replace(done) == done && self.since() > 0
    }

    /// Inputs that the checkpoint does not hold yet.
    pub fn since(&self) -> usize {
        self.inner.borrow().since.len()
    }

    /// The name of the input in flight.
    pub fn in_flight(&self) -> Option<&'static str> {
        self.inner.borrow().in_flight.as_ref().map(|f| M::name(&f.input))
    }

    /// The state after a fault, without the input in flight, and whether that is to be tried again.
    pub fn recover(&self, meta: &Meta) -> (Rc<M>, bool) {
        let mut inner = self.inner.borrow_mut();
        inner.rebuilding += 1;
        let mut degraded = false;
        if inner.rebuilding > 2 {
            // what was borne once is not borne any more: the checkpoint alone must do
            inner.since = Vec::new();
            inner.bytes = 0;
            degraded = true;
        }
        let mut state = Rc::clone(&inner.checkpoint);
        for input in &inner.since {
            Rc::make_mut(&mut state).apply(input, &mut M::Out::default());
        }
        inner.rebuilding = 0;
        let again = match &inner.in_flight {
            None => false,
            Some(flight) if flight.attempts < 2 => true,
            Some(_) => {
                self.skip(&mut inner, meta);
                degraded = true;
                false
            }
        };
        if degraded {
            Rc::make_mut(&mut state).degrade();
            inner.checkpoint_at(&state);
        }
        (state, again)
    }

    fn skip(&self, inner: &mut Inner<M>, meta: &Meta) {
        let Some(flight) = inner.in_flight.take() else { return };
        let fault = meta.last_fault();
        let (words, location) = match fault.as_ref().map(|f| f.reason.clone()) {
            Some(Reason::Panicked(words, location)) => (words, location),
            Some(other) => (compact_str::format_compact!("{other}"), CompactString::const_new("")),
            None => (CompactString::const_new(""), CompactString::const_new("")),
        };
        let name = M::name(&flight.input);
        match inner.skipped.iter().position(|(n, l, _)| *n == name && *l == location) {
            Some(at) => inner.skipped[at].2 = inner.skipped[at].2.saturating_add(1),
            None if inner.skipped.len() < MOST_PLACES => inner.skipped.push((name, location.clone(), 1)),
            None => {}
        }
        self.open.set(inner.skipped.iter().any(|(_, _, count)| *count >= BREAKER));
        let (mut before, mut event) = (Vec::new(), Vec::new());
        inner.since.iter().for_each(|input| M::raw(input, &mut before));
        M::raw(&flight.input, &mut event);
        quarantine::keep(Poison {
            actor: meta.name().into(),
            message: name.into(),
            words,
            location,
            error_id: fault.map_or(0, |f| f.error_id),
            version: env!("CARGO_PKG_VERSION"),
            event: event.into(),
            before: before.into(),
            state: format!("{:?}", inner.checkpoint),
        });
    }
}

impl<M: Machine> Inner<M> {
    fn checkpoint_at(&mut self, state: &Rc<M>) {
        self.checkpoint = Rc::clone(state);
        self.since.clear();
        self.bytes = 0;
    }
}
