//! What others are asked, and what they say.

use std::collections::BTreeMap;

use super::{Ask, CallbackAsk, Doing, Next, Told, Walk, World};
use crate::ivr::flow::{Does, WantsCallback};
use crate::ivr::request::{HttpAnswer, Request};
use crate::ivr::variables::HTTP_STATUS;

impl Walk {
    pub(super) fn outside(&mut self, ask: Ask) -> Next {
        self.doing = Doing::Outside;
        Next::Ask(ask)
    }

    pub(super) fn request(&mut self, request: &Request, world: &dyn World) -> Next {
        match request.ready(&self.variables) {
            Ok(ask) => self.outside(Ask::Http(ask)),
            Err(why) => self.refused(&why, world),
        }
    }

    pub(super) fn wants_callback(&mut self, wants: &WantsCallback, world: &dyn World) -> Next {
        if wants.number.tells_secrets(&self.variables) || wants.note.tells_secrets(&self.variables) {
            return self.refused("a secret would be shown", world);
        }
        let ask = CallbackAsk {
            number: wants.number.filled(&self.variables),
            called: self.caller.called.clone(),
            flow: self.flow.id.clone(),
            node: self.node().clone(),
            note: wants.note.filled(&self.variables).chars().take(500).collect(),
            attempts: wants.attempts,
        };
        if ask.number.is_empty() {
            return self.leave(&["out-failed"], world);
        }
        self.outside(Ask::Callback(ask))
    }

    /// What was asked is answered.
    pub fn told(&mut self, told: Told, world: &dyn World) -> Next {
        if self.doing != Doing::Outside {
            return self.fail("something was told that was not asked".into());
        }
        let flow = self.flow.clone();
        match (&flow.node(self.at).does, told) {
            (Does::Http(request), Told::Http(answer)) => match answer {
                Ok(answer) => self.answer(request, &answer, world),
                Err(why) => {
                    self.remember(HTTP_STATUS, "", false);
                    self.refused(&why, world)
                }
            },
            (Does::Lookup(save), Told::Contact(found)) => match found {
                Ok(Some(fields)) => {
                    let value = |fields: &BTreeMap<String, String>, name: &str| {
                        fields.get(name).cloned().unwrap_or_default()
                    };
                    for save in save {
                        self.remember(&save.variable, &value(&fields, &save.from), false);
                    }
                    self.leave(&["out-found"], world)
                }
                Ok(None) => self.leave(&["out-unknown"], world),
                Err(why) => {
                    log::warn!("flow {}, node {}: {why}", self.flow.name, self.node());
                    self.leave(&["out-failed", "out-unknown"], world)
                }
            },
            (Does::Say(_), Told::Speech(sound)) => self.play(sound, world),
            (Does::Callback(_), Told::Callback(noted)) => match noted {
                Ok(()) => self.leave(&["out-ok"], world),
                Err(why) => self.refused(&why, world),
            },
            _ => self.fail("somebody else was asked than who answers".into()),
        }
    }

    fn answer(&mut self, request: &Request, answer: &HttpAnswer, world: &dyn World) -> Next {
        self.remember(HTTP_STATUS, &answer.status.to_string(), false);
        match request.taken(answer) {
            Ok(found) => {
                for (name, value) in found {
                    self.remember(&name, &value, false);
                }
                self.leave(&["out-ok"], world)
            }
            Err(why) => self.refused(&why, world),
        }
    }

    fn refused(&mut self, why: &str, world: &dyn World) -> Next {
        log::warn!("flow {}, node {}: {why}", self.flow.name, self.node());
        self.leave(&["out-failed"], world)
    }
}
