//! What engines do for a conversation, and how it is given up: what is hushed is not waited for any more.

use actix::fut::WrapFuture;
use actix::{ActorFutureExt, ActorStreamExt, AsyncContext, Context, SpawnHandle};
use actors::ai::{Generation, Input, Next, Part, Phase, Who};

use super::listening::{Listening, joined};
use super::talk::Talk;
use crate::voice::{About, Conversation, HANG_UP, Piece, Said, Speaker, Spoken, TRANSFER, VoiceError};

/// What is being done. Whoever is dropped cancels his engine.
#[derive(Default)]
pub(super) struct Work {
    /// The caller may be heard by an engine: his call is known (S14).
    open: bool,
    pub(super) handles: Vec<SpawnHandle>,
    /// Hears him while he speaks.
    pub(super) ear: Listening,
}

impl Work {
    pub(super) fn opened(&mut self) {
        self.open = true;
    }

    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn drop_all(&mut self, ctx: &mut Context<Talk>) {
        for handle in self.handles.drain(..) {
            ctx.cancel_future(handle);
        }
    }
}

impl Talk {
    /// A voice speaks it; what stands behind it waits.
    pub(super) fn speak(&mut self, generation: Generation, number: u32, text: &str, ctx: &mut Context<Self>) {
        let mut spoken = self.ready.mouth.stream(text, &self.ready.language);
        self.shared.play.lock().expect(number, text.chars().count());
        let spoken = futures_util::stream::poll_fn(move |task| spoken.poll_recv(task));
        let told = actix::fut::wrap_stream::<_, Self>(spoken).fold(false, move |over, piece, this, ctx| {
            let ends = !matches!(piece, Ok(Spoken::Part(_)));
            this.spoken(generation, number, piece, ctx);
            actix::fut::ready(over || ends)
        });
        self.work.handles.push(ctx.spawn(told.map(move |over, this, ctx| {
            if !over {
                let broke_off = Err(VoiceError::Refused("its sound broke off".into()));
                this.spoken(generation, number, broke_off, ctx);
            }
        })));
    }

    fn spoken(
        &mut self,
        generation: Generation,
        number: u32,
        piece: Result<Spoken, VoiceError>,
        ctx: &mut Context<Self>,
    ) {
        match piece {
            Ok(Spoken::Part(sound)) => {
                self.turns.spoken(number, self.began.elapsed());
                self.shared.play.lock().more(number, &sound);
                if self.session.phase() == Phase::Speaking {
                    self.teller.answer_sounds();
                }
            }
            Ok(Spoken::Whole) => {
                // one of no sound is heard too
                self.shared.play.lock().whole(number);
            }
            Err(why) => {
                log::warn!("an assistant's sentence cannot be spoken: {why}");
                let mut play = self.shared.play.lock();
                // what there is of it is heard, and then it is over
                if !play.whole(number) {
                    play.unspoken(number);
                }
                drop(play);
                self.on(Input::Failed(generation, Part::Voice), ctx);
            }
        }
    }

    /// The caller has finished: what did he say?
    pub(super) fn understand(&mut self, ctx: &mut Context<Self>) {
        if self.finish_ear(ctx) {
            return;
        }
        let generation = self.session.generation();
        let begun = self.work.ear.take_said();
        let words = self.shared.hearing.lock().words();
        let ears = self.ready.ears.clone().filter(|_| self.work.open);
        let Some(ears) = ears else {
            // it hears that he speaks, and nothing of it: he is told, and called a human for
            return self.on(Input::Failed(generation, Part::Ears), ctx);
        };
        let understood = ears.understand_about(words.into(), &self.expected());
        self.work.handles.push(ctx.spawn(understood.into_actor(self).map(move |understood, this, ctx| {
            let input = match understood {
                Ok(said) => {
                    let text = joined(&begun, &said.text).into();
                    Input::Words { text, confidence: said.confidence, last: true }
                }
                Err(why) => {
                    log::warn!("what a caller said was not understood: {why}");
                    Input::Failed(generation, Part::Ears)
                }
            };
            this.on(input, ctx);
        })));
    }

    /// The model is asked what to say.
    pub(super) fn think(&mut self, generation: Generation, ctx: &mut Context<Self>) {
        let Some(mind) = self.ready.mind.clone() else {
            return self.on(Input::Failed(generation, Part::Mind), ctx);
        };
        let mut pieces = mind.answer(self.conversation());
        self.wanted.clear();
        let pieces = futures_util::stream::poll_fn(move |task| pieces.poll_recv(task));
        let told = actix::fut::wrap_stream::<_, Self>(pieces).fold(false, move |whole, piece, this, ctx| {
            let whole = whole || matches!(piece, Ok(Piece::Over { .. }) | Err(_));
            this.piece(generation, piece, ctx);
            actix::fut::ready(whole)
        });
        self.work.handles.push(ctx.spawn(told.map(move |whole, this, ctx| {
            if !whole {
                // the model went away in the middle
                this.on(Input::Failed(generation, Part::Mind), ctx);
            }
        })));
    }

    /// What a model is told.
    fn conversation(&self) -> Conversation {
        Conversation {
            prompt: self.ready.prompt.clone(),
            facts: self.facts.clone(),
            lines: self.session.transcript().iter().map(said).collect(),
            tools: self.ready.tools.as_ref().map(|tools| tools.offered()).unwrap_or_default(),
        }
    }

    /// Whether somebody does that for this assistant; else the conversation itself may.
    fn offers(&self, tool: &str) -> bool {
        self.ready.tools.as_ref().is_some_and(|tools| tools.offered().iter().any(|one| one.name == tool))
    }

    /// What he may say now: what the model expects, and the words for a human.
    fn expected(&self) -> About {
        let expects = self.ready.mind.as_ref().map(|mind| mind.expects(&self.conversation()));
        let mut expects = expects.unwrap_or_default();
        if !expects.is_empty() {
            let words = &self.ready.assistant.words;
            expects.extend(words.human.iter().map(ToString::to_string));
        }
        About { language: self.ready.language.clone(), expects }
    }

    fn piece(&mut self, generation: Generation, piece: Result<Piece, VoiceError>, ctx: &mut Context<Self>) {
        if let Ok(Piece::Over { tokens_in, tokens_out }) = piece {
            self.teller.tokens.0 += u64::from(tokens_in);
            self.teller.tokens.1 += u64::from(tokens_out);
            self.turns.cost(tokens_in, tokens_out);
        }
        let input = match piece {
            Ok(Piece::Sentence(text)) => Input::Sentence(generation, text.into()),
            Ok(Piece::Tool { name, .. }) if name == TRANSFER && !self.offers(TRANSFER) => {
                Input::Ends(generation, Next::Fallback)
            }
            Ok(Piece::Tool { name, .. }) if name == HANG_UP && !self.offers(HANG_UP) => {
                Input::Ends(generation, Next::Hangup)
            }
            // done when the answer is whole: what it says before is said first
            Ok(Piece::Tool { name, arguments }) => return self.wanted.push((name, arguments)),
            Ok(Piece::Over { .. }) if !self.wanted.is_empty() => {
                let names = self.wanted.iter().map(|(name, _)| name.as_str().into()).collect();
                Input::ToolsWanted(generation, names)
            }
            Ok(Piece::Over { .. }) => Input::Answered(generation),
            Err(why) => {
                log::warn!("a model does not answer: {why}");
                Input::Failed(generation, Part::Mind)
            }
        };
        self.on(input, ctx);
    }
}

/// As a model is told of it.
pub(super) fn said(line: &actors::ai::Line) -> Said {
    let speaker = match line.who {
        Who::Caller | Who::Keys => Speaker::Caller,
        Who::Assistant => Speaker::Assistant,
        Who::Supervisor => Speaker::Supervisor,
        Who::Tool => match &line.tool {
            Some(tool) => return Said::Tool(tool.clone()),
            None => Speaker::Assistant,
        },
    };
    Said::By(speaker, line.text.to_string())
}
