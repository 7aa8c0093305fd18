//! A trunk: whether it is registered, whether it answers, how many legs it carries.

pub use crate::agent::LegNews;
