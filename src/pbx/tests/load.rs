//! A load is as large as asked, and whole.

use super::super::load::Load;
use super::*;

#[test]
fn a_load_of_a_thousand_calls_has_a_thousand_calls() {
    let load = Load { calls: 1_000, events: 20_000, seed: 5 };
    let rendered = load.render(START);
    let live = rendered.after.calls_live();
    assert!((900..1_100).contains(&live), "{live} calls live at the end");
    assert!((20_000..25_000).contains(&rendered.events));
    let (opening, traffic) = rendered.bytes.split_at(rendered.opening);
    assert_eq!(messages(opening).len(), rendered.opening_events);
    assert_eq!(messages(traffic).len(), rendered.events);
}
