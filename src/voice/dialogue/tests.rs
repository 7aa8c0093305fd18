//! Walks through the usual dialogues, and what may be wrong in one.

use std::sync::Arc;

use super::*;

fn told(english: bool, said: &[&str]) -> Vec<Piece> {
    let scripted = Scripted::new(Arc::new(Dialogue::usual(english).expect("it is ours")));
    let lines = said.iter().map(|text| Said::By(Speaker::Caller, (*text).to_owned())).collect();
    let mut answer = scripted.answer(Conversation { lines, ..Conversation::default() });
    std::iter::from_fn(|| answer.try_recv().ok()).map(|piece| piece.expect("no engine to fail")).collect()
}

/// Its sentences, and the tool at its end.
fn answer(english: bool, said: &[&str]) -> (String, Option<String>) {
    let (mut sentences, mut tool) = (Vec::new(), None);
    for piece in told(english, said) {
        match piece {
            Piece::Sentence(text) => sentences.push(text),
            Piece::Tool { name, .. } => tool = Some(name),
            Piece::Over { .. } => {}
        }
    }
    (sentences.join(" "), tool)
}

#[test]
fn a_conversation_advises_checks_and_ends() {
    let says = |said: &[&str]| answer(true, said).0;
    assert!(says(&["my internet does not work"]).starts_with("I see. Please switch your box off"));
    assert!(says(&["internet", "Yes."]).starts_with("I am glad."));
    assert_eq!(answer(true, &["internet", "yes", "no thanks"]), (String::new(), Some(HANG_UP.into())));
    assert_eq!(answer(true, &["1", "2"]), (String::new(), Some(TRANSFER.into())), "by keys");
    assert!(says(&["internet", "yes", "yes"]).starts_with("Is it about your internet"), "and again");
    assert_eq!(answer(true, &["I want an agent please"]).1, Some(TRANSFER.into()), "anywhere");
    let (said, tool) = answer(true, &["the bill", "1 2 3 4"]);
    assert_eq!((said.split('.').next(), tool), (Some("Your number ends with 1234"), Some(TRANSFER.into())));
    assert!(answer(true, &["invoice", "one two oh four"]).0.contains("1204"));
    assert!(answer(false, &["panne"]).0.starts_with("Je vois."));
    assert_eq!(answer(false, &["mobile", "non"]).1, Some(TRANSFER.into()));
}

#[test]
fn who_is_not_understood_is_told_the_keys_and_then_brought_to_a_human() {
    let (said, tool) = answer(true, &["a pizza"]);
    assert!(said.starts_with("I did not understand. Please press 1") && tool.is_none());
    assert_eq!(answer(true, &["a pizza", "a pizza"]), (String::new(), Some(TRANSFER.into())));
    let (said, tool) = answer(true, &["a pizza", "mobile", "a pizza"]);
    assert!(said.starts_with("Please press 1 if it is solved") && tool.is_none(), "{said}");
    assert!(answer(true, &["invoice", "12345"]).0.contains("four digits"), "too many");
    assert!(answer(true, &["mobile or an invoice"]).0.contains("four digits"), "the longest");
    assert!(answer(true, &["my mobile or my bill and the internet"]).1.is_none());
}

#[test]
fn what_is_expected_is_what_the_state_understands() {
    let expects = |said: &[&str]| {
        let scripted = Scripted::new(Arc::new(Dialogue::usual(true).expect("it is ours")));
        let lines = said.iter().map(|text| Said::By(Speaker::Caller, (*text).to_owned())).collect();
        scripted.expects(&Conversation { lines, ..Conversation::default() })
    };
    assert!(expects(&[]).contains(&"my internet does not work".to_owned()));
    let then = expects(&["internet"]);
    assert!(then.contains(&"yes".to_owned()) && !then.contains(&"internet".to_owned()));
    assert!(then.contains(&"an agent please".to_owned()));
    assert!(expects(&["invoice"]).contains(&"#".to_owned()));
    let after = expects(&["an agent please"]);
    assert!(after.contains(&"internet".to_owned()), "who interrupts the end begins anew: {after:?}");
}

#[test]
fn whoever_stays_after_an_end_is_understood_from_the_start() {
    let (said, tool) = answer(true, &["an agent please", "internet"]);
    assert!(said.starts_with("I see. Please switch your box off") && tool.is_none(), "{said} {tool:?}");
}

#[test]
fn what_is_wrong_is_named() {
    let of = |states: &str| {
        let head = "language = \"en\"\ngreeting = \"Hello.\"\nstart = \"a\"\n";
        Dialogue::read(&format!("{head}{states}")).err().unwrap_or_default()
    };
    let ends = "[states.b]\nend = \"hangup\"\n";
    let asks = |answers: &str| of(&format!("[states.a]\nkeys = \"Keys.\"\nanswers = [{answers}]\n{ends}"));
    assert_eq!(asks("{ words = [\"yes\"], to = \"b\" }"), "");
    for (answers, problem) in [
        ("{ words = [\"yes\"], to = \"c\" }", "states.a.answers[0].to: there is no state `c`"),
        ("{ to = \"b\" }", "states.a.answers[0]: expected words, or a key"),
        ("{ key = \"x\", to = \"b\" }", "states.a.answers[0].key: `x`, expected 0 to 9 or *"),
        (
            "{ words = [\"yes\"], to = \"b\" }, { words = [\"YES!\"], to = \"a\" }",
            "states.a.answers[1].words: `YES!` is another answer's too",
        ),
        (
            "{ key = \"1\", to = \"b\" }, { key = \"1\", to = \"a\" }",
            "states.a.answers[1].key: `1` is another answer's too",
        ),
    ] {
        assert_eq!(asks(answers), problem);
    }
    assert_eq!(of(ends), "start: there is no state `a`");
    assert_eq!(
        of(&format!("[states.a]\n{ends}")),
        "states.a: expected one of answers (or digits), to, and end; it has 0"
    );
    let one = "keys = \"Keys.\"\nanswers = [{ key = \"1\", to = \"b\" }]\n";
    assert_eq!(
        of(&format!("[states.a]\nsay = [\"{{x}}\"]\n{one}{ends}")),
        "states.a.say: {x} is kept by no answer"
    );
    assert_eq!(
        of(&format!("[states.a]\n{one}[states.b]\nto = \"b\"\n")),
        "states.b.to: it leads on without ever asking or ending"
    );
    assert!(of(&format!("[states.a]\nsays = \"x\"\n{one}{ends}")).contains("unknown field `says`"));
    assert!(Dialogue::usual(false).is_ok() && Dialogue::usual(true).is_ok());
}
