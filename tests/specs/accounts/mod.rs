//! People, rights and the doors: the server as its operator starts it, on a real PostgreSQL and the built-in
//! PBX, asked over plain sockets.

mod assistants;
mod by_hand;
mod callbacks;
mod desk;
mod doors;
mod figures;
mod flows;
mod limits;
mod login;
mod matrix;
mod outcome;
mod people;
mod phones;
mod pictures;
mod prompts;
mod scopes;
mod sessions;
mod sockets;
mod together;
mod trail;
