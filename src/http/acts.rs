//! An act: noted on disk, done, and noted again with its outcome (S54).

use std::future::Future;

use serde_json::{Map, Value};

use super::Site;
use super::access::Caller;
use super::error::ApiError;
use crate::access::Access;
use crate::audit::Note;

/// What is about to be done.
pub(super) struct Act<'a> {
    /// `hangup`, `set_user` ...
    pub(super) name: &'static str,
    /// To whom or what.
    pub(super) on: &'a str,
    /// What else the log shall say; nothing secret.
    pub(super) with: Map<String, Value>,
}

impl<'a> Act<'a> {
    /// Of that name, on that.
    pub(super) fn new(name: &'static str, on: &'a str) -> Self {
        Self { name, on, with: Map::new() }
    }

    /// Says more.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.with.insert(name.to_owned(), value.into());
        self
    }

    /// Does it. Without accounts nobody is asked who he is, and nothing is noted.
    pub(super) async fn run<T>(
        self,
        site: &Site,
        caller: &Caller,
        work: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        self.run_saying(site, caller, async { work.await.map(|done| (done, Map::new())) }).await
    }

    /// The same of what is known whole only when it is done: what it says then stands with the outcome.
    pub(super) async fn run_saying<T>(
        self,
        site: &Site,
        caller: &Caller,
        work: impl Future<Output = Result<(T, Map<String, Value>), ApiError>>,
    ) -> Result<T, ApiError> {
        let Access::Accounts(accounts) = &site.parts.access else {
            return work.await.map(|(done, _)| done);
        };
        let mut note = Note {
            who: caller.who().id().to_owned(),
            from: caller.address().to_owned(),
            act: self.name,
            on: self.on.chars().take(200).collect(),
            outcome: "asked",
            of: None,
            with: self.with,
        };
        let asked = accounts.audit.write(note.clone()).await.map_err(|_| ApiError::AuditUnwritten)?;
        let done = work.await;
        note.of = Some(asked);
        let (done, with) = match done {
            Ok((done, with)) => (Ok(done), with),
            Err(problem) => (Err(problem), Map::new()),
        };
        note.with = with;
        note.outcome = done.as_ref().err().map_or("done", ApiError::slug);
        if accounts.audit.write(note).await.is_err() {
            // it is done, and that it was asked stands
            log::error!("audit: the outcome of entry {asked} could not be written");
        }
        done
    }
}
