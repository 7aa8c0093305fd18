//! What `vigie` and `vigie-voice` say to each other, [`protocol`], and sound at other rates, [`rate`].
//!
//! The voice engines of the machine are C libraries with states of their own. They work in processes of their own, so that a
//! fault in one costs one question, and so that the licence of a library is that of a process beside Vigie.

pub mod protocol;
pub mod rate;
