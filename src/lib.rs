//! The server: links to PBXs, the pages, the API.

pub mod app;
pub mod config;
pub mod db;
pub mod figures;
pub mod history;
pub mod http;
pub mod links;
pub mod pbx;
pub mod replay;
pub mod ws;
