//! The identity map: user, station, endpoint, member interface.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::super::acts::Act;
use super::super::listing::no_parameters;
use super::{change, changeable, has_a_part, is_self, parse, reached};
use crate::auth::Right;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::people::{Station, Write};

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
    let plan = |caller: &Caller| {
        let person = changeable(caller, Right::ManagePeople, &id)?;
        if is_self(caller, &person.user.id) && has_a_part(caller, Right::ManagePeople) {
            let words = "who manages a part does not say where he sits himself";
            return Err(ApiError::Forbidden("oneself", words));
        }
        Ok::<_, ApiError>(person)
    };
    let user = plan(&caller)?.user.id.clone();
    let Some(values) = values else { return Err(ApiError::field("stations", "missing")) };
    let stations = read(values, &user)?;
    free(&caller, &stations)?;
    let act = Act::new("set_stations", &user).with("stations", json!(stations));
    let done = change(&site, &caller, act, |caller| {
        plan(caller)?;
        free(caller, &stations)?;
        Ok(Write::SetStations { user: user.clone(), stations: stations.clone() })
    });
    Ok(HttpResponse::Ok().json(of(&done.await?.stations, &user)))
}

fn read(values: Vec<Value>, user: &str) -> Result<Vec<Station>, ApiError> {
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
        stations.push(Station { user_id: user.to_owned(), pbx, station, endpoint, member_interface });
    }
    Ok(stations)
}

/// Nobody else is known to queues by one of these interfaces; the table sees to the endpoints.
fn free(caller: &Caller, stations: &[Station]) -> Result<(), ApiError> {
    let directory = caller.who().directory();
    let mut given = HashSet::new();
    for s in stations {
        let other = directory.at_interface(&s.pbx, &s.member_interface);
        let twice = !given.insert((&s.pbx, &s.member_interface));
        if twice || other.is_some_and(|other| other.user.id != s.user_id) {
            return Err(ApiError::Taken("memberInterface"));
        }
    }
    Ok(())
}
