//! The model: a conversation out, sentences and tools back while they are written.

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::answer::Answer;
use super::sse::Events;
use super::{OpenAiConfig, Server, Wire};
use crate::voice::wire::Heard;
use crate::voice::{Conversation, Mind, Piece, Said, Speaker, Tool, VoiceError, on_runtime};

/// Sentences that wait to be spoken; then the server waits.
const MOST_PIECES: usize = 4;
/// Of an answer that is heard, and of the tools it calls.
const MOST_TOKENS: u32 = 400;

/// See the module.
pub struct Chat {
    server: Server,
    model: String,
    prompt: String,
    /// Its newest models know the new name of a limit only, other servers the old one.
    is_openai: bool,
}

impl Chat {
    /// The configured model.
    pub fn new(config: &OpenAiConfig, wire: &Wire) -> Self {
        Self {
            server: Server::new(config, &config.server, wire),
            model: config.model.clone(),
            prompt: config.prompt.clone(),
            is_openai: config.server.host == "api.openai.com",
        }
    }

    fn body(&self, conversation: &Conversation) -> Vec<u8> {
        let limit = if self.is_openai { "max_completion_tokens" } else { "max_tokens" };
        let mut body = json!({
            "model": self.model,
            "messages": messages(&self.prompt, conversation),
            "stream": true,
            "stream_options": {"include_usage": true},
            limit: MOST_TOKENS,
        });
        if !conversation.tools.is_empty() {
            let tools = conversation.tools.iter().map(|tool| {
                let Tool { name, description, parameters } = tool;
                json!({"type": "function", "function": {"name": name, "description": description, "parameters": parameters}})
            });
            body["tools"] = tools.collect();
        }
        body.to_string().into_bytes()
    }
}

/// One instruction first, and then those two in turn: models of one's own are strict about it. What a supervisor whispers, and
/// what is known of the caller, belongs to the instruction: a caller can never say anything that looks like it.
fn messages(usual: &str, conversation: &Conversation) -> Vec<Value> {
    let prompt = if conversation.prompt.trim().is_empty() { usual } else { &conversation.prompt };
    let mut instruction = prompt.trim().to_owned();
    if !conversation.facts.trim().is_empty() {
        instruction.push_str("\n\nWhat is known of the caller: ");
        instruction.push_str(conversation.facts.trim());
    }
    let mut turns: Vec<Value> = Vec::new();
    for (number, line) in conversation.lines.iter().enumerate() {
        let (role, text) = match line {
            Said::By(Speaker::Supervisor, text) => {
                instruction.push_str("\n\nYour supervisor tells you, unheard by the caller: ");
                instruction.push_str(text);
                continue;
            }
            Said::By(Speaker::Caller, text) => ("user", text),
            Said::By(Speaker::Assistant, text) => ("assistant", text),
            Said::Tool(tool) => {
                let id = format!("call_{number}");
                let function = json!({"name": tool.name, "arguments": tool.arguments});
                let call = json!({"id": id, "type": "function", "function": function});
                turns.push(json!({"role": "assistant", "content": null, "tool_calls": [call]}));
                turns.push(json!({"role": "tool", "tool_call_id": id, "content": tool.result}));
                continue;
            }
        };
        match turns.last_mut().filter(|last| last["role"] == role && last["content"].is_string()) {
            Some(last) => {
                let whole = format!("{}\n{text}", last["content"].as_str().unwrap_or_default());
                last["content"] = whole.into();
            }
            None => turns.push(json!({"role": role, "content": text})),
        }
    }
    let system = Some(instruction).filter(|text| !text.trim().is_empty());
    system.map(|text| json!({"role": "system", "content": text})).into_iter().chain(turns).collect()
}

impl Mind for Chat {
    fn name(&self) -> &str {
        "openai"
    }

    fn answer(&self, conversation: Conversation) -> mpsc::Receiver<Result<Piece, VoiceError>> {
        let (server, body) = (self.server.clone(), self.body(&conversation));
        let (to, pieces) = mpsc::channel(MOST_PIECES);
        on_runtime(to, move |to| async move {
            if let Err(why) = stream(&server, body, &to).await {
                let _ = to.send(Err(why)).await;
            }
        });
        pieces
    }
}

async fn stream(
    server: &Server,
    body: Vec<u8>,
    to: &mpsc::Sender<Result<Piece, VoiceError>>,
) -> Result<(), VoiceError> {
    let mut hearing = server.post("chat/completions", "application/json".into(), body);
    let (mut events, mut answer) = (Events::default(), Answer::default());
    let (mut data, mut pieces) = (Vec::new(), Vec::new());
    let too_long = |_| server.refused("an event of its answer is too long");
    loop {
        let over = match hearing.recv().await {
            Some(Ok(Heard::Began { .. })) => continue,
            Some(Ok(Heard::Bytes(part))) => {
                events.take(&part, &mut data).map_err(too_long)?;
                false
            }
            Some(Ok(Heard::Whole)) => {
                events.finish(&mut data).map_err(too_long)?;
                true
            }
            Some(Err(why)) => return Err(why),
            None => return Err(server.refused("its answer broke off")),
        };
        let mut taken = Ok(());
        for data in data.drain(..) {
            taken = taken.and_then(|()| answer.take(&data, &mut pieces));
        }
        // what was whole before it went wrong is said
        for piece in pieces.drain(..) {
            if to.send(Ok(piece)).await.is_err() {
                return Ok(());
            }
        }
        // half an event at the end is no nonsense
        taken.map_err(|why| server.refused(if over { "its answer broke off" } else { &why }))?;
        if over || answer.is_done() {
            break;
        }
    }
    answer.finish(&mut pieces).map_err(|why| server.refused(&why))?;
    for piece in pieces {
        if to.send(Ok(piece)).await.is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(usual: &str, prompt: &str, lines: &[(Speaker, &str)]) -> Value {
        let lines = lines.iter().map(|(who, line)| Said::By(*who, (*line).to_owned())).collect();
        Value::Array(messages(
            usual,
            &Conversation { prompt: prompt.into(), lines, ..Conversation::default() },
        ))
    }

    #[test]
    fn an_instruction_comes_first_and_then_each_in_turn() {
        use Speaker::{Assistant, Caller, Supervisor};
        let lines = [
            (Assistant, "Bonjour."),
            (Caller, "Ma box"),
            (Caller, "clignote."),
            (Supervisor, "offer a refund"),
            (Assistant, "Je vois."),
            (Caller, "Alors ?"),
        ];
        let expected = json!([
            {"role": "system", "content": "Be brief.\n\nYour supervisor tells you, unheard by the caller: offer a refund"},
            {"role": "assistant", "content": "Bonjour."},
            {"role": "user", "content": "Ma box\nclignote."},
            {"role": "assistant", "content": "Je vois."},
            {"role": "user", "content": "Alors ?"},
        ]);
        assert_eq!(told("unused", "Be brief.", &lines), expected);
        assert_eq!(told("The usual.", " ", &[]), json!([{"role": "system", "content": "The usual."}]));
        assert_eq!(told("", "", &[(Caller, "Allô")]), json!([{"role": "user", "content": "Allô"}]));
    }

    #[test]
    fn what_tools_did_stands_where_they_did_it_and_what_is_known_in_the_instruction() {
        let [name, arguments, result] = ["open_ticket", r#"{"tag":"WIFI"}"#, "ticket 7"].map(String::from);
        let tool = Said::Tool(std::sync::Arc::new(actors::ai::ToolUse { name, arguments, result }));
        let said = |who, text: &str| Said::By(who, text.into());
        let lines = vec![
            said(Speaker::Caller, "It is broken."),
            said(Speaker::Assistant, "I see."),
            tool,
            said(Speaker::Assistant, "Done."),
        ];
        let facts = "Marie Martin".to_owned();
        let told = messages("Be brief.", &Conversation { facts, lines, ..Conversation::default() });
        let call = json!({"id": "call_2", "type": "function", "function": {"name": "open_ticket", "arguments": "{\"tag\":\"WIFI\"}"}});
        let expected = json!([
            {"role": "system", "content": "Be brief.\n\nWhat is known of the caller: Marie Martin"},
            {"role": "user", "content": "It is broken."},
            {"role": "assistant", "content": "I see."},
            {"role": "assistant", "content": null, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_2", "content": "ticket 7"},
            {"role": "assistant", "content": "Done."},
        ]);
        assert_eq!(Value::Array(told), expected);
    }
}
