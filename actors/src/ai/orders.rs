//! Which orders a conversation takes, and when: taken, already so, or refused with a reason.

use super::{Order, Phase, Session};
use crate::command::Refusal;

const OVER: Refusal = Refusal::State("session_over", "the conversation is over, or the last words play");
const UNKNOWN: Refusal =
    Refusal::State("session_unknown", "the PBX has not told yet whose call it is: try again in a moment");
const HUMAN: Refusal = Refusal::State("human_has_it", "a human has the call: hand it back first");
const GOING: Refusal = Refusal::State("session_transferring", "the caller is on his way to a human");

impl Session {
    /// What comes of that order now; `Ok` is the word that shows it.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn decide(&self, order: &Order) -> Result<&'static str, Refusal> {
        let phase = self.phase();
        match (order, phase) {
            (_, Phase::Closed) => Err(OVER),
            (Order::End, Phase::Closing) => Ok("already_ending"),
            (_, Phase::Closing) => Err(OVER),
            // it is used when the assistant answers next, be it after a human
            (Order::Whisper(_), _) => Ok("whispered"),
            (_, Phase::Identifying) => Err(UNKNOWN),
            (Order::TakeOver, Phase::Human) => Ok("already_taken_over"),
            (Order::TakeOver, _) => Ok("taken_over"),
            (Order::HandBack, Phase::Human) => Ok("handed_back"),
            (Order::HandBack, _) => Ok("already_handed_back"),
            (Order::Transfer, Phase::Transferring) => Ok("already_transferring"),
            (_, Phase::Human) => Err(HUMAN),
            (Order::End, _) => Ok("ending"),
            (_, Phase::Transferring) => Err(GOING),
            (Order::Transfer, _) => Ok("transferring"),
            (Order::Say(_), _) => Ok("said"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ai::{Assistant, Input, Phrases, Position, Times, Words};

    fn session() -> Session {
        let phrases = Phrases {
            greeting: "hello".into(),
            reminder: "there?".into(),
            fillers: Vec::new(),
            sorry: "sorry".into(),
            handing_over: "one moment".into(),
            goodbye: "bye".into(),
        };
        let assistant = Assistant {
            id: "a".into(),
            name: "A".into(),
            phrases,
            times: Times::default(),
            words: Words::default(),
            takes_unknown: true,
        };
        Session::begin(assistant.into()).0
    }

    fn goes_on(session: &mut Session, input: Input) {
        drop(session.on(input, Duration::from_secs(1), Position::default()));
    }

    #[test]
    fn orders_are_taken_already_so_or_refused_by_name() {
        let mut session = session();
        let say = Order::Say("it is mended".into());
        assert_eq!(session.decide(&say), Err(UNKNOWN), "whose call it is must be known");
        goes_on(&mut session, Input::Identified);
        assert_eq!(session.decide(&say), Ok("said"));
        assert_eq!(session.decide(&Order::HandBack), Ok("already_handed_back"));
        assert_eq!(session.decide(&Order::TakeOver), Ok("taken_over"));
        goes_on(&mut session, Input::Ordered(Order::TakeOver));
        assert_eq!(session.decide(&Order::TakeOver), Ok("already_taken_over"));
        assert_eq!(session.decide(&say), Err(HUMAN));
        assert_eq!(session.decide(&Order::Whisper("he is angry".into())), Ok("whispered"));
        assert_eq!(session.decide(&Order::HandBack), Ok("handed_back"));
        goes_on(&mut session, Input::Ordered(Order::HandBack));
        goes_on(&mut session, Input::Ordered(Order::End));
        assert_eq!(session.decide(&Order::End), Ok("already_ending"));
        assert_eq!(session.decide(&say), Err(OVER));
    }
}
