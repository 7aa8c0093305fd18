//! Pauses outlive a restart: of the PBX, which forgets them, and of Vigie (L22).
//!
//! ```text
//! board ─each second─▶ who is paused where, and who is to be ─▶ vigie.pauses
//! a PBX is live again after a boot ─▶ what was kept against what it shows ─▶ paused again · lost, by name
//! ```
//!
//! While a PBX runs, it is right: whoever is unpaused there, by whatever means, is unpaused. Only across a boot
//! of it do we know better. A pause after the call stands nowhere but here: it is stored before it is
//! acknowledged.
//!
//! What does not live here: what a pause is (`actors::agent`), and who may ask for one.

mod fate;
mod keeper;
mod store;

pub use fate::{Kept, Of};
pub use keeper::{Pauses, Told};
