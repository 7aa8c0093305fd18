//! A streamed answer of `chat/completions`: data of events in, pieces out.
//!
//! Text becomes sentences at once. Tools come in fragments that may interleave, and are told when the answer is whole.
//! What servers do that the description does not say is taken: no role, no choices, tools in one piece, several tools of
//! one index, no `[DONE]` behind a reason to finish.

use serde::Deserialize;
use serde_json::Value;

use super::sentences::Sentences;
use crate::voice::Piece;

/// Letters of one answer: a caller hangs up before.
const MOST_LETTERS: usize = 8_000;
/// Tools of one answer.
const MOST_TOOLS: usize = 16;
/// Bytes of a tool's arguments.
const MOST_ARGUMENTS: usize = 32 * 1024;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Answer {
    sentences: Sentences,
    letters: usize,
    tools: Vec<Tool>,
    tokens: (u32, u32),
    finished: Option<String>,
    done: bool,
    said: bool,
}

#[derive(Debug, Default)]
struct Tool {
    index: Option<u32>,
    id: String,
    name: String,
    arguments: String,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
    refusal: Option<String>,
    tool_calls: Option<Vec<Fragment>>,
}

#[derive(Deserialize)]
struct Fragment {
    index: Option<u32>,
    id: Option<String>,
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: Option<String>,
    arguments: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: u32,
    #[serde(default)]
    completion_tokens: u32,
}

impl Answer {
    /// The data of one event.
    ///
    /// # Errors
    /// What the server says, or that it is nonsense.
    pub(super) fn take(&mut self, data: &[u8], into: &mut Vec<Piece>) -> Result<(), String> {
        if self.done || data.is_empty() {
            return Ok(());
        }
        if data.trim_ascii() == b"[DONE]" {
            self.done = true;
            return Ok(());
        }
        let chunk: Chunk = serde_json::from_slice(data).map_err(|_| "its answer is no JSON of a model")?;
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(words_of(&error));
        }
        if let Some(usage) = chunk.usage {
            self.tokens = (usage.prompt_tokens, usage.completion_tokens);
        }
        // one was asked for
        for choice in chunk.choices.into_iter().filter(|choice| choice.index == 0) {
            if let Some(delta) = choice.delta {
                for text in [delta.content, delta.refusal].into_iter().flatten() {
                    self.text(&text, into)?;
                }
                for fragment in delta.tool_calls.into_iter().flatten() {
                    self.fragment(fragment)?;
                }
            }
            self.finished = choice.finish_reason.filter(|reason| !reason.is_empty()).or(self.finished.take());
        }
        Ok(())
    }

    /// Nothing more comes, and nothing is missing: no need to wait for who holds the line.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// The stream is over.
    ///
    /// # Errors
    /// It is not whole, or a tool cannot be read.
    pub(super) fn finish(mut self, into: &mut Vec<Piece>) -> Result<(), String> {
        let Some(reason) = self.finished.take().or(self.done.then(String::new)) else {
            return Err("its answer broke off".into());
        };
        into.extend(self.sentences.finish().map(Piece::Sentence));
        if reason == "content_filter" && !self.said && into.is_empty() {
            return Err("its filter kept the answer back".into());
        }
        for tool in self.tools {
            into.push(tool.piece()?);
        }
        let (tokens_in, tokens_out) = self.tokens;
        into.push(Piece::Over { tokens_in, tokens_out });
        Ok(())
    }

    fn text(&mut self, text: &str, into: &mut Vec<Piece>) -> Result<(), String> {
        for letter in text.chars() {
            self.letters += 1;
            if self.letters > MOST_LETTERS {
                return Err(format!("its answer is longer than {MOST_LETTERS} letters"));
            }
            if let Some(sentence) = self.sentences.take(letter) {
                self.said = true;
                into.push(Piece::Sentence(sentence));
            }
        }
        Ok(())
    }

    fn fragment(&mut self, fragment: Fragment) -> Result<(), String> {
        let id = fragment.id.unwrap_or_default();
        let same = |tool: &Tool| match fragment.index {
            // some servers give every tool the same index, and an id of its own
            Some(index) => {
                tool.index == Some(index) && (id.is_empty() || tool.id == id || tool.id.is_empty())
            }
            None => id.is_empty() || tool.id == id,
        };
        let found = self.tools.iter().rposition(same);
        if found.is_none() {
            if self.tools.len() >= MOST_TOOLS {
                return Err(format!("more than {MOST_TOOLS} tools at once"));
            }
            self.tools.push(Tool { index: fragment.index, ..Tool::default() });
        }
        let at = found.unwrap_or(self.tools.len() - 1);
        let Some(at) = self.tools.get_mut(at) else { return Ok(()) };
        if at.id.is_empty() {
            at.id = id;
        }
        if let Some(function) = fragment.function {
            // told once, whatever servers repeat
            if at.name.is_empty() {
                at.name = function.name.unwrap_or_default();
            }
            at.arguments.push_str(&function.arguments.unwrap_or_default());
        }
        let sound = at.name.len() <= 64 && at.arguments.len() <= MOST_ARGUMENTS;
        if sound { Ok(()) } else { Err("a tool of its answer is too long".into()) }
    }
}

impl Tool {
    fn piece(self) -> Result<Piece, String> {
        let (name, arguments) = (self.name, self.arguments);
        if name.is_empty() {
            return Err("a tool of its answer has no name".into());
        }
        let arguments = if arguments.trim().is_empty() { "{}".to_owned() } else { arguments };
        match serde_json::from_str(&arguments) {
            Ok(Value::Object(_)) => Ok(Piece::Tool { name, arguments }),
            _ => Err("the arguments of a tool are no object of JSON".into()),
        }
    }
}

/// What an error says: `{"message": …}`, or a text.
pub(super) fn words_of(error: &Value) -> String {
    let text = error.get("message").and_then(Value::as_str).or(error.as_str());
    text.map_or_else(|| "an error without words".into(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sse::Events;
    use super::*;

    /// As a stream cut into such parts.
    fn pieces<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Piece>, String> {
        let (mut events, mut answer, mut all) = (Events::default(), Answer::default(), Vec::new());
        let mut data = Vec::new();
        for part in parts {
            events.take(part, &mut data).map_err(|_| "too long")?;
            for data in data.drain(..) {
                answer.take(&data, &mut all)?;
            }
        }
        events.finish(&mut data).map_err(|_| "too long")?;
        for data in data {
            answer.take(&data, &mut all)?;
        }
        answer.finish(&mut all)?;
        Ok(all)
    }

    fn told(stream: &str) -> Result<Vec<Piece>, String> {
        pieces([stream.as_bytes()])
    }

    const TEXT: &str = include_str!("../../../tests/support/openai/text.sse");
    const TOOLS: &str = include_str!("../../../tests/support/openai/tools.sse");

    fn said(text: &str) -> Piece {
        Piece::Sentence(text.into())
    }

    fn tool(name: &str, arguments: &str) -> Piece {
        Piece::Tool { name: name.into(), arguments: arguments.into() }
    }

    #[test]
    fn text_becomes_sentences_and_what_it_cost() {
        let whole = [
            said("Bonjour M. Dupont !"),
            said("Votre débit est de 3.5 mégabits."),
            said("Je vérifie."),
            Piece::Over { tokens_in: 43, tokens_out: 21 },
        ];
        assert_eq!(told(TEXT).as_deref(), Ok(&whole[..]));
        assert_eq!(told(&TEXT.replace('\n', "\r\n")).as_deref(), Ok(&whole[..]));
        let without_done = TEXT.replace("data: [DONE]\n", "");
        assert_eq!(told(&without_done).as_deref(), Ok(&whole[..]), "closed without [DONE]");
    }

    #[test]
    fn tools_in_fragments_that_interleave_are_put_together() {
        let whole = [
            said("Un instant."),
            tool("find_caller", r#"{"number": "0612345678"}"#),
            tool("open_ticket", r#"{"fault": "no sync", "since": 2}"#),
            Piece::Over { tokens_in: 90, tokens_out: 40 },
        ];
        assert_eq!(told(TOOLS).as_deref(), Ok(&whole[..]));
    }

    #[test]
    fn servers_that_send_tools_in_one_piece_are_understood() {
        let call = |index: &str, id: &str, name: &str| {
            format!(
                r#"{{{index}"id":"{id}","type":"function","function":{{"name":"{name}","arguments":"{{}}"}}}}"#
            )
        };
        let stream = |calls: &str| {
            format!(
                "data: {{\"choices\":[{{\"delta\":{{\"content\":null,\"tool_calls\":[{calls}]}},\"finish_reason\":\"tool_calls\"}}]}}\n\n"
            )
        };
        let over = Piece::Over { tokens_in: 0, tokens_out: 0 };
        let both = [tool("hang_up", "{}"), tool("transfer", "{}"), over.clone()];
        let same_index =
            [call("\"index\":0,", "a", "hang_up"), call("\"index\":0,", "b", "transfer")].join(",");
        assert_eq!(told(&stream(&same_index)).as_deref(), Ok(&both[..]), "one index for all");
        let no_index = [call("", "a", "hang_up"), call("", "b", "transfer")].join(",");
        assert_eq!(told(&stream(&no_index)).as_deref(), Ok(&both[..]), "no index");
        let no_arguments = r#"{"index":0,"function":{"name":"hang_up"}}"#;
        assert_eq!(told(&stream(no_arguments)).as_deref(), Ok(&[tool("hang_up", "{}"), over][..]));
    }

    #[test]
    fn f49_nonsense_and_errors_are_told_as_such() {
        let text =
            |text: &str| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n");
        let call = |function: &str| {
            format!(
                "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":0,\"function\":{function}}}]}},\"finish_reason\":\"stop\"}}]}}\n\n"
            )
        };
        for (what, stream, words) in [
            ("garbage", "data: {\"choices\": [}\n\n".to_owned(), "no JSON"),
            ("a page", "<html>busy</html>".into(), "broke off"),
            ("nothing", String::new(), "broke off"),
            ("half of it", text("Bonjour. Je"), "broke off"),
            (
                "an error",
                "data: {\"error\":{\"message\":\"overloaded\",\"code\":529}}\n\n".into(),
                "overloaded",
            ),
            ("an error of text", "data: {\"error\":\"no memory\"}\n\n".into(), "no memory"),
            ("a book", text(&"mot ".repeat(3_000)), "longer than"),
            ("arguments that are none", call(r#"{"name":"a","arguments":"{\"b\":"}"#), "arguments"),
            ("arguments that are a list", call(r#"{"name":"a","arguments":"[]"}"#), "arguments"),
            ("a tool without a name", call(r#"{"arguments":"{}"}"#), "no name"),
            (
                "a filter",
                "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\n".into(),
                "filter",
            ),
        ] {
            let why = told(&stream).expect_err(what);
            assert!(why.contains(words), "{what}: {why}");
        }
        let many: Vec<_> =
            (0..17).map(|n| format!("{{\"index\":{n},\"function\":{{\"name\":\"a\"}}}}")).collect();
        let many =
            format!("data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{}]}}}}]}}\n\n", many.join(","));
        assert!(told(&many).expect_err("too many").contains("16 tools"));
    }

    proptest! {
        #[test]
        fn cut_anywhere_it_is_the_same_answer(
            tools in any::<bool>(),
            crlf in any::<bool>(),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let stream = if tools { TOOLS } else { TEXT };
            let stream = if crlf { stream.replace('\n', "\r\n") } else { stream.to_owned() }.into_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            at.extend([0, stream.len()]);
            at.sort_unstable();
            let parts = at.windows(2).map(|pair| &stream[pair[0]..pair[1]]);
            prop_assert_eq!(pieces(parts), pieces([&stream[..]]));
        }

        #[test]
        fn f49_whatever_is_spoilt_ends_and_never_panics(
            spoils in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        ) {
            let mut stream = TOOLS.as_bytes().to_vec();
            for (at, value) in spoils {
                let at = at.index(stream.len());
                stream[at] = value;
            }
            if let Ok(all) = pieces([&stream[..]]) {
                let ends = all.iter().filter(|piece| matches!(piece, Piece::Over { .. })).count();
                prop_assert_eq!(ends, 1);
                let is_last = matches!(all.last(), Some(Piece::Over { .. }));
                prop_assert!(is_last, "{:?}", all);
            }
        }
    }
}
