//! FreeSWITCH's event socket: what it says, in any segmentation, and what can be sent to it.
#![allow(clippy::unwrap_used)] // tests

use asterisk::freeswitch::{
    ChannelId, Command, CommandError, Decoder, EventSocketError, FilePath, Happening, Heard, LONGEST_HEAD,
    Place,
};
use bytes::BytesMut;

fn event(head: &str, body: &str) -> String {
    let inner = if body.is_empty() { format!("{head}\n\n") } else { format!("{head}\n\n{body}") };
    format!("Content-Length: {}\nContent-Type: text/event-plain\n\n{inner}", inner.len())
}

fn heard(bytes: &[u8], piece: usize) -> Result<Vec<Heard>, EventSocketError> {
    let (mut decoder, mut buffer, mut all) = (Decoder::new(), BytesMut::new(), Vec::new());
    for piece in bytes.chunks(piece) {
        buffer.extend_from_slice(piece);
        while let Some(message) = decoder.receive(&mut buffer)? {
            all.push(Heard::read(&message));
        }
    }
    Ok(all)
}

#[test]
fn a_session_is_the_same_in_any_segmentation() {
    let stream = [
        "Content-Type: auth/request\n\n".to_owned(),
        "Content-Type: command/reply\nReply-Text: +OK accepted\n\n".to_owned(),
        "Content-Type: command/reply\nReply-Text: -ERR invalid\n\n".to_owned(),
        "Content-Type: command/reply\nReply-Text: +OK Job-UUID: 7f4d\nJob-UUID: 7f4d\n\n".to_owned(),
        event("Event-Name: BACKGROUND_JOB\nJob-UUID: 7f4d\nJob-Command: uuid_kill\nContent-Length: 4", "+OK\n"),
        event("Event-Name: BACKGROUND_JOB\nJob-UUID: 7f4e", "-ERR No such channel!\n"),
        event("Event-Name: DTMF\nUnique-ID: a-1\nDTMF-Digit: %23\nDTMF-Duration: 2000", ""),
        event("Event-Name: DTMF\nUnique-ID: a-1\nDTMF-Digit: 12", ""),
        event("Event-Name: CHANNEL_HANGUP_COMPLETE\nUnique-ID: a-1\nHangup-Cause: NORMAL_CLEARING", ""),
        event("Event-Name: PLAYBACK_START\nUnique-ID: a-1\nPlayback-File-Path: /tmp/a-1_0.tmp.r8", ""),
        event("Event-Name: PLAYBACK_STOP\nUnique-ID: a-1\nPlayback-File-Path: %2Ftmp%2Fa%201", ""),
        event(
            "Event-Name: CUSTOM\nEvent-Subclass: mod_audio_stream%3A%3Aplay\nUnique-ID: a-1\nContent-Length: 12",
            "{\"file\":\"x\"}",
        ),
        event("Event-Name: CUSTOM\nEvent-Subclass: other%3A%3Aplay\nUnique-ID: a-1", ""),
        event("Event-Name: HEARTBEAT\nEvent-Info: System%20Ready", ""),
        "Content-Type: text/disconnect-notice\nContent-Length: 5\n\nbye!\n".to_owned(),
        "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n".to_owned(),
    ]
    .concat();
    let (channel, job) = (|| "a-1".to_owned(), |text: &str| text.to_owned());
    let reply = |is_ok, text: &str, job: Option<&str>| Heard::Reply {
        is_ok,
        text: text.to_owned(),
        job: job.map(str::to_owned),
    };
    let expected = vec![
        Heard::AuthRequest,
        reply(true, "+OK accepted", None),
        reply(false, "-ERR invalid", None),
        reply(true, "+OK Job-UUID: 7f4d", Some("7f4d")),
        Heard::Event(Happening::Done { job: job("7f4d"), is_ok: true, text: "+OK".into() }),
        Heard::Event(Happening::Done {
            job: job("7f4e"),
            is_ok: false,
            text: "-ERR No such channel!".into(),
        }),
        Heard::Event(Happening::Key { channel: channel(), key: '#' }),
        Heard::Event(Happening::Other),
        Heard::Event(Happening::HungUp { channel: channel() }),
        Heard::Event(Happening::Started { channel: channel(), file: "/tmp/a-1_0.tmp.r8".into() }),
        Heard::Event(Happening::Stopped { channel: channel(), file: "/tmp/a 1".into() }),
        Heard::Event(Happening::FileWritten { channel: channel(), about: "{\"file\":\"x\"}".into() }),
        Heard::Event(Happening::Other),
        Heard::Event(Happening::Heartbeat),
        Heard::Closing,
        Heard::Rejected,
    ];
    for piece in [1, 2, 3, 7, 64, stream.len()] {
        assert_eq!(heard(stream.as_bytes(), piece).as_ref(), Ok(&expected), "{piece}");
    }
}

#[test]
fn what_is_no_event_socket_is_refused_and_bounded() {
    let endless = vec![b'a'; LONGEST_HEAD * 2];
    assert_eq!(heard(&endless, 1_000), Err(EventSocketError::HeadTooLong));
    assert_eq!(heard(&[&endless[..], b"\n\n"].concat(), usize::MAX), Err(EventSocketError::HeadTooLong));
    for length in ["-1", "x", "1048577", "99999999999999999999"] {
        let head = format!("Content-Length: {length}\n\n");
        assert_eq!(heard(head.as_bytes(), 5), Err(EventSocketError::NoLength), "{length}");
    }
}

#[test]
fn s01_a_command_is_one_line_whatever_its_words_are() {
    for wrong in ["", "a b", "a\nb", "a\n\nbgapi x", "-bleg", "a;b", "é", &"a".repeat(65)] {
        assert_eq!(ChannelId::new(wrong), Err(CommandError::NoChannel), "{wrong:?}");
    }
    for wrong in
        ["", "-both 500", "500 XML", "500 XML default x", "500\nbgapi", "500;rm", "5${x}", &"5".repeat(81)]
    {
        assert_eq!(Place::parse(wrong), Err(CommandError::NoPlace), "{wrong:?}");
    }
    for wrong in ["", "tmp/a", "/tmp/a b", "hangup::x", "/tmp/../etc/passwd", "/a\n", "/a,b", "/a!b"] {
        assert_eq!(FilePath::new(wrong), Err(CommandError::NoPath), "{wrong:?}");
    }
    for wrong in ["", "a\nbgapi x", "a\r", &"a".repeat(201)] {
        assert_eq!(Command::auth(wrong), Err(CommandError::NoPassword), "{wrong:?}");
    }
    let written = |command: &Command| {
        let mut out = Vec::new();
        command.encode(&mut out);
        String::from_utf8(out).unwrap()
    };
    let channel = ChannelId::new("a1b2-3").unwrap();
    let auth = Command::auth("Clue Con").unwrap();
    assert_eq!(written(&auth), "auth Clue Con\n\n");
    assert_eq!(format!("{auth:?}"), "Command(auth ...)", "S51");
    assert_eq!(written(&Command::kill(&channel)), "bgapi uuid_kill a1b2-3 NORMAL_CLEARING\n\n");
    let place = |text| Place::parse(text).unwrap();
    let transfer = |text| written(&Command::transfer(&channel, &place(text)));
    assert_eq!(transfer("500"), "bgapi uuid_transfer a1b2-3 500\n\n");
    assert_eq!(transfer("*98  XML default"), "bgapi uuid_transfer a1b2-3 *98 XML default\n\n");
    let file = FilePath::new("/tmp/a_0.tmp.r8").unwrap();
    assert_eq!(
        written(&Command::broadcast(&channel, &file)),
        "bgapi uuid_broadcast a1b2-3 /tmp/a_0.tmp.r8 aleg\n\n"
    );
    assert_eq!(written(&Command::break_all(&channel)), "bgapi uuid_break a1b2-3 all\n\n");
    for command in [Command::events(), Command::status()] {
        assert_eq!(written(&command).find('\n'), Some(written(&command).len() - 2));
    }
}
