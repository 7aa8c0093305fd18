//! The AudioSocket port against peers that are no Asterisk, or a hasty one: F44 to F48, S14.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use vigie::links::voices::How;
use vigie::voice::{Said, Speaker};

use crate::support::server::Server;
use crate::support::sound::{share, voice, wav};
use crate::support::voices::{
    ANSWER_HZ, Bore, Caller, GREETING_HZ, HANDING_OVER_HZ, LONG_ANSWER, Parrot, SOON, Told, assistant, serve,
    serve_with, tone_program, until, uuid,
};

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Relaxed)
}

/// How much of these samples is that tone.
fn is(samples: &[u8], hz: f32) -> bool {
    share(&wav(8_000, samples), hz) > 0.9
}

#[test]
fn f44_who_says_no_uuid_is_closed_and_others_are_served_meanwhile() {
    let served = serve(assistant(true));
    let mut mute: Vec<Caller> = (0..20).map(|_| Caller::at(served.port)).collect();
    for (n, words) in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x16\x03\x01\x02\x00\x01", b"\x03\x00\x00\x13", b"\x10\x01\x40"]
            .into_iter()
            .enumerate()
    {
        mute[n].0.write_all(words).expect("it is taken");
    }
    // half of one
    mute[4].0.write_all(b"\x01\x00\x10abc").expect("it is taken");
    let mut good = Caller::named(served.port, uuid());
    assert!(is(&good.hears(25), GREETING_HZ), "who is served meanwhile hears the greeting");
    for caller in &mut mute {
        assert_eq!(caller.told(), Told::Closed, "F44: without a word");
    }
    assert_eq!((count(&served.counters.mute), count(&served.counters.began)), (20, 1));
    until("one is left", || served.counters.now.load(Relaxed) == 1);
}

#[test]
fn f44_s14_a_uuid_is_used_once_and_one_that_ami_never_tells_of_is_closed() {
    let served = serve(assistant(false));
    let known = uuid();
    served.tells(known);
    let mut first = Caller::named(served.port, known);
    first.hears(25);
    let mut second = Caller::named(served.port, known);
    assert_eq!((second.told(), second.told()), (Told::Over, Told::Closed), "while the first talks");
    first.hears(1);
    drop(first);
    assert_eq!(served.ended(0).how, How::Gone);
    let mut again = Caller::named(served.port, known);
    assert_eq!(again.told(), Told::Over, "and after it");
    let mut stranger = Caller::named(served.port, uuid());
    let (heard, over) = stranger.rest();
    assert!(over, "0x00 comes first: the dialplan goes on");
    assert!(is(&heard[..8_000], GREETING_HZ), "the greeting played meanwhile");
    let ended = served.ended(1);
    assert_eq!((ended.how, ended.caller, ended.lines.len()), (How::Unknown, None, 1));
    let counters = &served.counters;
    assert_eq!([&counters.began, &counters.reused, &counters.unknown].map(count), [2, 2, 1]);
    assert!(served.sent().is_empty(), "of whom nothing is known nothing is said");
    until("nobody is left", || counters.now.load(Relaxed) == 0);
}

#[test]
fn s14_who_is_no_pbx_of_the_settings_is_turned_away() {
    let served = serve(assistant(true));
    // all of 127/8 is this machine, and only 127.0.0.1 is in the settings
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    let from: std::net::SocketAddr = "127.0.0.9:0".parse().expect("an address");
    let to: std::net::SocketAddr = ([127, 0, 0, 1], served.port).into();
    socket.bind(&from.into()).expect("it is ours");
    socket.connect(&to.into()).expect("the port is open");
    let stream: TcpStream = socket.into();
    stream.set_read_timeout(Some(SOON)).expect("a timeout");
    assert_eq!(Caller(stream).told(), Told::Closed);
    assert_eq!((count(&served.counters.strangers), count(&served.counters.began)), (1, 0));
}

#[test]
fn f48_f45_sound_comes_without_waiting_for_any_whole_frames_and_as_fast_as_it_is_heard() {
    let served = serve(assistant(true));
    let mut caller = Caller::named(served.port, uuid());
    // nothing of the caller's is ever sent
    let began = Instant::now();
    let greeting = caller.hears(25);
    assert!(is(&greeting, GREETING_HZ), "the greeting, from the first frame on");
    let silence = caller.hears(50);
    assert!(silence.iter().all(|byte| *byte == 0) && silence.len() == 16_000, "then silence, frame by frame");
    // 75 frames are 1.5 s; the first came at once. A loaded machine may be slower, never faster
    assert!(began.elapsed() > Duration::from_millis(1_350), "{:?}", began.elapsed());
}

#[test]
fn it_speaks_at_the_rate_of_the_other_side() {
    let served = serve(assistant(true));
    for (kind, bytes) in [(0x12, 640), (0x16, 1_920), (0x15, 1_764)] {
        let mut caller = Caller::named(served.port, uuid());
        caller.sends(kind, &vec![0; bytes]);
        let end = Instant::now() + SOON;
        loop {
            assert!(Instant::now() < end, "never at its rate");
            match caller.told() {
                Told::Audio(of, samples) if of == kind => break assert_eq!(samples.len(), bytes),
                Told::Audio(0x10, _) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn f46_haste_sloth_and_garbage_cost_little_and_end_nothing_but_themselves() {
    let served = serve(assistant(true));
    let named = |_| {
        let known = uuid();
        served.tells(known);
        Caller::named(served.port, known)
    };
    let mut hasty: Vec<Caller> = (0..5).map(named).collect();
    for caller in &mut hasty {
        caller.sends(0x10, &[]);
        for _ in 0..6 {
            caller.sends(0x10, &[1; 65_535]);
        }
        caller.sends(0x77, b"nobody knows it");
        caller.sends(0x02, &[]);
    }
    // they are heard and answered after all of it
    for caller in &mut hasty {
        caller.sends(0x03, b"0");
    }
    for caller in &mut hasty {
        let (heard, over) = caller.rest();
        // 200 ms of it, wherever they are: what AMI takes for its answer is silence
        let spoken = heard.chunks_exact(320).collect::<Vec<_>>();
        let spoken = spoken.windows(10).any(|frames| is(&frames.concat(), HANDING_OVER_HZ));
        assert!(over && spoken, "the key is heard");
    }
    assert!(count(&served.counters.forgotten_frames) > 5 * 500, "what cannot be heard is forgotten");
    assert_eq!(count(&served.counters.unknown_frames), 10);
    // what no AudioSocket has ends it, with 0x00
    for (kind, payload) in [(0x01, &[1; 16][..]), (0x03, b"x"), (0x03, b"12")] {
        let mut caller = Caller::named(served.port, uuid());
        caller.sends(kind, payload);
        assert!(caller.rest().1, "{kind}");
    }
    assert_eq!(count(&served.counters.broken), 3);
    until("nobody is left", || served.counters.now.load(Relaxed) == 0);
}

#[test]
fn f46_what_waits_of_a_hasty_peer_costs_a_megabyte_at_most() {
    let folder = tempfile::tempdir().expect("a folder");
    let voice = tone_program(folder.path(), GREETING_HZ, 0.5);
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let port = free.to_string();
    // a PBX that is not there: nothing else happens
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", "1"),
        ("AMI_USERNAME", "u"),
        ("AMI_SECRET", "s"),
        ("AUDIOSOCKET_PORT", port.as_str()),
        ("VIGIE_VOICE", voice.to_str().expect("text")),
    ];
    let assistant = "[assistant]\nname = \"Accueil\"\ntakes_unknown = true\n";
    let vigie = Server::start(&settings, &[("vigie.toml", assistant)]);
    until("it can speak", || vigie.log().contains("Accueil is ready"));
    let before = vigie.memory_kb();
    let mut hasty: Vec<Caller> = (0..20).map(|_| Caller::named(free, uuid())).collect();
    for caller in &mut hasty {
        for _ in 0..10 {
            caller.sends(0x10, &[1; 65_535]);
        }
    }
    let forgotten = "vigie_audiosocket_frames_total{kind=\"forgotten\"}";
    until("all of it was read", || vigie.metric(forgotten) > 20.0 * 500.0);
    let grown = vigie.peak_kb().saturating_sub(before);
    assert!(grown < 20 * 1_024, "F46: {grown} KB for 20");
    assert_eq!(vigie.metric("vigie_audiosocket_connections "), 20.0, "and all are served");
}

#[test]
fn g711_that_is_called_pcm_is_refused_with_a_word() {
    let served = serve(assistant(true));
    let mut caller = Caller::named(served.port, uuid());
    // 20 ms each, as its clock is ours
    for _ in 0..200 {
        caller.sends(0x10, &[0xd5; 160]);
        if caller.told() == Told::Over {
            break;
        }
    }
    assert_eq!(count(&served.counters.g711), 1);
    // frames of 10 ms of PCM are as long, and twice as many
    let mut other = Caller::named(served.port, uuid());
    for _ in 0..60 {
        other.sends(0x10, &[0xd5; 160]);
        other.sends(0x10, &[0xd5; 160]);
        other.hears(1);
    }
    assert_eq!(count(&served.counters.g711), 1);
}

#[test]
fn the_key_for_a_human_brings_him_to_one_and_the_dialplan_is_told_where() {
    let served = serve(assistant(false));
    let known = uuid();
    let mut caller = Caller::named(served.port, known);
    caller.hears(2);
    served.tells(known);
    // keys are of use once it is known whose they are
    caller.hears(25);
    let mut heard = Vec::new();
    while !is(&heard, HANDING_OVER_HZ) {
        caller.sends(0x03, b"0");
        heard = caller.hears(10);
    }
    let (_, over) = caller.rest();
    assert!(over);
    let ended = served.ended(0);
    assert_eq!((ended.how, ended.caller.map(|caller| caller.uniqueid)), (How::Fallback, Some("1.1".into())));
    assert_eq!(served.sent(), ["PJSIP/a-1 VIGIE_NEXT=queues,500,1"]);
    let said: Vec<_> = ended.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(said.last(), Some(&"handing over"), "{said:?}");
    assert!(said.contains(&"0"), "{said:?}");
}

#[test]
fn f47_a_conversation_that_breaks_gives_its_caller_back_and_touches_no_other() {
    let served = serve(assistant(true));
    let named = |_| {
        let own = uuid();
        (own.to_string(), Caller::named(served.port, own))
    };
    let mut callers: Vec<_> = (0..3).map(named).collect();
    callers.iter_mut().for_each(|(_, caller)| drop(caller.hears(1)));
    until("three talk", || served.root.parts().iter().flat_map(|part| part.workers()).count() == 3);
    let one = served.root.parts().iter().flat_map(|part| part.workers()).next().expect("one of them");
    assert!(served.root.parts().iter().any(|part| part.kill_one(one.id())));
    let ended = served.ended(0);
    assert_eq!(ended.how, How::BrokeOff);
    for (own, caller) in &mut callers {
        if *own == ended.id {
            assert!(caller.rest().1, "0x00: the dialplan goes on");
        } else {
            caller.hears(5);
        }
    }
    until("two are left", || served.counters.now.load(Relaxed) == 2);
}

fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

#[test]
fn what_is_said_is_understood_and_answered_and_who_interrupts_is_listened_to() {
    let (parrot, bore) = (Parrot::default(), Bore::default());
    let served = serve_with(assistant(false), Some(Arc::new(parrot.clone())), Some(Arc::new(bore.clone())));
    let known = uuid();
    served.tells(known);
    let mut caller = Caller::named(served.port, known);
    caller.hears(10);
    // as fast as it is listened to: a frame for a frame
    let speech = bytes(&voice(1_000));
    let silence = || std::iter::repeat_n(&[0; 320][..], 20);
    for frame in silence().chain(speech.chunks_exact(320)).chain(silence()) {
        caller.sends(0x10, frame);
        caller.hears(1);
    }
    until_it_answers(&mut caller);
    assert_eq!(parrot.0.lock().len(), 1);
    let heard = parrot.0.lock()[0].clone();
    let first = heard.iter().position(|sample| sample.unsigned_abs() > 500).expect("his voice");
    assert!((800..=2_400).contains(&first) && heard.len() > 8_000, "{first} samples before {}", heard.len());
    let asked: Vec<_> = bore.0.lock()[0].lines.clone();
    let lines = [(Speaker::Assistant, "greeting"), (Speaker::Caller, "my line is dead")];
    assert_eq!(asked, lines.map(|(who, text)| Said::By(who, text.to_owned())));

    // he speaks into the answer until it stops, long before its end
    let speech = bytes(&voice(15_000));
    let spoken = speech.chunks_exact(320).position(|frame| {
        caller.sends(0x10, frame);
        caller.hears(1).iter().all(|byte| *byte == 0)
    });
    assert!(spoken.is_some_and(|frames| frames >= 10), "{spoken:?}");
    for _ in 0..40 {
        caller.sends(0x10, &[0; 320]);
        caller.hears(1);
    }
    until_it_answers(&mut caller);
    drop(caller);
    let lines = served.ended(0).lines;
    let answer = lines.iter().find(|line| line.interrupted).expect("it was broken off");
    assert!(LONG_ANSWER.starts_with(&*answer.text) && answer.text.len() < LONG_ANSWER.len(), "{answer:?}");
    assert_eq!(parrot.0.lock().len(), 2, "and what he said then was understood too");
}

fn until_it_answers(caller: &mut Caller) {
    let end = Instant::now() + SOON;
    while !is(&caller.hears(5), ANSWER_HZ) {
        assert!(Instant::now() < end, "it never answers");
    }
}
