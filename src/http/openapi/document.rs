//! The table of rules as an OpenAPI 3.1 document.

use std::collections::{BTreeMap, BTreeSet};

use actors::view::{Table, View};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::shape::{Answer, Body, Parameter, Values, Variant};
use super::{refusals, socket};
use crate::auth::Right;
use crate::http::body::BODY_WITHIN;
use crate::http::error::Told;
use crate::http::routes::{Need, RULES, Rule, Within};

const WORDS: &str = "Times are milliseconds since 1970 UTC on the PBX's clock; those of people are ISO 8601. \
    What somebody does not reach is not there for him: it is answered 404, and missing from lists. \
    A field or a parameter that is not described is refused by its name (422). `x-right` is the verb of the right \
    that an operation needs, `x-within` what it is limited to, `x-body-limit` the bytes that its body may have.";

/// Makes schemas, and keeps those that are referred to.
struct Schemas {
    /// Of what is read: what has a default may be absent.
    reads: SchemaGenerator,
    /// Of what is written: all of it is there.
    writes: SchemaGenerator,
    /// Refusals, each once.
    refusals: Vec<Value>,
}

impl Schemas {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            reads: settings().for_deserialize().into_generator(),
            writes: settings().for_serialize().into_generator(),
            refusals: Vec::new(),
        }
    }

    /// A refusal by its name; many addresses have the same.
    fn refusal(&mut self, refusal: Value) -> Value {
        let n = self.refusals.iter().position(|known| *known == refusal).unwrap_or_else(|| {
            self.refusals.push(refusal);
            self.refusals.len() - 1
        });
        json!({"$ref": format!("#/components/responses/refusal_{n}")})
    }

    /// All that was referred to, by name. What is both read and written is as it is read, which takes more.
    fn all(mut self) -> Value {
        let mut all = self.writes.take_definitions(true);
        all.extend(self.reads.take_definitions(true));
        let named = |(n, refusal)| (format!("refusal_{n}"), refusal);
        let refusals: Map<String, Value> = self.refusals.into_iter().enumerate().map(named).collect();
        json!({"schemas": all, "responses": refusals, "securitySchemes": doors()})
    }
}

/// The document.
pub(super) fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    let mut put = |path: String, rule: &Rule, operation: Value| {
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[rule.method.to_lowercase()] = operation;
    };
    for rule in RULES {
        match rule.shape.variants {
            None => put(rule.path.to_owned(), rule, operation(rule, None, &mut schemas)),
            Some(variants) => {
                for variant in variants() {
                    let path = filled(rule.path, variant.value);
                    put(path, rule, operation(rule, Some(&variant), &mut schemas));
                }
            }
        }
    }
    schemas.writes.subschema_for::<Told<'static>>();
    schemas.writes.subschema_for::<View>();
    let topics = Table::ALL.map(Table::name);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Vigie",
            "version": env!("CARGO_PKG_VERSION"),
            "description": WORDS,
            "license": {"name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "paths": paths,
        "components": schemas.all(),
        "x-websocket": {"path": "/ws", "topics": topics, "messages": socket::messages()},
    })
}

/// The path with that value in the place of its only parameter.
fn filled(path: &str, value: &str) -> String {
    match (path.find('{'), path.find('}')) {
        (Some(from), Some(to)) => format!("{}{value}{}", &path[..from], &path[to + 1..]),
        _ => path.to_owned(),
    }
}

fn operation(rule: &Rule, variant: Option<&Variant>, schemas: &mut Schemas) -> Value {
    let shape = &rule.shape;
    let mut parameters = Vec::new();
    if variant.is_none() {
        parameters.extend(shape.at.iter().map(|of| parameter("path", of, schemas)));
    }
    let asks = variant.map_or(shape.asks, |variant| &variant.asks);
    parameters.extend(asks.iter().map(|of| parameter("query", of, schemas)));
    if shape.asks_pbx && rule.method == "POST" {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key with the same body is done once; the answer is kept for an hour.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
        }));
    }
    let mut operation = json!({
        "operationId": id_of(rule, variant),
        "tags": [tag_of(rule.path)],
        "summary": variant.map_or(shape.summary, |variant| variant.summary),
        "description": words_of(rule),
        "security": security_of(rule),
        "x-within": within_of(rule.within),
        "parameters": parameters,
        "responses": answers(rule, variant, schemas),
    });
    match rule.need {
        Need::May(right) => operation["x-right"] = json!(right),
        Need::Ticket => operation["x-right"] = json!(Right::See),
        Need::Nobody | Need::Metrics | Need::Anybody => {}
    }
    if let Some(body) = &shape.body {
        operation["x-body-limit"] = json!(body.most);
        operation["requestBody"] = body_of(body, schemas);
    }
    if let Some(most) = shape.sound {
        operation["x-body-limit"] = json!(most);
        let file = json!({"type": "string", "format": "binary"});
        let content = if shape.form {
            let name = json!({"type": "string", "minLength": 1, "maxLength": 100});
            json!({"multipart/form-data": {"schema": {
                "type": "object", "required": ["audioFile", "name"],
                "properties": {"audioFile": file, "name": name, "duration": {"description": "Not looked at.", "type": "string"}},
            }}})
        } else {
            json!({"application/octet-stream": {"schema": file}})
        };
        operation["requestBody"] = json!({
            "required": true, "description": "WAV or MP3, whatever its type of content says.", "content": content,
        });
    }
    operation
}

fn words_of(rule: &Rule) -> String {
    let mut words = rule.shape.words.to_owned();
    if rule.path == "/ws" {
        words.push_str(&socket::words());
    }
    let need = match rule.need {
        Need::Nobody => "Open to whoever reaches the server.".to_owned(),
        Need::Metrics => {
            "From this machine itself, with the metrics token, or with the right `system`.".to_owned()
        }
        Need::Anybody => "For whoever is logged in.".to_owned(),
        Need::Ticket => "With a ticket of `POST /api/auth/ticket`, or a bearer token.".to_owned(),
        Need::May(right) => format!("Needs the right `{}`.", right.slug()),
    };
    format!("{words}{}{need}", if words.is_empty() { "" } else { "\n\n" })
}

fn parameter(place: &str, of: &Parameter, schemas: &mut Schemas) -> Value {
    let names = |all: &[&str]| json!({"type": "string", "enum": all});
    let schema = match &of.values {
        Values::Of(schema) => schema(&mut schemas.reads).to_value(),
        Values::Text(pattern) => json!({"type": "string", "pattern": pattern}),
        Values::Whole(least, u64::MAX) => json!({"type": "integer", "minimum": least}),
        Values::Whole(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Values::One(all) => names(all),
        Values::OneOf(all) => names(all),
        Values::Known(all) => names(&all()),
    };
    let mut told = json!({
        "name": of.name, "in": place, "required": place == "path", "description": of.words, "schema": schema,
    });
    if !of.example.is_empty() {
        let number = matches!(of.values, Values::Whole(..)).then(|| of.example.parse::<u64>().ok()).flatten();
        told["example"] = number.map_or_else(|| json!(of.example), |number| json!(number));
    }
    told
}

fn body_of(body: &Body, schemas: &mut Schemas) -> Value {
    let schema = (body.schema)(&mut schemas.reads);
    let example: Value = serde_json::from_str(body.example).unwrap_or_default();
    let words = format!("At most {} bytes, within {} s.", body.most, BODY_WITHIN.as_secs());
    json!({
        "required": true, "description": words,
        "content": {"application/json": {"schema": schema, "example": example}},
    })
}

fn answers(rule: &Rule, variant: Option<&Variant>, schemas: &mut Schemas) -> Value {
    let shape = &rule.shape;
    let mut good = json!({"description": variant.map_or(shape.summary, |variant| variant.summary)});
    let answer = variant.map_or(shape.answer, |variant| Answer::Json(variant.answer));
    match answer {
        Answer::Json(schema) => {
            good["content"] = json!({"application/json": {"schema": schema(&mut schemas.writes)}});
        }
        Answer::Text(kind) => good["content"] = json!({kind: {"schema": {"type": "string"}}}),
        Answer::Empty => {}
    }
    if !shape.headers.is_empty() {
        let one = |(name, words): &(&str, &str)| {
            ((*name).to_owned(), json!({"description": words, "schema": {"type": "string"}}))
        };
        good["headers"] = shape.headers.iter().map(one).collect::<Map<_, _>>().into();
    }
    let mut all = Map::new();
    all.insert(shape.status.to_string(), good);
    let mut by_status: BTreeMap<u16, BTreeSet<&'static str>> = BTreeMap::new();
    for (status, reason) in refusals::of(rule) {
        by_status.entry(status).or_default().insert(reason);
    }
    if let Some((status, schema, words)) = shape.also {
        let mut answer = json!({"description": words});
        if let Some(schema) = schema {
            answer["content"] = json!({"application/json": {"schema": schema(&mut schemas.writes)}});
        }
        all.insert(status.to_string(), answer);
    }
    for (status, reasons) in by_status {
        let refusal = schemas.refusal(refusals::told(status, &reasons, rule));
        all.insert(status.to_string(), refusal);
    }
    all.into()
}

/// `get_users_id_stations`.
fn id_of(rule: &Rule, variant: Option<&Variant>) -> String {
    let path = variant.map_or_else(|| rule.path.to_owned(), |variant| filled(rule.path, variant.value));
    let words: Vec<_> = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "api")
        .collect();
    format!("{}_{}", rule.method.to_lowercase(), words.join("_"))
}

/// What stands first in its path.
fn tag_of(path: &str) -> &str {
    path.trim_start_matches("/api").split('/').nth(1).unwrap_or_default()
}

fn within_of(within: Within) -> &'static str {
    match within {
        Within::Nothing => "nothing",
        Within::Board => "board",
        Within::History => "history",
        Within::Channel => "channel",
        Within::Agent => "agent",
        Within::Figures => "figures",
        Within::Users => "users",
        Within::Groups => "groups",
        Within::Sites => "sites",
        Within::Callbacks => "callbacks",
        Within::Tickets => "tickets",
        Within::Messages => "messages",
        Within::Everywhere => "everywhere",
    }
}

fn doors() -> Value {
    json!({
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "`accessToken` of a login, good for 10 minutes."},
        "session": {"type": "apiKey", "in": "cookie", "name": crate::http::access::COOKIE,
            "description": "The cookie of a login."},
        "own_header": {"type": "apiKey", "in": "header", "name": "X-Vigie",
            "description": "`1`, with the cookie and what changes something: no form of another site can send it."},
        "ticket": {"type": "apiKey", "in": "query", "name": "ticket",
            "description": "Of `POST /api/auth/ticket`: good once, for 30 s."},
        "metrics_token": {"type": "http", "scheme": "bearer", "description": "`VIGIE_METRICS_TOKEN`."},
    })
}

fn security_of(rule: &Rule) -> Value {
    match rule.need {
        Need::Nobody => json!([]),
        Need::Metrics => json!([{}, {"metrics_token": []}, {"bearer": []}]),
        Need::Ticket => json!([{"ticket": []}, {"bearer": []}]),
        Need::Anybody | Need::May(_) if rule.method == "GET" => json!([{"bearer": []}, {"session": []}]),
        Need::Anybody | Need::May(_) => json!([{"bearer": []}, {"session": [], "own_header": []}]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(document: &Value) -> Vec<(String, Value)> {
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            all.extend(item.as_object().unwrap().values().map(|of| (path.clone(), of.clone())));
        }
        all
    }

    #[test]
    fn every_parameter_of_a_path_is_described_once_and_its_example_is_valid() {
        for (path, of) in operations(&document()) {
            let mut named: Vec<_> =
                path.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
            let parameters = of["parameters"].as_array().unwrap();
            let mut described: Vec<_> =
                parameters.iter().filter(|p| p["in"] == "path").filter_map(|p| p["name"].as_str()).collect();
            named.sort_unstable();
            described.sort_unstable();
            assert_eq!(described, named, "{path}");
            for parameter in parameters {
                let (example, words) = (&parameter["example"], &parameter["schema"]["enum"]);
                assert!(parameter["in"] != "path" || example.is_string(), "{path}: {parameter}");
                let valid = example.is_null() || words.as_array().is_none_or(|words| words.contains(example));
                assert!(valid, "{path}: {parameter}");
            }
        }
    }

    #[test]
    fn an_example_of_a_body_has_what_is_needed_and_nothing_else() {
        let document = document();
        let mut bodies = 0;
        for (path, of) in operations(&document) {
            let Some(content) = of.pointer("/requestBody/content/application~1json") else { continue };
            let name = content["schema"]["$ref"].as_str().and_then(|at| at.strip_prefix('#')).unwrap();
            let schema = document.pointer(name).unwrap();
            assert_eq!(schema["additionalProperties"], false, "{path}: what is not described is refused");
            let example = content["example"].as_object().unwrap_or_else(|| panic!("{path}: no example"));
            for field in example.keys() {
                assert!(schema["properties"].get(field).is_some(), "{path}: {field}");
            }
            for needed in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                assert!(example.contains_key(needed), "{path}: {needed} is missing");
            }
            bodies += 1;
        }
        assert!(bodies > 35, "{bodies}");
    }

    #[test]
    fn each_type_has_a_name_of_its_own_and_each_operation_an_id() {
        let document = document();
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "two types are called as {name}");
        }
        let ids: BTreeSet<_> =
            operations(&document).iter().map(|(_, of)| of["operationId"].to_string()).collect();
        assert_eq!(ids.len(), operations(&document).len());
        let described = RULES.iter().map(|rule| rule.shape.variants.map_or(1, |variants| variants().len()));
        assert_eq!(ids.len(), described.sum::<usize>(), "every row of the table is there");
    }
}
