//! Assistants that answer callers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::id;
use super::texts::{
    AssistantSentence, AssistantWord, Called, Day, EngineName, Id, NotLookedAt, OrEmpty, Place, Prompt,
    Remark, TelephoneKey, TimeOfDay, Title, ToolName, Zone,
};
use crate::assistants::{
    Closing, Fault, Form, Language, MOST_HOLIDAYS, MOST_HOURS, MOST_NUMBERS, MOST_PLACES, MOST_WORDS, Version,
};
use crate::http::assistants::BODY;
use crate::http::openapi::{Answer, Parameter, Shape, Values};

/// How an assistant stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AssistantStanding")]
pub(in crate::http) struct StandingShown<'a> {
    /// `unpublished`; `preparing`: its sentences are being spoken; `ready`: what is published answers; `failed`: it cannot
    /// speak, and the version before answers on, if there is one; `unheard`: this server serves no port for voices.
    pub(in crate::http) state: &'static str,
    /// Why it failed.
    pub(in crate::http) why: Option<String>,
    /// The version that answers; `null`: nobody does.
    pub(in crate::http) serves: Option<i32>,
    /// The version that shall answer; `null`: nobody shall.
    pub(in crate::http) published: Option<i32>,
    /// What was written last is not what is published.
    pub(in crate::http) changed: bool,
    /// New callers go to its fallback.
    pub(in crate::http) paused: bool,
    /// Its hours say that it does not answer now.
    pub(in crate::http) closed: bool,
    /// It is for callers who are nobody's.
    pub(in crate::http) is_default: bool,
    /// What leads to it, as it was written.
    pub(in crate::http) numbers: &'a [String],
    /// Callers who talk with it now.
    pub(in crate::http) calls: usize,
    /// Since the start: callers who were sent on while it was paused.
    pub(in crate::http) sent_on_paused: u64,
    /// While it was closed.
    pub(in crate::http) sent_on_closed: u64,
    /// Since as many as it takes were there.
    pub(in crate::http) sent_on_full: u64,
    /// ISO 8601.
    pub(in crate::http) created_at: &'a str,
    /// ISO 8601.
    pub(in crate::http) updated_at: &'a str,
}

/// An assistant in the list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AssistantRow")]
pub(in crate::http) struct AssistantRow<'a> {
    pub(in crate::http) id: &'a str,
    pub(in crate::http) name: &'a str,
    pub(in crate::http) language: Language,
    #[serde(flatten)]
    pub(in crate::http) standing: StandingShown<'a>,
}

/// An assistant as it was written last, and how it stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Assistant")]
pub(in crate::http) struct AssistantShown<'a> {
    pub(in crate::http) id: &'a str,
    #[serde(flatten)]
    pub(in crate::http) form: &'a Form,
    #[serde(flatten)]
    pub(in crate::http) standing: StandingShown<'a>,
    /// What is wrong with what was written last.
    pub(in crate::http) faults: Vec<Fault>,
}

/// A version that was published.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PublishedAssistantVersion")]
pub(in crate::http) struct AssistantVersionShown {
    #[serde(flatten)]
    pub(in crate::http) version: Version,
    /// It is what shall answer.
    pub(in crate::http) published: bool,
}

/// What a version was.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AssistantVersionForm")]
pub(in crate::http) struct AssistantVersionForm {
    pub(in crate::http) version: i32,
    #[serde(flatten)]
    pub(in crate::http) form: Form,
}

/// What assistants of this server may name.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AssistantEngines")]
pub(in crate::http) struct EnginesShown<'a> {
    /// Who can speak.
    pub(in crate::http) mouths: &'a [&'static str],
    /// Who can hear.
    pub(in crate::http) ears: &'a [&'static str],
    /// Who can think.
    pub(in crate::http) minds: &'a [&'static str],
    /// Who speaks with voices that have names.
    pub(in crate::http) with_voices: &'a [&'static str],
    /// What a model may have done.
    pub(in crate::http) tools: &'a [&'static str],
}

/// When it answers.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct NewHours {
    #[schemars(length(min = 1, max = 7))]
    days: Vec<Day>,
    from: TimeOfDay,
    /// Not included; before `from` it is that of the next day.
    until: TimeOfDay,
}

macro_rules! assistants {
    ($($(#[$words:meta])* $name:ident { $($fields:tt)* })*) => {$(
        $(#[$words])*
        #[derive(JsonSchema)]
        #[schemars(rename_all = "camelCase", deny_unknown_fields)]
        #[expect(dead_code, reason = "a shape")]
        struct $name {
            $($fields)*
            id: Option<Id>,
            language: Option<Language>,
            /// What is said; without it what everybody says in that language.
            greeting: Option<OrEmpty<AssistantSentence>>,
            reminder: Option<OrEmpty<AssistantSentence>>,
            sorry: Option<OrEmpty<AssistantSentence>>,
            handing_over: Option<OrEmpty<AssistantSentence>>,
            goodbye: Option<OrEmpty<AssistantSentence>>,
            /// Empty: what everybody says.
            #[schemars(length(max = MOST_WORDS))]
            fillers: Option<Vec<AssistantSentence>>,
            prompt: Option<Prompt>,
            /// Who speaks; without a name whom the server takes by itself. See `/api/assistant-engines`.
            mouth: Option<OrEmpty<EngineName>>,
            voice: Option<OrEmpty<AssistantWord>>,
            ears: Option<OrEmpty<EngineName>>,
            mind: Option<OrEmpty<EngineName>>,
            #[schemars(length(max = 5))]
            tools: Option<Vec<ToolName>>,
            /// By the names that the model knows.
            #[schemars(extend("maxProperties" = MOST_PLACES, "propertyNames" = {"pattern": "^[A-Za-z][A-Za-z0-9 ]{0,50}$"}))]
            places: Option<BTreeMap<String, Place>>,
            #[schemars(length(max = MOST_WORDS))]
            tags: Option<Vec<AssistantWord>>,
            #[schemars(range(min = 1, max = 60))]
            silence_s: Option<u16>,
            #[schemars(range(min = 1, max = 7200))]
            longest_s: Option<u16>,
            #[schemars(range(min = 1, max = 1000))]
            most_at_once: Option<u16>,
            #[schemars(length(max = MOST_WORDS))]
            human_words: Option<Vec<AssistantWord>>,
            #[schemars(length(max = MOST_WORDS))]
            anger_words: Option<Vec<AssistantWord>>,
            human_key: Option<OrEmpty<TelephoneKey>>,
            timezone: Option<Zone>,
            /// Empty: always.
            #[schemars(length(max = MOST_HOURS))]
            hours: Option<Vec<NewHours>>,
            /// Days on which it does not answer.
            #[schemars(length(max = MOST_HOLIDAYS))]
            holidays: Option<Vec<Date>>,
            closed_words: Option<OrEmpty<AssistantSentence>>,
            when_closed: Option<Closing>,
            /// Without one the dialplan knows where humans are.
            fallback: Option<OrEmpty<Place>>,
            records: Option<bool>,
            /// 0: as everything.
            #[schemars(range(min = 0, max = 3650))]
            retention_days: Option<u16>,
            takes_unknown: Option<bool>,
            state: Option<NotLookedAt>,
            why: Option<NotLookedAt>,
            serves: Option<NotLookedAt>,
            published: Option<NotLookedAt>,
            changed: Option<NotLookedAt>,
            paused: Option<NotLookedAt>,
            closed: Option<NotLookedAt>,
            is_default: Option<NotLookedAt>,
            numbers: Option<NotLookedAt>,
            calls: Option<NotLookedAt>,
            sent_on_paused: Option<NotLookedAt>,
            sent_on_closed: Option<NotLookedAt>,
            sent_on_full: Option<NotLookedAt>,
            faults: Option<NotLookedAt>,
            created_at: Option<NotLookedAt>,
            updated_at: Option<NotLookedAt>,
        }
    )*};
}

use super::texts::Date;

assistants! {
    /// A new assistant.
    NewAssistant { name: Title, }
    /// An assistant as it shall be; what is absent stays.
    ChangedAssistant {
        name: Option<Title>,
        /// `updatedAt` of what was changed: 409 `assistant_changed` when somebody saved it since.
        base: Option<OrEmpty<Id>>,
    }
}

/// Why it is published.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct PublishAssistant {
    note: Option<Remark>,
}

/// What leads to it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct AssistantNumbers {
    /// All of them; each is one assistant's.
    #[schemars(length(max = MOST_NUMBERS))]
    numbers: Vec<Called>,
}

const ASSISTANT: &[Parameter] = &[id("Id of an assistant.", "lea")];
const VERSION: &[Parameter] = &[
    id("Id of an assistant.", "lea"),
    Parameter::new("n", Values::Text("^[1-9][0-9]{0,8}$"), "A version that was published.", "1"),
];
/// Where nothing is kept, and where the database was not reached yet.
const UNKNOWN: &[(u16, &str)] = &[(503, "nothing_kept"), (503, "database_away"), (503, "busy")];
const OF_ONE: &[(u16, &str)] =
    &[(404, "not_found"), (503, "nothing_kept"), (503, "database_away"), (503, "busy")];
const NEW: &str = r#"{"name": "Léa", "language": "fr", "greeting": "Bonjour, ici Léa. Que puis-je pour vous ?",
    "prompt": "You answer for a telephone company.", "tools": ["look_up_caller", "transfer"],
    "fallback": "queues,500,1", "timezone": "Europe/Paris",
    "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "until": "18:00"}]}"#;

pub(in crate::http) const ASSISTANTS: Shape =
    Shape::gives::<Vec<AssistantRow<'_>>>("All assistants, by name, and how each stands.").refuses(UNKNOWN);
pub(in crate::http) const ONE: Shape =
    Shape::gives::<AssistantShown<'_>>("One assistant, as it was written last, and how it stands.")
        .at(ASSISTANT)
        .refuses(OF_ONE);
pub(in crate::http) const ADD: Shape =
    Shape::makes::<AssistantShown<'_>>("Makes an assistant; nothing of it is published.")
        .takes::<NewAssistant>(NEW)
        .up_to(BODY)
        .refuses(&[
            (404, "not_found"),
            (409, "taken"),
            (409, "too_many_assistants"),
            (503, "nothing_kept"),
            (503, "busy"),
        ]);
pub(in crate::http) const SET: Shape =
    Shape::gives::<AssistantShown<'_>>("Changes what is written of an assistant; what is published stays.")
        .at(ASSISTANT)
        .takes::<ChangedAssistant>(r#"{"greeting": "Bonjour.", "silenceS": 12}"#)
        .up_to(BODY)
        .refuses(&[
            (404, "not_found"),
            (409, "taken"),
            (409, "assistant_changed"),
            (503, "nothing_kept"),
            (503, "busy"),
        ]);
pub(in crate::http) const REMOVE: Shape = Shape::new(
    "Takes an assistant away, with its versions.",
    204,
    Answer::Empty,
)
.words("409 while a number, a flow or everybody is led to it; calls that talk with it go on to their end.")
.at(ASSISTANT)
.refuses(&[(404, "not_found"), (409, "assistant_used"), (503, "nothing_kept"), (503, "busy")]);
pub(in crate::http) const CHECK: Shape =
    Shape::gives::<Vec<Fault>>("What would be wrong with an assistant so; nothing is stored.")
        .at(ASSISTANT)
        .takes::<ChangedAssistant>(r#"{"mouth": "google"}"#)
        .up_to(BODY)
        .refuses(OF_ONE);
pub(in crate::http) const PUBLISH: Shape = Shape::gives::<AssistantShown<'_>>(
    "What was written last answers callers: it is the next version.",
)
.words(
    "Once its sentences are spoken; the version before answers until then, and goes on when they cannot be.",
)
.at(ASSISTANT)
.takes::<PublishAssistant>(r#"{"note": "Christmas"}"#)
.refuses(&[(404, "not_found"), (409, "assistant_has_faults"), (503, "nothing_kept"), (503, "busy")]);
pub(in crate::http) const VERSIONS: Shape =
    Shape::gives::<Vec<AssistantVersionShown>>("What of an assistant was published, the newest first.")
        .at(ASSISTANT)
        .refuses(OF_ONE);
pub(in crate::http) const VERSION_ONE: Shape =
    Shape::gives::<AssistantVersionForm>("What a version was.").at(VERSION).refuses(OF_ONE);
pub(in crate::http) const PUBLISH_VERSION: Shape = Shape::gives::<AssistantShown<'_>>(
    "What a version was answers callers: it is published anew, as the next one.",
)
.words("What was written last stays.")
.at(VERSION)
.takes::<PublishAssistant>(r#"{"note": "Back to before Christmas"}"#)
.refuses(&[(404, "not_found"), (409, "assistant_has_faults"), (503, "nothing_kept"), (503, "busy")]);
pub(in crate::http) const PAUSE: Shape =
    Shape::gives::<AssistantShown<'_>>("New callers of an assistant go to its fallback.")
        .words("Who talks with it goes on.")
        .at(ASSISTANT)
        .refuses(OF_ONE);
pub(in crate::http) const RESUME: Shape =
    Shape::gives::<AssistantShown<'_>>("An assistant answers new callers again.")
        .at(ASSISTANT)
        .refuses(OF_ONE);
pub(in crate::http) const NUMBERS: Shape =
    Shape::gives::<AssistantShown<'_>>("Which called numbers lead to an assistant: all of them.")
        .words("409 when one is another assistant's, in whatever spelling. Flows have numbers of their own (`/api/dids`): \
            which of the two is asked the dialplan says.")
        .at(ASSISTANT)
        .takes::<AssistantNumbers>(r#"{"numbers": ["+33 1 00 00 00 98"]}"#)
        .refuses(&[(404, "not_found"), (409, "taken"), (503, "nothing_kept"), (503, "busy")]);
pub(in crate::http) const DEFAULT: Shape =
    Shape::gives::<AssistantShown<'_>>("Callers who are nobody's are answered by this one.")
        .at(ASSISTANT)
        .refuses(OF_ONE);
pub(in crate::http) const NO_DEFAULT: Shape =
    Shape::gives::<AssistantShown<'_>>("Callers who are nobody's are not answered by this one any more.")
        .at(ASSISTANT)
        .refuses(OF_ONE);
pub(in crate::http) const ENGINES: Shape = Shape::gives::<EnginesShown<'_>>(
    "What assistants of this server may name: engines that are set up, and tools.",
)
.refuses(UNKNOWN);
