//! What everybody changes of himself.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::acts::Act;
use super::super::auth::accounts;
use super::{change_then, parse};
use crate::config::Secret;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::shapes::auth::Said;
use crate::people::{PasswordChange, Write};

/// `PUT /api/users/me/password` `{"currentPassword", "newPassword"}`: 200 `{message}`; his other sessions end.
/// 400 when the present one is not right, or the new one is too weak.
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
    let (Some(current), Some(new)) = (current, new) else { return Err(ApiError::WrongPassword) };
    let user = &person.user;
    // whoever found an open page guesses no faster than at the door
    accounts.may_try(&user.login_id, caller.address())?;
    if !accounts.passwords.verify(&current, person.password.as_ref()).await? {
        accounts.refused("set_own_password", &user.id, &user.id, caller.address(), "wrong").await?;
        return Err(ApiError::WrongPassword);
    }
    accounts.was_right(&user.login_id, caller.address());
    if current == new {
        return Err(ApiError::WeakPassword("expected another than the present one"));
    }
    let names = vec![user.login_id.clone(), user.first_name.clone(), user.last_name.clone()];
    let hash = accounts.passwords.hash(new, names).await?;
    let hash = hash.map_err(|why| ApiError::WeakPassword(why.words()))?;
    let decide = |now: &Caller| {
        // one that was given meanwhile, here or by an administrator, is not overwritten by who knew the old one
        if now.who().person().and_then(|now| now.password.as_ref()) != person.password.as_ref() {
            return Err(ApiError::WrongPassword);
        }
        let but = now.who().session().map(str::to_owned);
        Ok(Write::SetPassword { user: user.id.clone(), to: PasswordChange::Own(hash), but })
    };
    change_then(&site, &caller, Act::new("set_own_password", &user.id), decide, |accounts, _| {
        accounts.sessions.end_all(&user.id, caller.who().session());
    })
    .await?;
    Ok(HttpResponse::Ok().json(Said { message: "the password is changed" }))
}
