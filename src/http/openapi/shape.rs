//! What stands beside an address in the table of rules: what it is for, what it takes and what it gives.
//!
//! Bodies and answers are given as types: what a handler serialises, or for a body that a handler reads field by
//! field, a struct with the same fields (`tests/specs/openapi` holds the two to each other).

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::http::body::MAX_BODY;

/// Makes the schema of a type.
pub(in crate::http) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The schema of a type.
pub(in crate::http) fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// What a parameter may be.
#[derive(Debug, Clone)]
pub(in crate::http) enum Values {
    /// Of a type.
    Of(SchemaOf),
    /// Text of which these patterns (ECMA 262) hold.
    Text(&'static str),
    /// A whole number between these.
    Whole(u64, u64),
    /// One of these.
    One(&'static [&'static str]),
    /// One of those that are there when the description is made.
    OneOf(Vec<&'static str>),
    /// The same, for a table that is constant.
    Known(fn() -> Vec<&'static str>),
}

/// A parameter in the path or in the query.
#[derive(Debug, Clone)]
pub(in crate::http) struct Parameter {
    pub(in crate::http) name: &'static str,
    pub(in crate::http) values: Values,
    pub(in crate::http) words: &'static str,
    /// A valid one; empty for none.
    pub(in crate::http) example: &'static str,
}

impl Parameter {
    pub(in crate::http) const fn new(
        name: &'static str,
        values: Values,
        words: &'static str,
        example: &'static str,
    ) -> Self {
        Self { name, values, words, example }
    }
}

/// A body that is read.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Body {
    pub(in crate::http) schema: SchemaOf,
    pub(in crate::http) example: &'static str,
    /// More bytes are answered 413.
    pub(in crate::http) most: usize,
}

/// What comes when it went well.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) enum Answer {
    /// JSON of that type.
    Json(SchemaOf),
    /// Text of that type of content.
    Text(&'static str),
    /// Nothing.
    Empty,
}

/// One value of a path's parameter whose answers are of another type than those of the next value.
pub(in crate::http) struct Variant {
    pub(in crate::http) value: &'static str,
    pub(in crate::http) summary: &'static str,
    pub(in crate::http) asks: Vec<Parameter>,
    pub(in crate::http) answer: SchemaOf,
}

/// See the module.
pub(in crate::http) struct Shape {
    /// One sentence.
    pub(in crate::http) summary: &'static str,
    /// What else there is to know; may be empty.
    pub(in crate::http) words: &'static str,
    /// Of the path.
    pub(in crate::http) at: &'static [Parameter],
    /// Of the query.
    pub(in crate::http) asks: &'static [Parameter],
    /// The path stands for these.
    pub(in crate::http) variants: Option<fn() -> Vec<Variant>>,
    pub(in crate::http) body: Option<Body>,
    /// Reads a file of sound, of at most so many bytes.
    pub(in crate::http) sound: Option<usize>,
    /// It comes in a form, as old front ends send it.
    pub(in crate::http) form: bool,
    pub(in crate::http) status: u16,
    pub(in crate::http) answer: Answer,
    /// An answer of another status that is no refusal.
    pub(in crate::http) also: Option<(u16, Option<SchemaOf>, &'static str)>,
    /// Headers of the answer, each with what it says.
    pub(in crate::http) headers: &'static [(&'static str, &'static str)],
    /// Refusals besides those that every address with such a rule has: status and reason.
    pub(in crate::http) refuses: &'static [(u16, &'static str)],
    /// Its refusals come from the PBX: 409 with any reason, 502, 504.
    pub(in crate::http) asks_pbx: bool,
}

impl Shape {
    /// Answers 200 with JSON of that type.
    pub(in crate::http) const fn gives<T: JsonSchema>(summary: &'static str) -> Self {
        Self::new(summary, 200, Answer::Json(schema_of::<T>))
    }

    /// Answers 201 with JSON of that type.
    pub(in crate::http) const fn makes<T: JsonSchema>(summary: &'static str) -> Self {
        Self::new(summary, 201, Answer::Json(schema_of::<T>))
    }

    pub(in crate::http) const fn new(summary: &'static str, status: u16, answer: Answer) -> Self {
        Self {
            summary,
            words: "",
            at: &[],
            asks: &[],
            variants: None,
            body: None,
            sound: None,
            form: false,
            status,
            answer,
            also: None,
            headers: &[],
            refuses: &[],
            asks_pbx: false,
        }
    }

    pub(in crate::http) const fn words(mut self, words: &'static str) -> Self {
        self.words = words;
        self
    }

    pub(in crate::http) const fn at(mut self, at: &'static [Parameter]) -> Self {
        self.at = at;
        self
    }

    pub(in crate::http) const fn asks(mut self, asks: &'static [Parameter]) -> Self {
        self.asks = asks;
        self
    }

    pub(in crate::http) const fn each(mut self, variants: fn() -> Vec<Variant>) -> Self {
        self.variants = Some(variants);
        self
    }

    /// Reads a body of that type.
    pub(in crate::http) const fn takes<T: JsonSchema>(mut self, example: &'static str) -> Self {
        self.body = Some(Body { schema: schema_of::<T>, example, most: MAX_BODY });
        self
    }

    /// Of more bytes than usual.
    pub(in crate::http) const fn up_to(mut self, most: usize) -> Self {
        if let Some(body) = &mut self.body {
            body.most = most;
        }
        self
    }

    /// Reads a file of sound.
    pub(in crate::http) const fn takes_sound(mut self, most: usize) -> Self {
        self.sound = Some(most);
        self
    }

    /// Reads a file of sound in a form: `audioFile` and `name`.
    pub(in crate::http) const fn takes_form(mut self, most: usize) -> Self {
        self.form = true;
        self.takes_sound(most)
    }

    /// Or that, with that status.
    pub(in crate::http) const fn or<T: JsonSchema>(mut self, status: u16, words: &'static str) -> Self {
        self.also = Some((status, Some(schema_of::<T>), words));
        self
    }

    /// Or nothing, with that status.
    pub(in crate::http) const fn or_nothing(mut self, status: u16, words: &'static str) -> Self {
        self.also = Some((status, None, words));
        self
    }

    pub(in crate::http) const fn headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    pub(in crate::http) const fn refuses(mut self, refuses: &'static [(u16, &'static str)]) -> Self {
        self.refuses = refuses;
        self
    }

    pub(in crate::http) const fn asks_pbx(mut self) -> Self {
        self.asks_pbx = true;
        self
    }
}
