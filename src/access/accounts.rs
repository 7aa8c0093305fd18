//! Accounts: from what a request carries to who asks, and how somebody gets in.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::who::Who;
use crate::audit::{Audit, Note, Refusals};
use crate::auth::password::{Crowded, Passwords};
use crate::auth::secrets;
use crate::auth::sessions::{Begun, Refreshed, Sessions};
use crate::auth::setup::SetupCode;
use crate::auth::throttle::Throttle;
use crate::auth::ticket::{Bearer as TicketBearer, Tickets};
use crate::auth::token::Tokens;
use crate::config::Secret;
use crate::db::{Db, Unavailable};
use crate::people::{Directory, People, Person};

/// How often sessions are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// And written down.
const WRITE_EVERY: u32 = 15;

/// Why nobody can be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is known yet, or the database is needed and away.
    Unavailable,
    /// Too many passwords are being compared.
    Crowded,
    /// The line could not be put on disk.
    Unwritten,
    /// The system failed; the log has why.
    Broken,
}

/// Why somebody was not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginFault {
    /// No such user, or not his password.
    Wrong,
    /// The password is right, and he may not log in any more.
    Disabled,
    /// Too many tries; how long to wait.
    Slower(Duration),
    /// Else.
    Fault(Fault),
}

impl From<Fault> for LoginFault {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Crowded> for Fault {
    fn from(_: Crowded) -> Self {
        Self::Crowded
    }
}

impl From<Unavailable> for Fault {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// Somebody who was let in.
pub struct Login {
    /// Who.
    pub person: Arc<Person>,
    /// His session with its secrets.
    pub begun: Begun,
    /// To be sent as bearer.
    pub access: String,
}

/// See the module.
pub struct Accounts {
    /// Users, groups, sites.
    pub people: Arc<People>,
    /// Sessions.
    pub sessions: Sessions,
    /// Password work.
    pub passwords: Passwords,
    /// Open while there is no account.
    pub setup: SetupCode,
    /// What was done.
    pub audit: Audit,
    /// The database that all of it stands in.
    pub db: Db,
    tokens: Tokens,
    tickets: Tickets,
    throttle: Throttle,
    refusals: Refusals,
    /// Sessions were read since the start.
    known: AtomicBool,
}

impl Accounts {
    /// In that database; the key and the audit journal in that folder. Must be called inside a runtime.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn start(db: Db, folder: &Path) -> std::io::Result<Arc<Self>> {
        let key = secrets::key_file(&folder.join("auth/token.key"))?;
        let audit = Audit::open(folder.join("audit"))?;
        audit.upload(db.clone());
        let people = People::new(db.clone());
        let accounts = Arc::new(Self {
            sessions: Sessions::new(db.clone(), &folder.join("auth"))?,
            passwords: Passwords::new()?,
            setup: SetupCode::default(),
            tokens: Tokens::new(&key),
            tickets: Tickets::default(),
            throttle: Throttle::default(),
            refusals: Refusals::default(),
            known: AtomicBool::new(false),
            people: people.clone(),
            audit,
            db,
        });
        let weak = Arc::downgrade(&accounts);
        people.listen(move |directory| {
            if let Some(accounts) = weak.upgrade() {
                accounts.see(directory);
            }
        });
        People::follow(&people);
        Self::follow(&accounts);
        Ok(accounts)
    }

    /// Sessions, kept new until the last handle is gone.
    fn follow(this: &Arc<Self>) {
        let accounts = Arc::downgrade(this);
        tokio::spawn(async move {
            let mut round: u32 = 0;
            loop {
                let Some(accounts) = accounts.upgrade() else { return };
                let known = accounts.known.load(Ordering::Acquire);
                // the database away: what is known stays, and what others changed is read when it is back
                let looked = match known {
                    false => accounts.load_sessions().await,
                    true => accounts.sessions.look().await,
                };
                if looked.is_err() && known {
                    round = 0;
                }
                if looked.is_ok() {
                    accounts.known.store(true, Ordering::Release);
                    let _ = accounts.sessions.write_ends().await;
                    round = round.wrapping_add(1);
                    if round.is_multiple_of(WRITE_EVERY) {
                        let _ = accounts.sessions.write_down().await;
                    }
                    if round.is_multiple_of(1_000) {
                        let _ = accounts.sessions.sweep().await;
                    }
                }
                accounts.sum_up(false).await;
                drop(accounts);
                tokio::time::sleep(if known { LOOK_EVERY } else { Duration::from_millis(100) }).await;
            }
        });
    }

    async fn load_sessions(&self) -> Result<(), Unavailable> {
        let Some(directory) = self.people.now() else { return Err(Unavailable::Busy) };
        let login = |user: &str| directory.people.get(user).map(|person| person.user.login_id.clone());
        self.sessions
            .load(|user, address| {
                if let Some(login) = login(user) {
                    self.throttle.knows(&login, address);
                }
            })
            .await
    }

    /// A new picture of people: while there is nobody, a code is shown with which to begin.
    fn see(&self, directory: &Directory) {
        if !directory.people.is_empty() {
            return self.setup.close();
        }
        match self.setup.open() {
            Ok(None) => {}
            // on standard error whatever is logged: who cannot read it could never begin
            Ok(Some(code)) => eprintln!(
                "\n  There is no account yet. Open the page and enter this setup code to make the first one:\n\n      {code}\n"
            ),
            Err(problem) => log::error!("no setup code: {problem}"),
        }
    }

    /// Whether people and sessions were read since the start.
    pub fn is_known(&self) -> bool {
        self.known.load(Ordering::Acquire)
    }

    /// Whoever that session belongs to, as he is now.
    pub fn of_session(&self, user: &str, session: &str) -> Option<Who> {
        if !self.sessions.is_alive(session) {
            return None;
        }
        let directory = self.people.now()?;
        let person = directory.people.get(user).filter(|person| person.user.is_active)?.clone();
        Some(Who::new(person, session, directory))
    }

    /// The same one, as he is in that picture; `None` when he is no more, or his session is over.
    pub fn as_of(&self, who: &Who, directory: &Arc<Directory>) -> Option<Who> {
        let session = who.session().filter(|session| self.sessions.is_alive(session))?;
        let person = directory.people.get(who.id()).filter(|person| person.user.is_active)?;
        Some(Who::new(person.clone(), session, directory.clone()))
    }

    /// By an access token.
    pub fn by_token(&self, token: &str) -> Option<Who> {
        let claims = self.tokens.read(token)?;
        let who = self.of_session(&claims.sub, &claims.sid)?;
        self.sessions.touch(&claims.sid);
        Some(who)
    }

    /// By the cookie of a front end that sends no token.
    pub fn by_cookie(&self, cookie: &str) -> Option<Who> {
        let session = self.sessions.by_cookie(cookie)?;
        let who = self.of_session(&session.user, &session.id)?;
        self.sessions.touch(&session.id);
        Some(who)
    }

    /// By a ticket, once.
    pub fn by_ticket(&self, ticket: &str) -> Option<Who> {
        let bearer = self.tickets.take(ticket, Instant::now())?;
        let who = self.of_session(&bearer.user, &bearer.session)?;
        self.sessions.touch(&bearer.session);
        Some(who)
    }

    /// A ticket for him.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn ticket(&self, who: &Who) -> Result<String, Fault> {
        let session = who.session().unwrap_or_default().to_owned();
        let bearer = TicketBearer { user: who.id().to_owned(), session };
        self.tickets.issue(bearer, Instant::now()).map_err(broken)
    }

    /// A login, from that address.
    ///
    /// # Errors
    /// Why he is not let in.
    pub async fn log_in(&self, login: &str, password: Secret, address: &str) -> Result<Login, LoginFault> {
        // not noted: a line on disk for each would make guessing cheaper for him than for us
        self.throttle.tries(login, address, Instant::now()).map_err(LoginFault::Slower)?;
        let directory = self.people.now().filter(|_| self.is_known()).ok_or(Fault::Unavailable)?;
        let person = directory.by_login(login).cloned();
        let hash = person.as_ref().and_then(|person| person.password.clone());
        let same = self.passwords.verify(&password, hash.as_ref()).await.map_err(Fault::from)?;
        let Some(person) = person.filter(|_| same) else {
            self.refused("login", "", login, address, "wrong").await?;
            return Err(LoginFault::Wrong);
        };
        let user = person.user.id.clone();
        if !person.user.is_active {
            self.throttle.takes_back(login, address);
            self.refused("login", &user, login, address, "disabled").await?;
            return Err(LoginFault::Disabled);
        }
        let entered = self.let_in(person, address).await.inspect_err(|_| {
            // no guess, and he can do nothing for the database
            self.throttle.takes_back(login, address);
        })?;
        let Some(entered) = entered else {
            self.refused("login", &user, login, address, "changed_meanwhile").await?;
            return Err(LoginFault::Wrong);
        };
        self.throttle.succeeded(login, address);
        if let Err(fault) = self.note("login", &user, login, address, "done").await {
            // nobody has its secrets yet
            if let Err(problem) = self.sessions.end(&entered.begun.id, "unwritten").await {
                log::error!("sessions: {problem}");
            }
            return Err(fault.into());
        }
        Ok(entered)
    }

    /// A setup code or a present password may be tried; a try counts until [`Accounts::was_right`].
    ///
    /// # Errors
    /// When there were too many.
    pub fn may_try(&self, what: &str, address: &str) -> Result<(), LoginFault> {
        self.throttle.tries(what, address, Instant::now()).map_err(LoginFault::Slower)
    }

    /// That try was right.
    pub fn was_right(&self, what: &str, address: &str) {
        self.throttle.succeeded(what, address);
    }

    /// Begins a session for him; `None` when his password is another meanwhile, or he was disabled.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn let_in(&self, person: Arc<Person>, address: &str) -> Result<Option<Login>, Fault> {
        let Some(begun) = self.sessions.begin(&person.user.id, person.password.as_ref(), address).await?
        else {
            return Ok(None);
        };
        let access = self.tokens.make(&person.user.id, &begun.id).map_err(broken)?;
        Ok(Some(Login { person, begun, access }))
    }

    /// The next access token, and the next refresh token unless this was a second tap; `None`: log in again.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn refresh(
        &self,
        token: &str,
        address: &str,
    ) -> Result<Option<(String, Option<String>)>, Fault> {
        let (user, session, next) = match self.sessions.refresh(token).await? {
            Refreshed::Rotated { user, session, refresh } => (user, session, Some(refresh)),
            Refreshed::Tapped { user, session } => (user, session, None),
            Refreshed::Reused { user, session } => {
                log::warn!("a refresh token of {user} was used twice: the session is over");
                self.note("refresh", &user, &session, address, "reused").await?;
                return Ok(None);
            }
            Refreshed::Unknown => return Ok(None),
        };
        if self.of_session(&user, &session).is_none() {
            return Ok(None);
        }
        Ok(Some((self.tokens.make(&user, &session).map_err(broken)?, next)))
    }

    /// Notes something that is over when it is noted.
    ///
    /// # Errors
    /// When the disk takes nothing.
    pub async fn note(
        &self,
        act: &'static str,
        who: &str,
        on: &str,
        from: &str,
        outcome: &'static str,
    ) -> Result<u64, Fault> {
        self.audit.write(noted(act, who, on, from, outcome)).await.map_err(|_| Fault::Unwritten)
    }

    /// Notes that something was refused, within the budget of refusals.
    ///
    /// # Errors
    /// When the disk takes nothing.
    pub async fn refused(
        &self,
        act: &'static str,
        who: &str,
        on: &str,
        from: &str,
        outcome: &'static str,
    ) -> Result<(), Fault> {
        let note = noted(act, who, on, from, outcome);
        if self.refusals.admit(&note, Instant::now()) {
            self.audit.write(note).await.map_err(|_| Fault::Unwritten)?;
        }
        Ok(())
    }

    /// Notes how many refusals there were besides those that were noted: when a minute is over, or at the end.
    async fn sum_up(&self, at_once: bool) {
        for sum in self.refusals.due(Instant::now(), at_once) {
            if self.audit.write(sum.clone()).await.is_err() {
                self.refusals.back(sum, Instant::now());
            }
        }
    }

    /// Takes no more notes; what was noted is on disk when this returns.
    pub async fn close(self: Arc<Self>) {
        self.sum_up(true).await;
        // a thread that panicked has nothing more to write
        let _ = tokio::task::spawn_blocking(move || self.audit.close()).await;
    }
}

fn noted(act: &'static str, who: &str, on: &str, from: &str, outcome: &'static str) -> Note {
    let on = on.chars().take(200).collect();
    Note { who: who.into(), from: from.into(), act, on, outcome, ..Note::default() }
}

fn broken(problem: std::io::Error) -> Fault {
    log::error!("accounts: {problem}");
    Fault::Broken
}
