//! The identity map: user, station, endpoint, member interface.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::super::acts::Act;
use super::super::auth::accounts;
use super::super::listing::no_parameters;
use super::{changeable, has_a_part, is_self, parse, reached};
use crate::auth::Right;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::people::Station;

/// Stations of one user.
const MOST: usize = 20;

/// `GET /api/stations`: of the users within reach.
pub(in crate::http) async fn list(request: HttpRequest, caller: Caller) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let directory = caller.who().directory();
    let sight = caller.who().sight(Right::People);
    let within = |user: &String| directory.people.get(user).is_some_and(|person| sight.person(person));
    let stations: Vec<_> = directory.stations.iter().filter(|station| within(&station.user_id)).collect();
    Ok(HttpResponse::Ok().json(stations))
}

/// `GET /api/users/{id}/stations`.
pub(in crate::http) async fn of_user(
    id: web::Path<String>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let person = reached(&caller, Right::People, &id)?;
    Ok(HttpResponse::Ok().json(of(&caller.who().directory().stations, &person.user.id)))
}

fn of<'a>(stations: &'a [std::sync::Arc<Station>], user: &str) -> Vec<&'a Station> {
    stations.iter().map(|station| &**station).filter(|station| station.user_id == user).collect()
}

/// `PUT /api/users/{id}/stations` `{"stations": [{"pbx", "station", "endpoint", "memberInterface"?}]}`: these and
/// no others; 200 with them.
pub(in crate::http) async fn set(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let values = fields.list("stations", MOST);
    fields.end()?;
    let person = changeable(&caller, Right::ManagePeople, &id)?;
    let user = &person.user.id;
    if is_self(&caller, user) && has_a_part(&caller, Right::ManagePeople) {
        return Err(ApiError::Forbidden("oneself", "who manages a part does not say where he sits himself"));
    }
    let Some(values) = values else { return Err(ApiError::field("stations", "missing")) };
    let mut stations = Vec::new();
    for (n, value) in values.into_iter().enumerate() {
        let at = |name: &str| format!("stations[{n}]{name}");
        let mut fields = Fields::of(value).ok_or_else(|| ApiError::field(at(""), "expected an object"))?;
        let pbx = fields.required("pbx", parse::pbx);
        let endpoint = fields.required("endpoint", parse::endpoint);
        let station = fields.required("station", parse::extension);
        let interface = fields.kept("memberInterface", None, parse::endpoint);
        fields.ignore(&["userId"]);
        fields.end().map_err(|problem| match problem {
            ApiError::BadFields(bad) => ApiError::BadFields(
                bad.into_iter().map(|(name, why)| (at(&format!(".{name}")), why)).collect(),
            ),
            other => other,
        })?;
        let (Some(pbx), Some(endpoint), Some(station)) = (pbx, endpoint, station) else { continue };
        let member_interface = interface.unwrap_or_else(|| endpoint.clone());
        let directory = caller.who().directory();
        if directory.at_interface(&pbx, &member_interface).is_some_and(|other| other.user.id != *user) {
            return Err(ApiError::Taken("memberInterface"));
        }
        stations.push(Station { user_id: user.clone(), pbx, station, endpoint, member_interface });
    }
    let act = Act::new("set_stations", user).with("stations", json!(stations));
    let directory = act
        .run(&site, &caller, async {
            let people = &accounts(&site)?.people;
            people.store.set_stations(user, &stations).await?;
            Ok(people.refresh().await?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(of(&directory.stations, user)))
}
