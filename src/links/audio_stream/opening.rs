//! The handshake: who may come in, and what the URL and headers tell of the call.

use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;

use super::metadata::Metadata;
use crate::auth::secrets;
use crate::config::Secret;

/// Parameters and headers that are read.
const MOST: usize = 32;

/// Looks at the request once; kept by whoever shakes hands.
pub(super) struct Opening<'a> {
    pub(super) token: Option<&'a Secret>,
    /// What it tells.
    pub(super) told: Metadata,
    /// It had no token, or a wrong one.
    pub(super) is_refused: bool,
}

impl Opening<'_> {
    /// # Errors
    /// 401 without the token: it says no more than that.
    pub(super) fn look(
        &mut self,
        request: &Request,
        response: Response,
    ) -> Result<Response, Box<ErrorResponse>> {
        let query = request.uri().query().unwrap_or_default();
        let parameters = || query.split('&').take(MOST).filter_map(|pair| pair.split_once('='));
        if let Some(token) = self.token {
            let headers = ["authorization", "x-vigie-token", "x-token"];
            let in_headers = headers.iter().filter_map(|name| request.headers().get(*name)?.to_str().ok());
            let in_query = parameters().filter(|(name, _)| *name == "token").map(|(_, value)| value);
            let is_it = |said: &str| {
                let said = said.strip_prefix("Bearer ").unwrap_or(said).trim();
                secrets::same(said.as_bytes(), token.reveal().as_bytes())
            };
            if !in_headers.chain(in_query).any(is_it) {
                self.is_refused = true;
                let mut refused = ErrorResponse::new(None);
                *refused.status_mut() = StatusCode::UNAUTHORIZED;
                return Err(Box::new(refused));
            }
        }
        for (name, value) in parameters().filter(|(name, _)| *name != "token") {
            self.told.add(name, &decoded(value));
        }
        for (name, value) in request.headers().iter().take(MOST) {
            if let (Some(name), Ok(value)) = (name.as_str().strip_prefix("x-"), value.to_str()) {
                self.told.add(&name.replace('-', "_"), value);
            }
        }
        // the last part of the path, where it is an id: /fs/2f1c7e3a-…
        let last = request.uri().path().rsplit('/').next().unwrap_or_default();
        if last.len() == 36 && last.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') {
            self.told.add("uuid", last);
        }
        Ok(response)
    }
}

/// `%2B` is a plus.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
