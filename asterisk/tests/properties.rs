//! What holds for every message that can be built.
#![allow(clippy::unwrap_used)] // tests

use asterisk::ami::{Action, Decoder, Event, Frame, Message, Value};
use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;

/// A header's name: anything without a colon or the end of a line.
fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => "[A-Za-z-]{1,20}".prop_map(String::into_bytes),
        1 => vec(any::<u8>().prop_filter("a name", |b| !b":\r\n ".contains(b)), 1..10),
    ]
}

/// A value: any bytes that hold no CR LF and do not end in CR.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => ".{0,40}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..60),
    ]
    .prop_map(|mut bytes| {
        while let Some(at) = bytes.windows(2).position(|two| two == b"\r\n") {
            bytes.remove(at);
        }
        while bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        bytes
    })
}

fn headers() -> impl Strategy<Value = Vec<(Vec<u8>, Vec<u8>)>> {
    vec((name(), value()), 1..12)
}

fn encode(messages: &[Vec<(Vec<u8>, Vec<u8>)>]) -> Vec<u8> {
    let mut bytes = b"Asterisk Call Manager/5.0.4\r\n".to_vec();
    for headers in messages {
        for (name, value) in headers {
            bytes.extend_from_slice(&[name, &b": "[..], value, b"\r\n"].concat());
        }
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_message_comes_back_as_it_was_built_in_any_segmentation(
        messages in vec(headers(), 1..5),
        sizes in vec(1_usize..200, 1..30),
    ) {
        let stream = encode(&messages);
        let mut decoder = Decoder::default();
        let mut buffer = BytesMut::new();
        let mut decoded = Vec::new();
        let (mut rest, mut sizes) = (&stream[..], sizes.iter().cycle());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            rest = after;
            buffer.extend_from_slice(piece);
            while let Some(frame) = decoder.next(&mut buffer).unwrap() {
                if let Frame::Message(message) = frame {
                    let headers = message.headers().map(|(n, v)| (n.to_vec(), v.to_vec()));
                    decoded.push(headers.collect::<Vec<_>>());
                }
            }
        }
        prop_assert_eq!(decoded, messages);
        prop_assert_eq!(buffer.len(), 0);
    }

    #[test]
    fn an_action_is_read_back_as_it_was_built(
        headers in vec(("[A-Za-z]{1,12}", "[^\\x00-\\x1f\\x7f]{0,80}"), 0..10),
    ) {
        let mut action = Action::new("Ping");
        for (name, value) in &headers {
            action = action.header(String::leak(name.clone()), value.clone()).unwrap();
        }
        let mut bytes = Vec::new();
        action.encode("v-p-1", &mut bytes).unwrap();
        let message = Message::new(bytes.into());
        let read: Vec<_> = message
            .headers()
            .skip(2)
            .map(|(n, v)| (String::from_utf8(n.to_vec()).unwrap(), String::from_utf8(v.to_vec()).unwrap()))
            .collect();
        prop_assert_eq!(read, headers);
    }

    /// F09: escaped once as Asterisk 16 does it, a name comes back as it was.
    #[test]
    fn f09_an_escaped_value_is_shown_as_it_was(plain in "[^\\p{Cc}]{0,60}") {
        let escaped = plain.replace('\\', "\\\\").replace('"', "\\\"");
        prop_assert_eq!(Value::new(escaped.as_bytes()).display(), plain);
        prop_assert_eq!(Value::new(escaped.as_bytes()).bytes(), escaped.as_bytes());
    }

    #[test]
    fn any_bytes_can_be_asked_for_an_event(bytes in vec(any::<u8>(), 0..300)) {
        for start in [&b""[..], b"Event: ", b"Event: Hangup\r\nPrivilege: a\r\n"] {
            let message = Message::new([start, &bytes, b"\r\n\r\n"].concat().into());
            let _ = (Event::read(&message), message.text("Channel"), message.event());
            for (_, value) in message.headers() {
                let shown = Value::new(value).display().into_owned();
                prop_assert!(!shown.chars().any(char::is_control));
            }
        }
    }
}
