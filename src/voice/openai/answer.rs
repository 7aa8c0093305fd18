//! A streamed answer of `chat/completions`: data of events in, pieces out.
//!
//! Text becomes sentences at once. Tools come in fragments that may interleave, and are told when the answer is whole.
//! What servers do that the description does not say is taken: no role, no choices, tools in one piece, several tools of
//! one index, no `[DONE]` behind a reason to finish.

use serde::Deserialize;
use serde_json::Value;

use super::sentences::Sentences;
use super::thoughts::Thoughts;
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
    thoughts: Thoughts,
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
        let held = self.thoughts.finish();
        self.say(&held, into);
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
            let told = self.thoughts.take(letter);
            self.say(&told, into);
        }
        Ok(())
    }

    fn say(&mut self, text: &str, into: &mut Vec<Piece>) {
        for letter in text.chars() {
            if let Some(sentence) = self.sentences.take(letter) {
                self.said = true;
                into.push(Piece::Sentence(sentence));
            }
        }
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
#[path = "answer_tests.rs"]
mod tests;
