//! Frames in any pieces, and what is none.

use proptest::prelude::*;

use super::*;

fn questions() -> impl Strategy<Value = Question> {
    let sound = prop::collection::vec(any::<i16>(), 0..400);
    prop_oneof![
        (any::<u32>(), ".{0,4}", ".{0,9}", ".{0,200}")
            .prop_map(|(id, language, voice, text)| Question::Speak { id, language, voice, text }),
        (any::<u32>(), ".{0,4}", prop::collection::vec(".{0,12}", 0..9), sound)
            .prop_map(|(id, language, expects, sound)| Question::Understand { id, language, expects, sound }),
    ]
}

fn answers() -> impl Strategy<Value = Answer> {
    prop_oneof![
        any::<u16>().prop_map(|version| Answer::Ready { version }),
        ".{0,40}".prop_map(|why| Answer::Unfit { why }),
        (any::<u32>(), prop::collection::vec(any::<i16>(), 0..400))
            .prop_map(|(id, sound)| Answer::Sound { id, sound }),
        (any::<u32>(), ".{0,40}", any::<u8>(), any::<i16>(), any::<bool>()).prop_map(
            |(id, text, confidence, margin, rejected)| Answer::Understood {
                id,
                text,
                confidence,
                margin,
                rejected
            }
        ),
        (any::<u32>(), ".{0,40}").prop_map(|(id, why)| Answer::Failed { id, why }),
    ]
}

/// Fed in pieces of so many bytes.
fn read<M: Message>(bytes: &[u8], piece: usize) -> Result<Vec<M>, Fault> {
    let (mut decoder, mut all) = (Decoder::default(), Vec::new());
    for piece in bytes.chunks(piece) {
        decoder.feed(piece);
        while let Some(message) = decoder.next_message()? {
            all.push(message);
        }
    }
    assert!(decoder.is_empty());
    Ok(all)
}

proptest! {
    #[test]
    fn what_is_said_is_heard_in_any_pieces(
        questions in prop::collection::vec(questions(), 0..5),
        answers in prop::collection::vec(answers(), 0..5),
        piece in 1_usize..50,
    ) {
        let bytes: Vec<u8> = questions.iter().flat_map(Question::frame).collect();
        prop_assert_eq!(read::<Question>(&bytes, piece), Ok(questions));
        let bytes: Vec<u8> = answers.iter().flat_map(Answer::frame).collect();
        prop_assert_eq!(read::<Answer>(&bytes, piece), Ok(answers));
    }

    #[test]
    fn nothing_that_comes_breaks_it(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in any::<u8>()) {
        let mut decoder = Decoder::default();
        decoder.feed(&bytes);
        while let Ok(Some(_)) = decoder.next_message::<Answer>() {}
        let mut frame = vec![kind];
        frame.extend(&bytes);
        let _ = Answer::read(&frame);
        let _ = Question::read(&frame);
    }
}

#[test]
fn what_is_no_frame_is_named() {
    let fault = |bytes: &[u8]| {
        let mut decoder = Decoder::default();
        decoder.feed(bytes);
        decoder.next_message::<Answer>().unwrap_err()
    };
    assert_eq!(fault(b"GET / HTTP/1.1"), Fault::Length(u32::from_be_bytes(*b"GET ")));
    assert_eq!(fault(&[0, 0, 0, 0]), Fault::Length(0));
    assert_eq!(fault(&[0, 0, 0, 1, 0x42]), Fault::Kind(0x42));
    assert_eq!(fault(&[0, 0, 0, 2, 0x80, 0]), Fault::Field("version"));
    assert_eq!(fault(&[0, 0, 0, 4, 0x80, 0, 1, 9]), Fault::Rest(1));
    assert_eq!(fault(&[0, 0, 0, 9, 0x82, 0, 0, 0, 1, 255, 255, 255, 255]), Fault::Field("sound"));
    assert_eq!(fault(&[0, 0, 0, 6, 0x81, 0, 0, 0, 1, 0xff]), Fault::Field("why"));
    assert_eq!(Fault::Length(9 << 20).to_string(), "a frame of 9437184 bytes, expected 1 to 8388608");
    // a frame that is not whole yet is waited for
    let mut decoder = Decoder::default();
    decoder.feed(&[0, 0, 0, 3, 0x80, 0]);
    assert_eq!(decoder.next_message::<Answer>(), Ok(None));
}

#[test]
fn what_is_too_long_is_cut_before_it_is_sent() {
    let question =
        Question::Speak { id: 1, language: "fr".into(), voice: String::new(), text: "é".repeat(MOST_TEXT) };
    let Ok(Question::Speak { text, .. }) = Question::read(&question.frame()[4..]) else { panic!("no frame") };
    assert_eq!(text.len(), MOST_TEXT);
    let answer = Answer::Sound { id: 1, sound: vec![0; MOST_SAMPLES + 1] };
    assert!(answer.frame().len() < MOST_FRAME);
    assert!(Answer::read(&answer.frame()[4..]).is_ok());
}
