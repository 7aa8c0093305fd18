//! Conversations, told event by event, on a clock of the test's own.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn assistant() -> Assistant {
    Assistant {
        id: "a".into(),
        name: "Assistant".into(),
        phrases: Phrases {
            greeting: "hello there dear caller".into(),
            reminder: "are you there".into(),
            fillers: vec!["one moment".into(), "still looking".into()],
            sorry: "sorry".into(),
            handing_over: "I connect you".into(),
            goodbye: "goodbye".into(),
        },
        times: Times::default(),
        words: Words { human: vec!["human".into()], anger: vec!["idiot".into()], human_key: Some('0') },
        takes_unknown: false,
    }
}

/// A session and its clock, in ms.
struct Talk {
    session: Session,
    at: u64,
    position: Position,
}

impl Talk {
    fn begin() -> Self {
        let (session, acts) = Session::begin(Arc::new(assistant()));
        assert_eq!(said(&acts), ["hello there dear caller"]);
        Self { session, at: 0, position: Position { sentence: 1, ms: 0, of_ms: 2_000 } }
    }

    /// Identified, greeted, and listened to.
    fn greeted() -> Self {
        let mut talk = Self::begin();
        assert_eq!(talk.on(100, Input::Identified), [Act::OpenEars]);
        assert_eq!(talk.session.phase(), Phase::Greeting);
        talk.on(2_000, Input::Heard(1));
        assert_eq!(talk.session.phase(), Phase::Listening);
        talk
    }

    /// So many ms later.
    fn on(&mut self, later: u64, input: Input) -> Vec<Act> {
        self.at += later;
        self.session.on(input, Duration::from_millis(self.at), self.position)
    }

    /// When it wants to be woken.
    fn wake(&mut self) -> Vec<Act> {
        let due = self.session.deadline().expect("a deadline");
        self.at = u64::try_from(due.as_millis()).expect("short");
        self.on(0, Input::Time)
    }

    /// The caller says that, and is answered with so many sentences that are not heard yet.
    fn answered(&mut self, words: &str, sentences: &[&str]) -> Vec<Act> {
        self.on(500, Input::SpeechBegan);
        self.on(500, Input::SpeechEnded);
        assert_eq!(self.wake(), [Act::FinishTurn]);
        let acts = self.on(100, last(words));
        assert!(matches!(&acts[..], [Act::Think { said, .. }] if said == words), "{acts:?}");
        let generation = self.session.generation();
        let mut all = Vec::new();
        for sentence in sentences {
            all.extend(self.on(50, Input::Sentence(generation, (*sentence).into())));
        }
        all.extend(self.on(50, Input::Answered(generation)));
        all
    }
}

fn last(words: &str) -> Input {
    Input::Words { text: words.into(), confidence: Some(90), last: true }
}

fn said(acts: &[Act]) -> Vec<&str> {
    acts.iter()
        .filter_map(|act| if let Act::Say { text, .. } = act { Some(text.as_str()) } else { None })
        .collect()
}

fn number(acts: &[Act]) -> u32 {
    acts.iter()
        .rev()
        .find_map(|act| if let Act::Say { number, .. } = act { Some(*number) } else { None })
        .expect("something said")
}

#[test]
fn a_question_is_answered_and_heard() {
    let mut talk = Talk::greeted();
    let acts = talk.answered("my box is down", &["is it red", "or green"]);
    assert_eq!(said(&acts), ["is it red", "or green"]);
    assert_eq!(talk.session.phase(), Phase::Speaking);
    talk.on(3_000, Input::Heard(number(&acts)));
    assert_eq!(talk.session.phase(), Phase::Listening);
    let lines: Vec<_> = talk
        .session
        .transcript()
        .iter()
        .map(|line| (line.who, line.text.as_str(), line.interrupted))
        .collect();
    assert_eq!(
        lines,
        [
            (Who::Assistant, "hello there dear caller", false),
            (Who::Caller, "my box is down", false),
            (Who::Assistant, "is it red", false),
            (Who::Assistant, "or green", false),
        ]
    );
}

#[test]
fn s14_a_call_that_stays_unknown_opens_no_ears_and_goes_to_the_fallback_after_one_and_a_half_seconds() {
    let mut talk = Talk::begin();
    assert!(talk.on(10, Input::SpeechBegan).is_empty(), "nobody listens yet");
    assert!(talk.on(10, Input::Key('5')).is_empty());
    let acts = talk.wake();
    assert_eq!(talk.at, 1_500);
    assert!(acts.contains(&Act::End(Next::Fallback)) && !acts.contains(&Act::OpenEars), "{acts:?}");
    assert_eq!(talk.session.phase(), Phase::Closed);
    assert_eq!(talk.session.deadline(), None);

    let open = Assistant { takes_unknown: true, ..assistant() };
    let (session, _) = Session::begin(Arc::new(open));
    let mut talk = Talk { session, ..Talk::begin() };
    assert_eq!(talk.wake(), [Act::OpenEars]);
    assert_eq!(talk.session.phase(), Phase::Greeting);
}

#[test]
fn who_interrupts_silences_everything_older_and_the_history_keeps_what_he_heard() {
    let mut talk = Talk::greeted();
    let acts = talk.answered("which way", &["first you go to the left", "then you turn right"]);
    let (old, first) = (talk.session.generation(), number(&acts) - 1);
    talk.position = Position { sentence: first, ms: 1_000, of_ms: 2_000 };
    talk.on(600, Input::SpeechBegan);
    let acts = talk.wake();
    assert_eq!(acts, [Act::Hush(Generation(old.0 + 1))]);
    assert_eq!(talk.session.phase(), Phase::UserSpeaking);
    let line = talk.session.transcript().last().expect("a line").clone();
    assert_eq!((line.text.as_str(), line.interrupted), ("first you go", true));
    // what still comes of the old answer is nobody's
    for input in [
        Input::Sentence(old, "late".into()),
        Input::Answered(old),
        Input::ToolsWanted(old, vec!["x".into()]),
        Input::Failed(old, Part::Mind),
    ] {
        assert!(talk.on(1, input).is_empty());
    }
    assert_eq!(talk.session.phase(), Phase::UserSpeaking);
}

#[test]
fn a_cough_and_an_echo_interrupt_nothing_but_a_word_does() {
    let mut talk = Talk::greeted();
    talk.answered("hm", &["a long answer that goes on"]);
    // a cough of 200 ms, long after the beginning
    talk.on(1_000, Input::SpeechBegan);
    assert!(talk.on(200, Input::SpeechEnded).is_empty());
    assert!(talk.on(400, Input::Time).is_empty());
    assert_eq!(talk.session.phase(), Phase::Speaking);
    // a word, though the speech is short
    let acts = talk.on(100, Input::Words { text: "stop".into(), confidence: None, last: false });
    assert!(matches!(acts[..], [Act::Hush(_)]), "{acts:?}");
    // within 300 ms of a prompt it may be an echo
    let mut talk = Talk::begin();
    talk.on(10, Input::Identified);
    talk.on(10, Input::SpeechBegan);
    assert_eq!(talk.session.deadline(), Some(Duration::from_millis(550)));
    assert!(talk.on(100, Input::Words { text: "hel".into(), confidence: None, last: false }).is_empty());
}

#[test]
fn keys_are_an_answer_and_nought_is_a_human() {
    let mut talk = Talk::greeted();
    assert!(matches!(talk.on(500, Input::Key('4'))[..], [Act::Hush(_)]));
    talk.on(500, Input::Key('0'));
    let acts = talk.wake();
    assert_eq!(talk.at, 2_100 + 1_000 + 2_000);
    assert!(matches!(&acts[..], [Act::Think { said, .. }] if said == "40"), "{acts:?}");
    let generation = talk.session.generation();
    talk.on(10, Input::Sentence(generation, "forty".into()));
    // into the answer, and at once
    talk.on(10, Input::Key('7'));
    assert!(matches!(&talk.on(10, Input::Key('#'))[..], [Act::Think { said, .. }] if said == "7"));
    let acts = talk.on(10, Input::Key('0'));
    assert_eq!(said(&acts), ["I connect you"]);
    assert_eq!(
        talk.on(900, Input::Heard(number(&acts))),
        [Act::Connect],
        "what was said is heard first (L47)"
    );
    talk.on(5_000, Input::Connected);
    assert_eq!(talk.session.phase(), Phase::Human);
    assert_eq!(talk.session.deadline(), None, "a human's call has no end of ours");
    talk.on(5_000, Input::Ordered(Order::HandBack));
    assert_eq!(talk.session.phase(), Phase::Listening);
}

#[test]
fn silence_words_anger_and_failures_lead_to_a_human() {
    let ends_with_a_human = |talk: &mut Talk, acts: &[Act]| {
        assert_eq!(said(acts), ["I connect you"]);
        assert_eq!(talk.session.phase(), Phase::Transferring);
    };
    // ten seconds, the reminder, ten seconds
    let mut talk = Talk::greeted();
    let acts = talk.wake();
    assert_eq!(said(&acts), ["are you there"]);
    talk.on(1_000, Input::Heard(number(&acts)));
    let acts = talk.wake();
    ends_with_a_human(&mut talk, &acts);
    // a word
    let mut talk = Talk::greeted();
    talk.on(100, Input::SpeechBegan);
    talk.on(100, Input::SpeechEnded);
    let acts = talk.on(100, last("a Human, please"));
    ends_with_a_human(&mut talk, &acts);
    // three angry ones
    let mut talk = Talk::greeted();
    talk.answered("you idiot", &[]);
    let acts = talk.on(400, last("idiot idiot"));
    ends_with_a_human(&mut talk, &acts);
    // F49: the model fails twice
    let mut talk = Talk::greeted();
    talk.on(100, Input::SpeechBegan);
    talk.on(100, last("hello"));
    let acts = talk.on(100, Input::Failed(talk.session.generation(), Part::Mind));
    assert_eq!(said(&acts), ["sorry"]);
    talk.on(100, Input::SpeechEnded);
    talk.on(900, Input::Heard(number(&acts)));
    let acts = talk.on(100, Input::Failed(talk.session.generation(), Part::Ears));
    ends_with_a_human(&mut talk, &acts);
    // who does not answer, or not in time: the dialplan goes on
    let number = number(&acts);
    talk.on(100, Input::Heard(number));
    let acts = talk.wake();
    assert_eq!(said(&acts), ["sorry"]);
    let acts = talk.wake();
    assert!(acts.contains(&Act::End(Next::Fallback)), "{acts:?}");
}

#[test]
fn an_answer_that_takes_long_is_filled_and_given_up_after_ten_seconds() {
    let mut talk = Talk::greeted();
    talk.on(100, Input::SpeechBegan);
    talk.on(100, Input::SpeechEnded);
    talk.on(10, last("what"));
    let since = talk.at;
    let acts = talk.wake();
    assert_eq!((said(&acts), talk.at - since), (vec!["one moment"], 900));
    talk.on(500, Input::Heard(number(&acts)));
    assert_eq!(said(&talk.wake()), ["still looking"]);
    assert_eq!(talk.at - since, 3_600);
    let acts = talk.wake();
    assert_eq!((talk.at - since, said(&acts)), (10_000, vec!["sorry"]));
}

#[test]
fn a_tool_works_and_the_answer_goes_on() {
    let mut talk = Talk::greeted();
    talk.on(100, Input::SpeechBegan);
    talk.on(100, Input::SpeechEnded);
    talk.on(10, last("my ticket"));
    let generation = talk.session.generation();
    assert_eq!(
        talk.on(10, Input::ToolsWanted(generation, vec!["ticket".into()])),
        [Act::RunTools(generation)]
    );
    assert_eq!(talk.session.phase(), Phase::ToolCall);
    let acts = talk.on(10, done(generation, After::GoOn));
    assert!(matches!(acts[..], [Act::Think { .. }]), "the model is told: {acts:?}");
    let line = talk.session.transcript().last().expect("a line").clone();
    assert_eq!((line.who, line.tool.expect("its use").result.as_str()), (Who::Tool, "it is open"));
    assert_eq!(said(&talk.on(10, Input::Sentence(generation, "it is open".into()))), ["it is open"]);
    talk.on(10, Input::Answered(generation));
    // a tool that takes long is waited for with a filler, and one that never ends is a failure
    let mut talk = Talk::greeted();
    talk.on(100, Input::SpeechBegan);
    talk.on(100, Input::SpeechEnded);
    talk.on(10, last("my ticket"));
    let generation = talk.session.generation();
    talk.on(10, Input::ToolsWanted(generation, vec!["ticket".into()]));
    assert_eq!(said(&talk.wake()), ["one moment"]);
    assert!(said(&talk.wake()).is_empty(), "the first filler is being said");
    assert_eq!(said(&talk.wake()), ["sorry"]);
}

/// A ticket was looked for.
fn done(generation: Generation, after: After) -> Input {
    let [name, arguments, result] = ["ticket", "{}", "it is open"].map(String::from);
    Input::ToolsDone(generation, vec![Arc::new(ToolUse { name, arguments, result })], after)
}

#[test]
fn s17_tools_bring_him_to_a_human_or_say_goodbye_and_a_model_that_wants_nothing_else_is_given_up() {
    for (after, phase, phrase) in
        [(After::Transfer, Phase::Transferring, "I connect you"), (After::Hangup, Phase::Closing, "goodbye")]
    {
        let mut talk = Talk::greeted();
        talk.on(10, last("my ticket"));
        let generation = talk.session.generation();
        talk.on(10, Input::ToolsWanted(generation, vec!["ticket".into()]));
        assert_eq!(said(&talk.on(10, done(generation, after))), [phrase]);
        assert_eq!(talk.session.phase(), phase);
    }
    let mut talk = Talk::greeted();
    talk.on(10, last("my ticket"));
    let generation = talk.session.generation();
    for _ in 0..4 {
        let acts = talk.on(10, Input::ToolsWanted(generation, vec!["ticket".into()]));
        assert_eq!(acts, [Act::RunTools(generation)]);
        talk.on(10, done(generation, After::GoOn));
    }
    assert_eq!(said(&talk.on(10, Input::ToolsWanted(generation, vec!["ticket".into()]))), ["sorry"]);
}

#[test]
fn who_is_known_is_greeted_by_name_while_he_is_greeted_and_not_later() {
    let mut talk = Talk::begin();
    talk.on(10, Input::Identified);
    assert_eq!(said(&talk.on(10, Input::Welcome("hello Ms Martin".into()))), ["hello Ms Martin"]);
    talk.on(10, Input::Heard(1));
    assert_eq!(talk.session.phase(), Phase::Greeting, "her name is part of it");
    talk.on(10, Input::Heard(2));
    assert_eq!(talk.session.phase(), Phase::Listening);
    assert!(talk.on(10, Input::Welcome("hello again".into())).is_empty());
}

#[test]
fn a_supervisor_whispers_takes_over_and_ends() {
    let mut talk = Talk::greeted();
    assert!(talk.on(10, Input::Ordered(Order::Whisper("he is a good customer".into()))).is_empty());
    talk.on(100, Input::SpeechBegan);
    talk.on(10, Input::SpeechEnded);
    let acts = talk.on(10, last("a discount"));
    assert!(matches!(&acts[..], [Act::Think { said, .. }] if said == "a discount"), "{acts:?}");
    let lines: Vec<_> = talk.session.transcript().iter().map(|line| (line.who, line.text.as_str())).collect();
    let expected = [(Who::Supervisor, "he is a good customer"), (Who::Caller, "a discount")];
    assert_eq!(lines[1..], expected, "whoever thinks reads the whisper before what was said");
    let acts = talk.on(10, Input::Ordered(Order::TakeOver));
    assert!(matches!(acts[..], [Act::Hush(_)]), "{acts:?}");
    assert_eq!(talk.session.phase(), Phase::Human);
    let acts = talk.on(10, Input::Ordered(Order::End));
    assert_eq!(said(&acts), ["goodbye"]);
    assert!(talk.on(900, Input::Heard(number(&acts))).contains(&Act::End(Next::Hangup)));
}

#[test]
fn f49_a_voice_that_fails_after_each_answer_began_leads_to_a_human() {
    let mut talk = Talk::greeted();
    let mut acts = Vec::new();
    for _ in 0..2 {
        talk.on(500, Input::SpeechBegan);
        talk.on(500, Input::SpeechEnded);
        talk.wake();
        talk.on(100, last("hello"));
        let generation = talk.session.generation();
        talk.on(50, Input::Sentence(generation, "good day".into()));
        acts = talk.on(50, Input::Failed(generation, Part::Voice));
        if talk.session.phase() == Phase::Speaking {
            talk.on(900, Input::Heard(number(&acts)));
        }
    }
    assert_eq!(said(&acts), ["I connect you"]);
}

#[test]
fn who_never_stops_is_no_caller_and_comes_to_a_human() {
    let mut talk = Talk::greeted();
    for _ in 0..2 {
        talk.on(500, Input::SpeechBegan);
        let since = talk.at;
        assert_eq!(talk.wake(), [Act::FinishTurn]);
        assert_eq!(talk.at - since, 30_000);
        let acts = talk.on(100, last(""));
        if talk.session.phase() == Phase::Speaking {
            talk.on(900, Input::Heard(number(&acts)));
        }
    }
    assert_eq!(talk.session.phase(), Phase::Transferring);
}

#[test]
fn what_is_said_in_two_breaths_or_into_the_thinking_is_not_lost() {
    let mut talk = Talk::greeted();
    talk.on(500, Input::SpeechBegan);
    talk.on(500, Input::SpeechEnded);
    assert_eq!(talk.wake(), [Act::FinishTurn]);
    // he goes on before the first half is understood
    talk.on(50, Input::SpeechBegan);
    assert!(talk.on(50, last("my box")).is_empty());
    talk.on(500, Input::SpeechEnded);
    assert_eq!(talk.wake(), [Act::FinishTurn]);
    let acts = talk.on(50, last("is down"));
    assert!(matches!(&acts[..], [Act::Think { said, .. }] if said == "my box is down"), "{acts:?}");
    // and says more while the answer is thought of: his turn comes when it was heard
    talk.on(50, Input::SpeechBegan);
    talk.on(400, Input::SpeechEnded);
    let generation = talk.session.generation();
    let acts = talk.on(50, Input::Sentence(generation, "I see".into()));
    talk.on(50, Input::Answered(generation));
    talk.on(900, Input::Heard(number(&acts)));
    assert_eq!(talk.session.phase(), Phase::UserSpeaking);
    assert_eq!(talk.wake(), [Act::FinishTurn]);
}

#[test]
fn the_whole_of_it_ends_with_a_human_and_cuts_off_nobody_who_waits_for_one() {
    let mut talk = Talk::greeted();
    talk.at = 598_000;
    let acts = talk.on(0, Input::Key('0'));
    talk.on(900, Input::Heard(number(&acts)));
    talk.on(5_000, Input::Time);
    assert_eq!(talk.session.phase(), Phase::Transferring);
    let mut talk = Talk::greeted();
    talk.at = 601_000;
    assert_eq!(said(&talk.on(0, Input::Time)), ["I connect you"]);
}

#[test]
fn a_phrase_of_several_words_leads_to_a_human_and_a_part_of_a_word_does_not() {
    let words = Words { human: vec!["service client".into(), "quelqu'un".into()], ..Words::default() };
    for (text, is) in [("Le service-client !", true), ("à quelqu'un", true), ("le service clientèle", false)]
    {
        let (session, _) = Session::begin(Arc::new(Assistant { words: words.clone(), ..assistant() }));
        let mut talk = Talk { session, ..Talk::begin() };
        talk.on(10, Input::Identified);
        talk.on(2_000, Input::Heard(1));
        talk.on(10, last(text));
        assert_eq!(talk.session.phase() == Phase::Transferring, is, "{text}");
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    let generation = (0_u32..30).prop_map(Generation);
    let text = prop::sample::select(vec!["", "yes", "human", "idiot", "what is it"]).prop_map(Into::into);
    let text = move || text.clone();
    prop_oneof![
        3 => Just(Input::Identified),
        4 => Just(Input::SpeechBegan),
        4 => Just(Input::SpeechEnded),
        4 => (text(), any::<bool>()).prop_map(|(text, last)| Input::Words { text, confidence: None, last }),
        2 => prop::sample::select(vec!['0', '1', '9', '#', '*']).prop_map(Input::Key),
        4 => (generation.clone(), text()).prop_map(|(g, t)| Input::Sentence(g, t)),
        2 => generation.clone().prop_map(Input::Answered),
        2 => (generation.clone(), text()).prop_map(|(g, t)| Input::ToolsWanted(g, vec![t])),
        2 => (generation.clone(), prop::sample::select(vec![After::GoOn, After::Transfer, After::Hangup])).prop_map(|(g, after)| done(g, after)),
        1 => text().prop_map(Input::Welcome),
        1 => (generation, prop::sample::select(vec![Part::Ears, Part::Mind, Part::Voice])).prop_map(|(g, p)| Input::Failed(g, p)),
        4 => (0_u32..40).prop_map(Input::Heard),
        1 => Just(Input::Connected),
        1 => Just(Input::NotConnected),
        1 => prop::sample::select(vec![Order::TakeOver, Order::HandBack, Order::Transfer, Order::End, Order::Say("x".into()), Order::Whisper("y".into())]).prop_map(Input::Ordered),
        8 => Just(Input::Time),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_nothing_old_is_said_and_it_always_comes_to_an_end(
        inputs in prop::collection::vec((any_input(), 0_u64..3_000, 0_u32..40, 0_u32..4_000), 0..120)
    ) {
        let mut talk = Talk::begin();
        let mut newest = talk.session.generation();
        let mut ends = 0;
        let look = |talk: &Talk, acts: &[Act], newest: &mut Generation| {
            for act in acts {
                match act {
                    Act::Say { generation, .. } | Act::Think { generation, .. } | Act::RunTools(generation) => {
                        assert!(generation >= newest, "what is old is asked for: {act:?}");
                    }
                    Act::Hush(generation) => {
                        assert!(generation > newest, "{act:?}");
                        *newest = *generation;
                    }
                    Act::OpenEars | Act::FinishTurn | Act::Connect | Act::End(_) => {}
                }
            }
            assert_eq!(*newest, talk.session.generation());
            let waits = matches!(talk.session.phase(), Phase::Human | Phase::Closed);
            assert!(waits == talk.session.deadline().is_none(), "every other phase has a time: {:?}", talk.session);
        };
        for (input, later, sentence, ms) in inputs {
            talk.position = Position { sentence, ms, of_ms: 2_000 };
            let closed = talk.session.phase() == Phase::Closed;
            let acts = talk.on(later, input);
            prop_assert!(!closed || acts.is_empty(), "over is over: {:?}", acts);
            ends += acts.iter().filter(|act| matches!(act, Act::End(_))).count();
            look(&talk, &acts, &mut newest);
        }
        // left alone it ends by its own times, unless a human has the call
        for _ in 0..400 {
            if talk.session.deadline().is_none() { break; }
            let acts = talk.wake();
            ends += acts.iter().filter(|act| matches!(act, Act::End(_))).count();
            look(&talk, &acts, &mut newest);
        }
        prop_assert!(talk.session.deadline().is_none(), "{:?} at {} ms", talk.session.phase(), talk.at);
        prop_assert!(ends <= 1);
        talk.on(0, Input::Gone);
        prop_assert_eq!(talk.session.phase(), Phase::Closed);
    }
}

#[test]
fn an_answer_that_is_the_last_is_heard_before_a_human_is_called_and_who_interrupts_it_stays() {
    for (next, phrase) in [(Next::Fallback, "I connect you"), (Next::Hangup, "goodbye")] {
        let mut talk = Talk::greeted();
        talk.answered_and_ends(next);
        assert_eq!(talk.session.phase(), Phase::Speaking, "it is heard first");
        assert_eq!(said(&talk.on(900, Input::Heard(2))), [phrase]);
        // interrupted, it is not the last
        let mut talk = Talk::greeted();
        talk.answered_and_ends(next);
        talk.on(400, Input::SpeechBegan);
        talk.wake();
        assert_eq!(talk.session.phase(), Phase::UserSpeaking);
        talk.on(100, Input::SpeechEnded);
        talk.wake();
        talk.on(50, last("wait"));
        assert_eq!(talk.session.phase(), Phase::Thinking, "he has his turn");
    }
    // one without a word
    let mut talk = Talk::greeted();
    talk.answered_up_to("a bill", &[]);
    let generation = talk.session.generation();
    assert_eq!(said(&talk.on(10, Input::Ends(generation, Next::Fallback))), ["I connect you"]);
    assert_eq!(said(&talk.on(10, Input::Ends(generation, Next::Hangup))), [""; 0], "and no other after it");
}

impl Talk {
    /// An answer of one sentence, which is the last.
    fn answered_and_ends(&mut self, next: Next) {
        self.answered_up_to("a bill", &["one moment please"]);
        let generation = self.session.generation();
        assert!(self.on(10, Input::Ends(generation, next)).is_empty());
        assert!(self.on(10, Input::Answered(generation)).is_empty());
    }

    /// As `answered`, and not whole yet.
    fn answered_up_to(&mut self, words: &str, sentences: &[&str]) {
        self.on(500, Input::SpeechBegan);
        self.on(500, Input::SpeechEnded);
        self.wake();
        self.on(100, last(words));
        let generation = self.session.generation();
        for sentence in sentences {
            self.on(50, Input::Sentence(generation, (*sentence).into()));
        }
    }
}
