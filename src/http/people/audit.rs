//! `GET /api/audit`: who did what, the newest first.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use tokio_postgres::types::ToSql;

use super::super::auth::accounts;
use super::super::listing::{number, parameters_once, shown};
use crate::auth::Right;
use crate::db::{self, Unavailable};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::error::ApiError;
use crate::http::shapes::people::Entries;

const MOST: usize = 500;

/// 200 `{"entries": [...], "next"}`; `who`, `before` (what `next` said) and `limit` (100, at most 500).
pub(in crate::http) async fn list(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    if !caller.who().reach(Right::Audit).is_some_and(|reach| reach.all) {
        return Err(ApiError::NoRight(Right::Audit));
    }
    let (mut who, mut before, mut limit) = (None, None, 100);
    for (name, value) in parameters_once(request.query_string())? {
        match name.as_str() {
            "who" if value.len() <= 100 && !value.chars().any(char::is_control) => who = Some(value),
            "before" => {
                before = Some(
                    place(&value).ok_or_else(|| ApiError::field("before", "expected what `next` said"))?,
                )
            }
            "limit" => {
                limit = number(&value, MOST)
                    .ok_or_else(|| ApiError::field("limit", "expected a whole number from 1 to 500"))?;
            }
            _ => return Err(ApiError::field(shown(&name), "unknown parameter")),
        }
    }
    let (at, n) = before.unzip();
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let text = "select at_ms, n, entry from vigie.audit where ($1::text is null or who = $1) \
        and ($2::bigint is null or (at_ms, n) < ($2, $3)) order by at_ms desc, n desc limit $4";
    let values: &[&(dyn ToSql + Sync)] = &[&who, &at, &n, &most];
    let connection = accounts(&site)?.db.get().await?;
    let rows = connection.query(text, values).await.map_err(|e| {
        log::warn!("audit: {}", db::words(&e));
        ApiError::from(Unavailable::Away(String::new()))
    })?;
    let next = rows.get(limit).and(rows.get(limit - 1));
    let next = next.map(|row| format!("{}~{}", row.get::<_, i64>("at_ms"), row.get::<_, i64>("n")));
    let entry =
        |row: &tokio_postgres::Row| serde_json::from_str::<Value>(row.get("entry")).unwrap_or_default();
    let entries: Vec<Value> = rows.iter().take(limit).map(entry).collect();
    Ok(HttpResponse::Ok().json(Entries { entries, next }))
}

fn place(text: &str) -> Option<(i64, i64)> {
    let (at, n) = text.split_once('~')?;
    Some((at.parse().ok()?, n.parse().ok()?))
}
