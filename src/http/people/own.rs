//! What everybody changes of himself.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::acts::Act;
use super::super::auth::accounts;
use super::parse;
use crate::config::Secret;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::shapes::auth::Said;

/// `PUT /api/users/me/password` `{"currentPassword", "newPassword"}`: 200 `{message}`; his other sessions end.
pub(in crate::http) async fn password(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let accounts = accounts(&site)?;
    let mut fields = Fields::read(&request, payload).await?;
    let current = fields.required("currentPassword", parse::any_text).map(Secret::new);
    let new = fields.required("newPassword", parse::any_text).map(Secret::new);
    fields.end()?;
    let person = caller.who().person().ok_or(ApiError::NoAccounts)?;
    let (Some(current), Some(new)) = (current, new) else { return Err(ApiError::WrongLogin) };
    let user = &person.user;
    // whoever found an open page guesses no faster than at the door
    accounts.may_try(&user.login_id, caller.address())?;
    if !accounts.passwords.verify(&current, person.password.as_ref()).await? {
        accounts.note("set_own_password", &user.id, &user.id, caller.address(), "wrong").await?;
        return Err(ApiError::field("currentPassword", "expected your present password"));
    }
    accounts.was_right(&user.login_id, caller.address());
    if current == new {
        return Err(ApiError::field("newPassword", "expected another than the present one"));
    }
    let names = vec![user.login_id.clone(), user.first_name.clone(), user.last_name.clone()];
    let hash = accounts.passwords.hash(new, names).await?;
    let hash = hash.map_err(|why| ApiError::field("newPassword", why.words()))?;
    Act::new("set_own_password", &user.id)
        .run(&site, &caller, async {
            accounts.people.store.set_password(&user.id, &hash).await?;
            accounts.people.refresh().await?;
            accounts.sessions.end_all(&user.id, caller.who().session(), "password").await;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::Ok().json(Said { message: "the password is changed" }))
}
