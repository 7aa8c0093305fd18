//! A load is as large as asked, and whole.

use super::super::load::Load;
use super::*;

#[test]
fn a_load_of_a_thousand_calls_has_a_thousand_calls() {
    let load = Load { calls: 1_000, events: 20_000, seed: 5, tell_opening: true };
    let rendered = load.render(START);
    let live = rendered.after.calls_live();
    assert!((900..1_100).contains(&live), "{live} calls live at the end");
    assert_eq!(rendered.before.exchange.truth.live_channels(), 0);
    assert!((20_000..25_000).contains(&rendered.events));
    let (opening, traffic) = rendered.bytes.split_at(rendered.opening);
    assert_eq!(messages(opening).len(), rendered.opening_events);
    assert_eq!(messages(traffic).len(), rendered.events);
}
#[test]
fn an_opening_that_is_not_told_is_listed() {
    let load = Load { calls: 200, events: 5_000, seed: 5, tell_opening: false };
    let rendered = load.render(START);
    assert_eq!((rendered.opening, rendered.opening_events), (0, 0));
    let live = rendered.before.calls_live();
    assert!((180..220).contains(&live), "{live} calls to list");
    assert_eq!(messages(&rendered.bytes).len(), rendered.events);
    let told = Load { tell_opening: true, ..load }.render(START);
    assert!(told.bytes[told.opening..] == rendered.bytes[..], "the same life, told or not");
}
