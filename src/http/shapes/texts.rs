//! Texts with a form of their own, as schemas.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

macro_rules! texts {
    ($($name:ident = $pattern:literal, $words:literal;)*) => {$(
        #[doc = $words]
        pub(super) struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "pattern": $pattern, "description": $words})
            }
        }
    )*};
}

texts! {
    Id = "^[A-Za-z0-9._@:-]{1,100}$", "An id: it stands in addresses.";
    Name = "^[^\\u0000-\\u001f\\u007f-\\u009f]{0,100}$", "What people call something.";
    Title = "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$", "A name that is not empty, 100 characters at most.";
    Login = "^[!-~\\u00a1-\\u024f]{1,60}$", "What somebody logs in with: no spaces.";
    Password = "^[^\\u0000]{12,128}$", "At least 12 characters, and not a common one.";
    AnyText = "^[ -~]{1,1000}$", "It is compared and never stored.";
    PictureUrl = "^data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]{4,400}={0,2}$", "A data URL of at most 2,000,000 bytes of picture.";
    Email = "^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,60}(\\.[A-Za-z0-9-]{1,60}){1,3}$", "An e-mail address.";
    Phone = "^[+]?[0-9][0-9 .-]{1,10}[0-9]$", "A telephone number as people write it.";
    PbxName = "^[^~\\u0000-\\u001f\\u007f-\\u009f]{1,64}$", "The configured name of a PBX.";
    EndpointName = "^[A-Za-z0-9]{2,16}/[A-Za-z0-9_.@:+/-]{1,80}$", "An endpoint: PJSIP/1001.";
    Extension = "^[A-Za-z0-9*#+_.-]{1,64}$", "An extension.";
    ContextName = "^[A-Za-z0-9_-]{1,79}$", "A context of the dialplan.";
    TrunkPattern = "^[A-Za-z0-9_.@:+/*?-]{1,100}$", "An endpoint, or a pattern with * and ?.";
    QueueId = "^[^~\\u0000-\\u001f\\u007f-\\u009f]{1,60}~[A-Za-z0-9_.-]{1,79}$", "pbx~queue.";
    Address = "^[A-Za-z0-9.:\\[\\]-]{1,100}$", "An address or a host name; shown only.";
    Zone = "^[A-Za-z0-9_+/-]{1,64}$", "An IANA time zone: Europe/Paris.";
    TimeOfDay = "^([01][0-9]|2[0-3]):[0-5][0-9]$", "HH:MM.";
    ChannelName = "^[A-Za-z0-9]{2,16}/[A-Za-z0-9_.@:+/-]{1,80}(;[12])?$", "The exact name of a live channel.";
    Destination = "^[A-Za-z0-9*#+_.-]{1,64}$", "An extension, or a number as people write it.";
    Station = "^[A-Za-z0-9]{2,16}/[A-Za-z0-9_./-]{1,80}$", "The phone that is rung: PJSIP/1001.";
    AgentName = "^([^~\\u0000-\\u001f\\u007f-\\u009f]{1,64}~)?[A-Za-z0-9]{2,16}/[A-Za-z0-9_./-]{1,80}$", "An endpoint, or the id of an agent's row: paris~PJSIP/1001.";
    Node = "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,25}$", "The id of a node of a flow; 100 bytes at most.";
    QueueName = "^[A-Za-z0-9_.-]{1,79}$", "A queue, as in queues.conf.";
    Reason = "^[!-~]([ -~]{0,77}[!-~])?$", "Why; 79 bytes at most.";
    Digits = "^[0-9A-D*#]{1,32}$", "Keys.";
    Saying = "^[^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f]{1,500}$", "What is said, 500 letters at most.";
    ShortSaying = "^[^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f]{1,100}$", "100 letters at most.";
    Remark = "^[^\\u0000-\\u001f\\u007f-\\u009f]{0,200}$", "Words on one line, 200 characters at most.";
    Called = "^[+]?[0-9A-Za-z*#][0-9A-Za-z*#_ ().-]{0,39}$", "A called number, however it is written.";
    AssistantSentence = "^[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]{0,900}$", "What is said, 1,000 letters at most.";
    AssistantWord = "^[A-Za-z][A-Za-z ]{0,50}$", "A word, or a few; 100 letters at most.";
    Prompt = "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]{0,8000}$", "What the model is told, 8,000 letters at most.";
    EngineName = "^[a-z0-9_-]{1,40}$", "An engine: machine, openai, google; none of ears and minds: nobody.";
    ToolName = "^(look_up_caller|open_ticket|call_back|transfer|hang_up)$", "What a model may have done.";
    Place = "^[A-Za-z0-9*#+_.-]{1,80},[A-Za-z0-9*#+_.-]{1,80},[A-Za-z0-9*#+_.-]{1,80}$", "context,extension,priority of the dialplan.";
    TelephoneKey = "^[0-9*#]$", "One key.";
    Day = "^(mon|tue|wed|thu|fri|sat|sun)$", "A day of the week.";
    Date = "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$", "A date: 2026-12-25.";
    Why = "^[!-~][ -~]{0,400}$", "Why it must be kept.";
}

/// What an answer has and a client may send back: it is not looked at.
pub(super) struct NotLookedAt;

impl JsonSchema for NotLookedAt {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NotLookedAt".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "May be sent back as it was answered; it is not looked at."})
    }
}

/// Or empty, which is none.
pub(super) struct OrEmpty<T>(std::marker::PhantomData<T>);

impl<T: JsonSchema> JsonSchema for OrEmpty<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_or_empty", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let other = generator.subschema_for::<T>();
        json_schema!({"anyOf": [other, {"const": "", "description": "None."}]})
    }
}
