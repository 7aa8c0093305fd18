//! Specs of the whole server, one module a story.
