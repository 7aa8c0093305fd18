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
    let thinks = TEXT.replacen("\"Bon\"", "\"<think>He is. Or not?</think>Bon\"", 1);
    assert!(thinks != TEXT);
    assert_eq!(told(&thinks).as_deref(), Ok(&whole[..]), "nobody hears it think");
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
    let same_index = [call("\"index\":0,", "a", "hang_up"), call("\"index\":0,", "b", "transfer")].join(",");
    assert_eq!(told(&stream(&same_index)).as_deref(), Ok(&both[..]), "one index for all");
    let no_index = [call("", "a", "hang_up"), call("", "b", "transfer")].join(",");
    assert_eq!(told(&stream(&no_index)).as_deref(), Ok(&both[..]), "no index");
    let no_arguments = r#"{"index":0,"function":{"name":"hang_up"}}"#;
    assert_eq!(told(&stream(no_arguments)).as_deref(), Ok(&[tool("hang_up", "{}"), over][..]));
}

#[test]
fn f49_nonsense_and_errors_are_told_as_such() {
    let text = |text: &str| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n");
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
        ("an error", "data: {\"error\":{\"message\":\"overloaded\",\"code\":529}}\n\n".into(), "overloaded"),
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
    let many = format!("data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{}]}}}}]}}\n\n", many.join(","));
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
