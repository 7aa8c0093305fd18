//! Engines of assistants against servers that speak their protocols: what is sent, what is made of what comes, and F49.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use vigie::config::{Config, OpenAiConfig};
use vigie::prompts::Sound;
use vigie::voice::guard::{Guard, Guarded, Limits};
use vigie::voice::openai::{Chat, Hearing, Speech};
use vigie::voice::{Conversation, Ears, Mind, Mouth, Pcm, Piece, Said, Speaker, Tool, VoiceError, Wire};

use crate::support::ai_server::{AiServer, Answers};

mod google;

const KEY: &str = "sk-test-0123456789abcdef";
const SSE: &str = "text/event-stream; charset=utf-8";
const TEXT: &str = include_str!("../../support/openai/text.sse");
const TOOLS: &str = include_str!("../../support/openai/tools.sse");

/// As an administrator would set it.
fn config(server: &AiServer, more: &[(&str, &str)]) -> OpenAiConfig {
    let address = format!("http://127.0.0.1:{}", server.port);
    let usual = [
        ("OPENAI_BASE_URL", address.as_str()),
        ("OPENAI_API_KEY", KEY),
        ("OPENAI_SYSTEM_PROMPT", "Be brief."),
    ];
    let all = usual.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let folder = tempfile::tempdir().unwrap();
    Config::read(folder.path(), None, all).unwrap().openai.unwrap()
}

fn conversation() -> Conversation {
    let said = |who, text: &str| Said::By(who, text.into());
    let lines = vec![said(Speaker::Assistant, "Bonjour."), said(Speaker::Caller, "Ma box clignote.")];
    Conversation { lines, ..Conversation::default() }
}

async fn whole(mind: &dyn Mind) -> Vec<Result<Piece, VoiceError>> {
    all(mind, conversation()).await
}

async fn all(mind: &dyn Mind, conversation: Conversation) -> Vec<Result<Piece, VoiceError>> {
    let (mut pieces, mut all) = (mind.answer(conversation), Vec::new());
    while let Some(piece) = pieces.recv().await {
        all.push(piece);
    }
    all
}

fn said(text: &str) -> Result<Piece, VoiceError> {
    Ok(Piece::Sentence(text.into()))
}

/// Until it is so.
async fn until(so: impl Fn() -> bool) {
    let waited = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waited).await.expect("it came to be");
}

/// A tone of that rate, a second of it.
fn tone(rate: u32) -> Vec<i16> {
    let at = |n: u32| (f64::from(n) * 440.0 * std::f64::consts::TAU / f64::from(rate)).sin() * 12_000.0;
    #[expect(clippy::cast_possible_truncation, reason = "within its range")]
    let samples = (0..rate).map(|n| at(n) as i16).collect();
    samples
}

fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

#[actix_web::test]
async fn a_model_is_asked_as_its_protocol_says_and_heard_sentence_by_sentence() {
    let answers = [TEXT, TOOLS].map(|stream| Answers::Whole(SSE, stream.into(), 7));
    let server = AiServer::start(answers);
    let wire = Wire::start().unwrap();
    let tool = Tool {
        name: "open_ticket".into(),
        description: "Notes a fault.".into(),
        parameters: json!({"type": "object", "properties": {"fault": {"type": "string"}}}),
    };
    let chat = Chat::new(&config(&server, &[("OPENAI_MODEL", "llama3.2")]), &wire);
    let over = Piece::Over { tokens_in: 43, tokens_out: 21 };
    let asks = || Conversation { tools: vec![tool.clone()], ..conversation() };
    let sentences = ["Bonjour M. Dupont !", "Votre débit est de 3.5 mégabits.", "Je vérifie."].map(said);
    assert_eq!(all(&chat, asks()).await, sentences.into_iter().chain([Ok(over)]).collect::<Vec<_>>());
    let tools = all(&chat, asks()).await;
    let called =
        |name: &str, arguments: &str| Ok(Piece::Tool { name: name.into(), arguments: arguments.into() });
    assert_eq!(tools[1], called("find_caller", r#"{"number": "0612345678"}"#));
    assert_eq!(tools[2], called("open_ticket", r#"{"fault": "no sync", "since": 2}"#));

    let asked = server.asked();
    let head = asked[0].head.to_ascii_lowercase();
    assert!(head.starts_with("post /v1/chat/completions http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("authorization: bearer {KEY}\r\n")), "{head}");
    assert!(head.contains("content-type: application/json\r\n"), "{head}");
    let body: Value = serde_json::from_slice(&asked[0].body).unwrap();
    assert_eq!(
        body,
        json!({
            "model": "llama3.2",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "assistant", "content": "Bonjour."},
                {"role": "user", "content": "Ma box clignote."},
            ],
            "stream": true,
            "stream_options": {"include_usage": true},
            "max_tokens": 400,
            "tools": [{"type": "function", "function": {
                "name": "open_ticket",
                "description": "Notes a fault.",
                "parameters": {"type": "object", "properties": {"fault": {"type": "string"}}},
            }}],
        })
    );
}

#[actix_web::test]
async fn a_sentence_is_heard_before_the_next_is_written_and_who_hangs_up_ends_it() {
    let first = TEXT.find(" est\"").unwrap();
    let server = AiServer::start([Answers::Stalls(SSE, TEXT[..first].into())]);
    let chat = Chat::new(&config(&server, &[]), &Wire::start().unwrap());
    let mut pieces = chat.answer(conversation());
    let heard = tokio::time::timeout(Duration::from_secs(60), pieces.recv()).await.expect("while it writes");
    assert_eq!(heard, Some(said("Bonjour M. Dupont !")));
    drop(pieces);
    until(|| server.given_up() == 1).await;
}

#[actix_web::test]
async fn an_utterance_is_sent_as_a_form_and_comes_back_as_words() {
    let verbose = r#"{"task":"transcribe","language":"french","duration":1.0,"text":" Ma box clignote.","segments":[{"id":0,"start":0.0,"end":1.0,"text":" Ma box clignote.","avg_logprob":-0.105,"no_speech_prob":0.02}]}"#;
    let other_server = AiServer::start([Answers::Status("200 OK", r#"{"text":"Non."}"#)]);
    let server = AiServer::start([
        Answers::Whole("application/json", verbose.into(), 50),
        Answers::Status("200 OK", r#"{"text":"Oui."}"#),
        Answers::Breaks("application/json", br#"{"text":"O"#.to_vec()),
    ]);
    let wire = Wire::start().unwrap();
    let utterance = Pcm::from(tone(8_000));
    let understood =
        Hearing::new(&config(&server, &[]), &wire).understand(utterance.clone(), "fr-FR").await.unwrap();
    assert_eq!((understood.text.as_str(), understood.confidence), ("Ma box clignote.", Some(90)));
    let other = Hearing::new(&config(&server, &[("OPENAI_STT_MODEL", "gpt-4o-mini-transcribe")]), &wire);
    assert_eq!(other.understand(utterance.clone(), "en").await.unwrap().confidence, None);
    let why = other.understand(utterance.clone(), "en").await.unwrap_err();
    assert!(matches!(&why, VoiceError::Refused(why) if why.contains("broke off")), "{why:?}");

    let there = format!("http://127.0.0.1:{}/whisper", other_server.port);
    let beside = Hearing::new(&config(&server, &[("OPENAI_STT_BASE_URL", &there)]), &wire);
    assert_eq!(beside.understand(utterance.clone(), "fr").await.unwrap().text, "Non.");
    let head = &other_server.asked()[0].head;
    assert!(head.starts_with("POST /whisper/audio/transcriptions "), "{head}");
    assert!(
        !head.to_ascii_lowercase().contains("authorization") && !head.contains(KEY),
        "another's key: {head}"
    );

    let asked = server.asked();
    assert!(asked[0].head.to_ascii_lowercase().contains("authorization: bearer "), "{}", asked[0].head);
    assert!(asked[0].head.starts_with("POST /v1/audio/transcriptions "), "{}", asked[0].head);
    let boundary = asked[0].head.split_once("boundary=").unwrap().1.lines().next().unwrap().to_owned();
    let body = &asked[0].body;
    let text = String::from_utf8_lossy(body);
    for field in [
        "name=\"model\"\r\n\r\nwhisper-1\r\n",
        "name=\"language\"\r\n\r\nfr\r\n",
        "name=\"response_format\"\r\n\r\nverbose_json\r\n",
        "name=\"file\"; filename=\"utterance.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF",
    ] {
        assert!(text.contains(field), "{field}");
    }
    assert!(text.ends_with(&format!("\r\n--{boundary}--\r\n")));
    let begins = body.windows(4).position(|four| four == b"RIFF").unwrap();
    let wav = body[begins..body.len() - boundary.len() - 8].to_vec();
    let sent = Sound::decode(wav).unwrap();
    let far = sent.samples().iter().zip(utterance.iter()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(sent.samples().len() == utterance.len() && far <= Some(1), "{far:?}");
    assert!(String::from_utf8_lossy(&asked[1].body).contains("\r\n\r\njson\r\n"));
}

#[actix_web::test]
async fn a_sentence_comes_back_as_sound_that_telephony_has() {
    let sound = bytes(&tone(24_000));
    let server = AiServer::start([
        Answers::Whole("audio/pcm", sound.clone(), 999),
        Answers::Whole("audio/pcm;rate=16000", bytes(&tone(16_000)), 4_096),
        Answers::Whole("text/html", b"<html>".to_vec(), 100),
        Answers::Breaks("audio/pcm", sound),
    ]);
    let speech = Speech::new(&config(&server, &[("OPENAI_TTS_VOICE", "nova")]), &Wire::start().unwrap());
    for _ in 0..2 {
        let heard = speech.speak("Bonjour !", "fr").await.unwrap();
        let through_nought = heard.windows(2).filter(|pair| (pair[0] < 0) != (pair[1] < 0)).count();
        assert!((7_990..=8_000).contains(&heard.len()), "{}", heard.len());
        assert!((870..=882).contains(&through_nought), "440 Hz stay 440 Hz: {through_nought}");
        let loudest = heard.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!((11_000..13_000).contains(&loudest), "{loudest}");
    }
    for words in ["where sound is expected", "broke off"] {
        let why = speech.speak("Bonjour !", "fr").await.unwrap_err();
        assert!(matches!(&why, VoiceError::Refused(why) if why.contains(words)), "{why:?}");
    }
    assert_eq!(server.accepted(), 1, "the connection stays");
    let body: Value = serde_json::from_slice(&server.asked()[0].body).unwrap();
    let expected = json!({"model": "tts-1", "voice": "nova", "input": "Bonjour !", "response_format": "pcm"});
    assert_eq!(body, expected);
}

#[actix_web::test]
async fn f49_every_fault_is_told_as_what_it_is_and_names_no_key() {
    let echo = r#"{"error":{"message":"Incorrect API key provided: sk-test-0123456789abcdef."}}"#;
    let token = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}", "x".repeat(1 << 20));
    let server = AiServer::start([
        Answers::Status("401 Unauthorized", echo),
        Answers::Status("404 Not Found", r#"{"error":{"message":"model 'x' not found"}}"#),
        Answers::Status("429 Too Many Requests", r#"{"error":{"message":"Rate limit reached"}}"#),
        Answers::Status("503 Service Unavailable", "<html>sk-test-0123456789abcdef</html>"),
        Answers::Whole(SSE, b"data: {\"choices\": nonsense}\n\n".to_vec(), 5),
        Answers::Whole(SSE, format!("data: {echo}\n\n").into_bytes(), 5),
        Answers::Whole(SSE, token.into_bytes(), 60_000),
        Answers::Whole(SSE, TEXT[..TEXT.find(" est\"").unwrap()].into(), 100),
        Answers::Breaks(SSE, b"data: {".to_vec()),
        Answers::HangsUp,
        Answers::Status("302 Found", "{}"),
    ]);
    let chat = Chat::new(&config(&server, &[]), &Wire::start().unwrap());
    for (what, setting, words) in [
        ("a wrong key", true, "401, Incorrect API key provided: <key>"),
        ("no such model", true, "404, model 'x' not found"),
        ("too many", false, "429, Rate limit reached"),
        ("away", false, "503"),
        ("nonsense", false, "no JSON of a model"),
        ("an error in its stream", false, "Incorrect API key provided: <key>"),
        ("a token of 1 MB", false, "too long"),
        ("half an answer", false, "broke off"),
        ("half an event", false, "broke off"),
        ("nothing", false, "127.0.0.1: "),
        ("it moved", false, "302"),
    ] {
        let answer = whole(&chat).await;
        let why = answer.last().unwrap().clone().expect_err(what);
        assert!(why.to_string().contains(words), "{what}: {why}");
        assert!(!format!("{answer:?}").contains("0123456789"), "{what}: {answer:?}");
        assert_eq!(matches!(why, VoiceError::Missing(_)), setting, "{what}: {why:?}");
    }
    let mut nobody = AiServer::start([]);
    nobody.port = 1;
    let chat = Chat::new(&config(&nobody, &[]), &Wire::start().unwrap());
    let answer = whole(&chat).await;
    assert!(matches!(answer[..], [Err(VoiceError::Refused(_))]), "nobody is there: {answer:?}");
}

#[actix_web::test]
async fn f49_one_server_fails_and_the_others_go_on() {
    let (sick, sound) = (AiServer::start([]), AiServer::start([]));
    let wire = Wire::start().unwrap();
    let limits = Limits { within_ms: 60_000, between_ms: 60_000, pause_ms: 1, ..Limits::default() };
    let guarded = |server: &AiServer, name: &str| {
        let (chat, guard) = (Chat::new(&config(server, &[]), &wire), Guard::new(name, limits.clone()));
        (Guarded::new(Arc::new(chat), guard.clone()), guard)
    };
    let ((broken, its), (well, _)) = (guarded(&sick, "sick"), guarded(&sound, "sound"));
    // one that never answers holds nobody up
    sick.then(Answers::Stalls(SSE, Vec::new()));
    let stalled = broken.answer(conversation());
    until(|| sick.asked().len() == 1).await;
    for _ in 0..4 {
        sound.then(Answers::Whole(SSE, TEXT.into(), 1_000));
        let failed = whole(&broken).await;
        assert!(matches!(failed[..], [Err(VoiceError::Refused(_))]), "{failed:?}");
        assert_eq!(whole(&well).await.len(), 4, "the other one");
    }
    assert_eq!((its.figures().opened, its.figures().failed), (1, 5), "five failures and it is left alone");
    assert_eq!(sick.asked().len(), 6, "and not asked");
    drop(stalled);
    until(|| sick.given_up() == 1).await;
}

#[test]
fn s18_settings_say_whom_a_key_goes_to() {
    let read = |all: &[(&str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        let all = all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Config::read(folder.path(), None, all.collect::<Vec<_>>()).map(|config| config.openai)
    };
    assert!(read(&[("OPENAI_MODEL", "gpt-4o")]).unwrap().is_none(), "no key and no address");
    let usual = read(&[("OPENAI_API_KEY", KEY)]).unwrap().unwrap();
    assert_eq!(usual.server.of("chat/completions"), "https://api.openai.com/v1/chat/completions");
    assert!(!format!("{usual:?}").contains("0123"), "{usual:?}");
    for (address, whole) in [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/x"),
        ("http://ollama:11434/v1/", "http://ollama:11434/v1/x"),
        ("https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1/x"),
        ("http://[fd00::5]:8000", "http://[fd00::5]:8000/v1/x"),
        ("https://AI.example:443", "https://ai.example/v1/x"),
    ] {
        let found = read(&[("OPENAI_BASE_URL", address)]).unwrap().unwrap();
        assert_eq!(found.server.of("x"), whole, "{address}");
        assert!(found.key.is_none());
    }
    for address in [
        "file:///etc/passwd",
        "api.openai.com/v1",
        "ftp://a/v1",
        "https://",
        "https://user:hunter2@a/v1",
        "https://a:0/v1",
        "https://a/v1?key=hunter2",
        "https://a/v1/chat/completions",
        "https://a b/v1",
        "http://::1/v1",
    ] {
        let why = read(&[("OPENAI_BASE_URL", address)]).map(|_| ()).expect_err(address);
        assert_eq!(why.key, "OPENAI_BASE_URL");
        assert!(!why.to_string().contains("hunter2"), "{why}");
    }
    assert!(
        read(&[("OPENAI_API_KEY", "sk a\r\nb")])
            .map(|_| ())
            .is_err_and(|why| !why.to_string().contains("sk a"))
    );
}
