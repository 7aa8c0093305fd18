//! Users, groups, sites, stations and rights over REST, and the rules who may change whom:
//!
//! * Nobody touches a user of a higher role than his own, or makes one; nobody changes his own role, takes
//!   himself away or disables himself; the last active SuperAdmin stays, and none is taken away as one.
//! * Who manages people of a site only leaves them at that site, and needs each of them within it.
//! * A right is given by who may give rights, where he has it himself (listening and its kin by whom the right
//!   to give them reaches); to himself only by a SuperAdmin.
//! * A group on which rights were given is changed by who may give rights.
//!
//! What is outside of somebody's reach is not there for him: 404. Each change is an audited act.
//!
//! These rules are asked twice: of the picture in memory, so that what is refused costs nothing, and of people
//! as they are in the database when nobody else changes them (`change`), which is what counts.

pub(super) mod audit;
pub(super) mod check;
pub(super) mod grants;
pub(super) mod groups;
pub(super) mod own;
pub(super) mod parse;
pub(super) mod pictures;
pub(super) mod sites;
pub(super) mod stations;
pub(super) mod users;

pub(super) use pictures::PICTURE_BYTES;
pub(super) use users::BULK_BYTES;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Site;
use super::access::Caller;
use super::acts::Act;
use super::auth::accounts;
use super::error::ApiError;
use crate::access::Accounts;
use crate::auth::{Right, Role, Scope};
use crate::people::{Directory, Person, Write};

/// What was decided.
struct Decided {
    write: Write,
    /// What the log shall say besides, where it is not what was noted before.
    with: Map<String, Value>,
}

impl From<Write> for Decided {
    fn from(write: Write) -> Self {
        Self { write, with: Map::new() }
    }
}

/// Notes an act on people and does it: `decide` is asked as the caller and everybody are when nobody else changes
/// anything. Gives back people as they are then.
async fn change<D: Into<Decided>>(
    site: &Site,
    caller: &Caller,
    act: Act<'_>,
    decide: impl FnOnce(&Caller) -> Result<D, ApiError>,
) -> Result<Arc<Directory>, ApiError> {
    change_then(site, caller, act, decide, |_, _| ()).await
}

/// The same; `then` belongs to the act, and is done when it is written, with what it came to.
async fn change_then<D: Into<Decided>>(
    site: &Site,
    caller: &Caller,
    act: Act<'_>,
    decide: impl FnOnce(&Caller) -> Result<D, ApiError>,
    then: impl FnOnce(&Accounts, &Directory),
) -> Result<Arc<Directory>, ApiError> {
    act.run_saying(site, caller, async {
        let accounts = accounts(site)?;
        let mut with = Map::new();
        let done = accounts.people.change(|directory| {
            let decided: Decided = decide(&caller.as_of(accounts, directory)?)?.into();
            with = decided.with;
            Ok::<_, ApiError>(decided.write)
        });
        let directory = done.await?;
        then(accounts, &directory);
        Ok((directory, with))
    })
    .await
}

/// A user whom that right of the caller reaches.
fn reached(caller: &Caller, right: Right, id: &str) -> Result<Arc<Person>, ApiError> {
    let who = caller.who();
    // lost since he was let in
    if who.reach(right).is_none() {
        return Err(ApiError::NoRight(right));
    }
    let person = who.directory().people.get(id).filter(|person| who.sight(right).person(person));
    person.cloned().ok_or(ApiError::NotFound)
}

/// The same, whom he may change besides: not of a higher role than his own.
fn changeable(caller: &Caller, right: Right, id: &str) -> Result<Arc<Person>, ApiError> {
    let person = reached(caller, right, id)?;
    if own_role(caller)? < person.user.role {
        return Err(ApiError::Forbidden("higher_role", "that user has a higher role than yours"));
    }
    Ok(person)
}

/// Who sets another's password can be him: so it is for who has his rights or could give them, and for who
/// manages a part only with lower roles than his own.
fn could_be(caller: &Caller, person: &Person) -> Result<(), ApiError> {
    let role = own_role(caller)?;
    if role == Role::SuperAdmin || is_self(caller, &person.user.id) {
        return Ok(());
    }
    let covers = |right, scope: &Scope| caller.who().reach(right).is_some_and(|reach| reach.covers(scope));
    if role == person.user.role && !covers(Right::ManagePeople, &Scope::All) {
        return Err(ApiError::Forbidden(
            "higher_role",
            "who manages a part sets passwords of lower roles only",
        ));
    }
    if person.grants.iter().any(|(right, on)| !covers(*right, on) && !covers(Right::ManageGrants, on)) {
        return Err(ApiError::Forbidden(
            "more_rights",
            "that user has rights that you neither have nor give",
        ));
    }
    Ok(())
}

/// Whether that right of the caller is limited to a part.
fn has_a_part(caller: &Caller, right: Right) -> bool {
    caller.who().reach(right).is_some_and(|reach| !reach.covers(&Scope::All))
}

fn own_role(caller: &Caller) -> Result<Role, ApiError> {
    caller.who().person().map(|person| person.user.role).ok_or(ApiError::NoAccounts)
}

/// Answers of addresses that need accounts.
fn is_self(caller: &Caller, id: &str) -> bool {
    caller.who().id() == id
}
