//! Tickets for the WebSocket: random, good once and for 30 s, bound to the session that asked (S47), so
//! that no token stands in an address or a log.

use std::time::{Duration, Instant};

use ahash::AHashMap;
use parking_lot::Mutex;

use super::secrets;

/// How long one holds.
pub const LIFETIME: Duration = Duration::from_secs(30);
/// Tickets that may be out at once; the oldest go first.
const MOST: usize = 20_000;
/// And of one session.
const MOST_OF_ONE: usize = 20;

/// Whom a ticket lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// User id.
    pub user: String,
    /// Session id.
    pub session: String,
}

/// Those that are out, by their hash.
#[derive(Default)]
pub struct Tickets(Mutex<AHashMap<Vec<u8>, (Instant, Bearer)>>);

impl Tickets {
    /// A new one.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn issue(&self, bearer: Bearer, now: Instant) -> std::io::Result<String> {
        let ticket = secrets::token()?;
        let mut out = self.0.lock();
        let of_him = out.values().filter(|(_, other)| other.session == bearer.session).count();
        if out.len() >= MOST || of_him >= MOST_OF_ONE {
            out.retain(|_, (made, _)| now.duration_since(*made) < LIFETIME);
            let oldest = out
                .iter()
                .filter(|(_, (_, other))| of_him < MOST_OF_ONE || other.session == bearer.session)
                .min_by_key(|(_, (made, _))| *made)
                .map(|(hash, _)| hash.clone());
            if let Some(oldest) = oldest {
                out.remove(&oldest);
            }
        }
        out.insert(secrets::sha256(ticket.as_bytes()), (now, bearer));
        Ok(ticket)
    }

    /// Whom it lets in, once.
    pub fn take(&self, ticket: &str, now: Instant) -> Option<Bearer> {
        if ticket.len() > 100 {
            return None;
        }
        let (made, bearer) = self.0.lock().remove(&secrets::sha256(ticket.as_bytes()))?;
        (now.saturating_duration_since(made) < LIFETIME).then_some(bearer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s47_a_ticket_is_good_once_and_for_30_seconds() {
        let (tickets, now) = (Tickets::default(), Instant::now());
        let bearer = Bearer { user: "u".into(), session: "s".into() };
        let ticket = tickets.issue(bearer.clone(), now).unwrap();
        assert_eq!(tickets.take("other", now), None);
        assert_eq!(tickets.take(&ticket, now), Some(bearer.clone()));
        assert_eq!(tickets.take(&ticket, now), None, "a second time");
        let late = tickets.issue(bearer.clone(), now).unwrap();
        assert_eq!(tickets.take(&late, now + LIFETIME), None);
        let all: Vec<_> = (0..50).map(|_| tickets.issue(bearer.clone(), now).unwrap()).collect();
        assert!(tickets.0.lock().len() <= MOST_OF_ONE, "a session cannot fill the memory");
        assert!(tickets.take(all.last().unwrap(), now).is_some());
    }
}
