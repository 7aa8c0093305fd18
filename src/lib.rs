//! The server: links to PBXs, the pages, the API.
