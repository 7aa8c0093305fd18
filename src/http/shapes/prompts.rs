//! What callers hear.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::id;
use super::texts::{AgentName, Id, Title};
use crate::http::openapi::{Answer, Parameter, Shape, Values};
use crate::prompts::{Language, MOST_BYTES, MOST_LETTERS, Prompt, Use};

/// All prompts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Prompts")]
pub(in crate::http) struct PromptsShown<'a> {
    /// Whether sentences can be spoken: a voice is installed.
    pub(in crate::http) voice: bool,
    /// By name.
    pub(in crate::http) prompts: Vec<&'a Prompt>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "a shape")]
enum Spoken {
    Fr,
    En,
}

/// A prompt that a voice says.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct SpokenPrompt {
    name: Title,
    language: Option<Spoken>,
    #[schemars(length(min = 1, max = MOST_LETTERS), regex(pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"))]
    text: String,
}

/// A prompt that somebody said over the telephone.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct RecordedPrompt {
    name: Title,
    language: Option<Spoken>,
    /// Id of a message.
    message: Id,
}

/// A prompt that is spoken into a phone.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct PromptByPhone {
    name: Title,
    language: Option<Spoken>,
    /// The phone that is rung; that of who asks unless told.
    agent: Option<AgentName>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::http) enum SpeakingState {
    /// The phone rings, or records.
    Recording,
    /// It is a prompt.
    Done,
    /// It is none.
    Failed,
}

/// A prompt that is being spoken.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "SpeakingPrompt")]
pub(in crate::http) struct Speaking {
    pub(in crate::http) id: String,
    pub(in crate::http) name: String,
    pub(in crate::http) language: Language,
    /// Id of who speaks; empty: no account.
    pub(in crate::http) by: String,
    pub(in crate::http) state: SpeakingState,
    /// Why it is none: `nothing_said`, or what was refused.
    pub(in crate::http) why: Option<&'static str>,
    /// Id of what came of it.
    pub(in crate::http) prompt: Option<String>,
}

/// What a prompt is called; what is absent stays.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct NamedPrompt {
    name: Option<Title>,
    language: Option<Spoken>,
}

/// A prompt as front ends of before know it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct AudioFile {
    pub(in crate::http) id: String,
    pub(in crate::http) name: String,
    /// Nothing is found by it.
    file_name: String,
    /// Seconds.
    duration: i32,
    /// Bytes.
    size: i32,
    /// ISO 8601.
    upload_date: String,
    /// ISO 8601.
    created_at: String,
    /// ISO 8601.
    updated_at: String,
}

impl AudioFile {
    pub(in crate::http) fn of(prompt: &Prompt) -> Self {
        Self {
            id: prompt.id.clone(),
            name: prompt.name.clone(),
            file_name: format!("{}.wav", prompt.stem()),
            duration: (prompt.duration_ms + 500) / 1_000,
            size: prompt.size,
            upload_date: prompt.created_at.clone(),
            created_at: prompt.created_at.clone(),
            updated_at: prompt.updated_at.clone(),
        }
    }
}

/// What a file is called. The other fields of one are not looked at.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
#[expect(dead_code, reason = "a shape")]
struct NamedAudioFile {
    name: Title,
    /// It is not looked at.
    id: Option<Value>,
    /// It is not looked at.
    file_name: Option<Value>,
    /// It is not looked at.
    duration: Option<Value>,
    /// It is not looked at.
    size: Option<Value>,
    /// It is not looked at.
    upload_date: Option<Value>,
    /// It is not looked at.
    created_at: Option<Value>,
    /// It is not looked at.
    updated_at: Option<Value>,
}

const ONE: &[Parameter] = &[id("Id of a prompt.", "prompt-1")];
const ALL: &[(u16, &str)] = &[(503, "nothing_kept"), (503, "database_away"), (503, "busy")];
const OF_ONE: &[(u16, &str)] =
    &[(404, "not_found"), (503, "nothing_kept"), (503, "database_away"), (503, "busy")];
const OF_NEW: &[(u16, &str)] = &[
    (404, "not_found"),
    (409, "taken"),
    (409, "too_many_prompts"),
    (503, "nothing_kept"),
    (503, "database_away"),
    (503, "busy"),
];
const FILE: &str = "The file is the body: WAV (PCM, floating point, A-law, µ-law) or MP3, of at most 600 seconds, by its \
    content. Callers hear it at 8 kHz on one channel.";

pub(in crate::http) const PROMPTS: Shape =
    Shape::gives::<PromptsShown<'_>>("All prompts, by name, and whether there is a voice.").refuses(ALL);
pub(in crate::http) const PROMPT: Shape = Shape::gives::<Prompt>("One prompt.").at(ONE).refuses(OF_ONE);
pub(in crate::http) const UPLOAD: Shape = Shape::makes::<Prompt>("Makes a prompt of a file.")
    .words(FILE)
    .asks(
        const {
            &[
                Parameter::new(
                    "name",
                    Values::Text("^[^\\u0000-\\u001f\\u007f-\\u009f]{1,100}$"),
                    "What flows name it by; needed.",
                    "welcome",
                ),
                Parameter::new("language", Values::One(&["fr", "en"]), "What is spoken in it.", "fr"),
            ]
        },
    )
    .takes_sound(MOST_BYTES)
    .refuses(OF_NEW);
pub(in crate::http) const SPEAK: Shape = Shape::makes::<Prompt>("Makes a prompt that a voice says.")
    .words("409 `no_voice` where none is installed.")
    .takes::<SpokenPrompt>(r#"{"name": "closed", "language": "en", "text": "We are closed today."}"#)
    .refuses(&[
        (404, "not_found"),
        (409, "taken"),
        (409, "too_many_prompts"),
        (409, "no_voice"),
        (503, "nothing_kept"),
        (503, "busy"),
    ]);
pub(in crate::http) const RECORDED: Shape =
    Shape::makes::<Prompt>("Makes a prompt of a message that a caller left.")
        .takes::<RecordedPrompt>(r#"{"name": "spoken by Anna", "message": "message-1"}"#)
        .refuses(OF_NEW);
pub(in crate::http) const AUDIO_FILES: Shape =
    Shape::gives::<Vec<AudioFile>>("All prompts, as front ends of before know them.").refuses(ALL);
pub(in crate::http) const AUDIO_FILE_ADD: Shape =
    Shape::makes::<AudioFile>("Makes a prompt of the file of a form.")
        .words("Its length is measured. 415 `not_sound`: it is no form, or there is no sound in its file.")
        .takes_form(MOST_BYTES)
        .refuses(&[
            (409, "taken"),
            (409, "too_many_prompts"),
            (415, "not_sound"),
            (503, "nothing_kept"),
            (503, "database_away"),
        ]);
pub(in crate::http) const AUDIO_FILE_SET: Shape = Shape::gives::<AudioFile>("Names a prompt anew.")
    .at(ONE)
    .takes::<NamedAudioFile>(r#"{"name": "welcome of old"}"#)
    .refuses(&[
        (404, "not_found"),
        (409, "taken"),
        (409, "prompt_used"),
        (503, "nothing_kept"),
        (503, "busy"),
    ]);
pub(in crate::http) const SPEAKING: Shape =
    Shape::gives::<Vec<Speaking>>("Prompts that are being spoken, and what became of the last.").refuses(ALL);
pub(in crate::http) const BY_PHONE: Shape = Shape::new(
    "Rings a phone that records what is said into it until `#` or its end, and plays it; then it is a prompt.",
    202,
    Answer::Json(crate::http::openapi::schema_of::<Speaking>),
)
.words("Answered when it records. The PBX needs the context `vigie-record` of `extensions_vigie.conf`.")
.takes::<PromptByPhone>(r#"{"name": "spoken", "agent": "demo~PJSIP/1001"}"#)
.refuses(&[
    (404, "no_such_agent"),
    (409, "taken"),
    (503, "nothing_kept"),
    (503, "database_away"),
    (503, "busy"),
])
.asks_pbx();
pub(in crate::http) const SET: Shape = Shape::gives::<Prompt>("Names a prompt anew.")
    .words("409 when flows name it by the name that it had.")
    .at(ONE)
    .takes::<NamedPrompt>(r#"{"name": "welcome of old"}"#)
    .refuses(&[
        (404, "not_found"),
        (409, "taken"),
        (409, "prompt_used"),
        (503, "nothing_kept"),
        (503, "busy"),
    ]);
pub(in crate::http) const REPLACE: Shape =
    Shape::gives::<Prompt>("Gives a prompt another sound; who hears the one before hears it to its end.")
        .words(FILE)
        .at(ONE)
        .takes_sound(MOST_BYTES)
        .refuses(OF_ONE);
pub(in crate::http) const REMOVE: Shape =
    Shape::new("Takes a prompt away; 409 with the flows that name it.", 204, Answer::Empty)
        .at(ONE)
        .refuses(&[(404, "not_found"), (409, "prompt_used"), (503, "nothing_kept"), (503, "busy")]);
pub(in crate::http) const USES: Shape =
    Shape::gives::<Vec<Use>>("The flows whose draft, or what callers walk of them, name a prompt.")
        .at(ONE)
        .refuses(OF_ONE);
pub(in crate::http) const HEAR: Shape = Shape::new(
    "The sound of a prompt, or the part that `Range` names (206).",
    200,
    Answer::Text("audio/wav"),
)
.at(ONE)
.refuses(OF_ONE);
