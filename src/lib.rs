//! The server: links to PBXs, the pages, the API.

pub mod access;
pub mod app;
pub mod audit;
pub mod auth;
pub mod config;
pub mod db;
pub mod desks;
pub mod errands;
pub mod figures;
pub mod flows;
pub mod history;
pub mod http;
pub mod links;
pub mod logged;
pub mod messages;
pub mod pauses;
pub mod pbx;
pub mod people;
pub mod prompts;
pub mod recordings;
pub mod replay;
pub mod tickets;
pub mod voice;
pub mod ws;
