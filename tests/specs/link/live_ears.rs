//! A whole conversation with ears that hear the caller while he speaks: Deepgram's protocol, over a socket.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vigie::config::Config;
use vigie::voice::guard::{Guard, Guarded, Limits};
use vigie::voice::{Wire, deepgram};

use crate::support::deepgram::Deepgram;
use crate::support::sound::{share, wav};
use crate::support::voices::{
    ANSWER_HZ, Bore, Caller, GREETING_HZ, LONG_ANSWER, SOON, Served, assistant, serve_with, until, uuid,
};

const KEY: &str = "dg-0123456789abcdef";

/// Who is heard by that server, with the conversations that a model was asked for.
fn served(server: &Deepgram) -> (Served, Bore) {
    let address = format!("http://127.0.0.1:{}", server.port);
    let settings = [("DEEPGRAM_BASE_URL", address.as_str()), ("DEEPGRAM_API_KEY", KEY)];
    let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config::read(folder.path(), None, settings).expect("settings").deepgram.expect("a key");
    let ears = deepgram::Hearing::new(&config, &Wire::start().expect("a thread"));
    let limits = Limits { within_ms: 60_000, ..Limits::default() };
    let ears = Guarded::new(Arc::new(ears), Guard::new("ears", limits));
    let bore = Bore::default();
    (serve_with(assistant(false), Some(Arc::new(ears)), Some(Arc::new(bore.clone()))), bore)
}

/// He says nothing, and hears, until it is so.
fn until_heard(caller: &mut Caller, what: &str, mut so: impl FnMut(&[u8]) -> bool) {
    let end = Instant::now() + SOON;
    loop {
        caller.sends(0x10, &[0; 320]);
        let heard = caller.hears(1);
        if so(&heard) {
            return;
        }
        assert!(Instant::now() < end, "{what}");
    }
}

fn is(samples: &[u8], hz: f32) -> bool {
    share(&wav(8_000, samples), hz) > 0.8
}

#[test]
fn f49_s14_words_interrupt_the_recogniser_ends_a_turn_and_an_ear_that_dies_is_opened_anew() {
    let server = Deepgram::start();
    let (served, bore) = served(&server);
    let known = uuid();
    let mut caller = Caller::named(served.port, known);
    assert!(is(&caller.hears(20), GREETING_HZ));
    assert!(server.heads.lock().is_empty(), "S14: nobody hears him until his call is known");
    served.tells(known);
    until_heard(&mut caller, "an ear is opened", |_| {
        server.sound.lock().first().is_some_and(|bytes| *bytes > 6_400)
    });
    let head = server.heads.lock()[0].clone();
    assert!(
        head.starts_with("GET /v1/listen?model=nova-2&language=fr&encoding=linear16&sample_rate=8000&"),
        "{head}"
    );
    assert!(head.to_ascii_lowercase().contains(&format!("authorization: token {KEY}\r\n")), "{head}");

    // what is final is no turn yet, and voice activity hears nothing at all
    server.says("my line", true, false);
    server.says("is dead", true, true);
    until_heard(&mut caller, "it answers", |heard| is(heard, ANSWER_HZ));
    let asked = |text: &str| {
        let all = bore.0.lock();
        all.iter().any(|asked| format!("{:?}", asked.lines.last()).contains(text))
    };
    assert!(asked("my line is dead"), "both pieces are one turn");

    // a word interrupts; what is not final yet is no turn
    let (mut frames, began) = (0, Instant::now());
    for _ in 0..25 {
        until_heard(&mut caller, "it goes on", |heard| is(heard, ANSWER_HZ));
    }
    server.says("wait", false, false);
    until_heard(&mut caller, "it is interrupted", |heard| {
        frames += 1;
        heard.iter().all(|byte| *byte == 0)
    });
    eprintln!("interrupted after {frames} frames, {} ms with the frames before", began.elapsed().as_millis());

    // he is silent: it is asked for what it has, and says so
    until_heard(&mut caller, "it is asked to finish", |_| {
        server.texts.lock().iter().any(|text| text.contains("Finalize"))
    });
    server.says("wait a moment", true, true);
    until("the model is asked what to say to it", || asked("wait a moment"));

    // it dies, and another hears what no final words cover
    for _ in 0..25 {
        // beyond the time in which nobody interrupts
        until_heard(&mut caller, "it answers again", |heard| is(heard, ANSWER_HZ));
    }
    server.hangs_up();
    until_heard(&mut caller, "another is opened", |_| {
        server.sound.lock().get(1).is_some_and(|bytes| *bytes > 6_400)
    });
    server.says("are you there", true, true);
    until("the model is asked what to say to that", || asked("are you there"));
    drop(caller);
    let ended = served.ended(0);
    let broken = ended.lines.iter().filter(|line| line.interrupted).count();
    assert!(
        broken >= 1 && ended.lines.iter().any(|line| LONG_ANSWER.starts_with(&*line.text)),
        "{:?}",
        ended.lines
    );
}

#[test]
fn f49_an_ear_that_says_nonsense_or_a_word_of_a_megabyte_leads_to_a_human() {
    for nonsense in
        ["<html>".to_owned(), "a".repeat(1_000_000), r#"{"type":"Error","description":"no"}"#.to_owned()]
    {
        let server = Deepgram::start();
        let (served, _) = served(&server);
        let known = uuid();
        served.tells(known);
        let mut caller = Caller::named(served.port, known);
        for n in 0..2 {
            until_heard(&mut caller, "an ear is opened", |_| {
                server.sound.lock().get(n).is_some_and(|bytes| *bytes > 0)
            });
            server.sends(&nonsense);
        }
        // there is no third; a key brings him to a human still
        let end = Instant::now() + Duration::from_millis(200);
        until_heard(&mut caller, "time goes by", |_| Instant::now() > end);
        assert_eq!(server.heads.lock().len(), 2);
        caller.sends(0x03, b"0");
        assert!(caller.rest().1);
        assert_eq!(served.ended(0).how, vigie::links::voices::How::Fallback);
    }
}
