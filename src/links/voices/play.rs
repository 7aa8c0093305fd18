//! What the caller hears: sentences in order, cut into frames of 20 ms.
//!
//! A sentence has its place as soon as it is to be said, and its sound when a voice has spoken it: until then what stands
//! behind it waits, and the caller hears silence, and then a filler. It is heard while more of it is spoken.

use std::collections::VecDeque;
use std::time::Instant;

use actors::ai::{Generation, Position};

use crate::voice::Pcm;

/// Samples of 20 ms at 8 kHz.
pub(in crate::links) const FRAME: usize = 160;

/// Sentences whose way to the caller is remembered.
const MOST_PLAYED: usize = 64;

/// How a sentence went to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Played {
    pub(super) number: u32,
    /// Its first frame.
    pub(super) at: Instant,
    /// What of it went out, ms.
    pub(super) ms: u32,
    pub(super) whole: bool,
}
/// Frames that are there of a sentence before it begins, while more of it comes: 80 ms, so that it does not stutter.
const AHEAD: usize = 4;
/// How long a letter takes to say, samples: 65 ms. What is not spoken yet is as long as its letters say.
const LETTER: usize = 520;

struct Slot {
    number: u32,
    sound: Vec<i16>,
    /// Nothing more comes of it.
    whole: bool,
    /// Samples that it is thought to have, until it is whole.
    expected: usize,
    /// It is being heard.
    begun: bool,
    /// Samples that went to the caller.
    at: usize,
}

impl Slot {
    fn frame(&mut self) -> Option<[i16; FRAME]> {
        let left = self.sound.len().saturating_sub(self.at);
        let enough = if self.begun { FRAME } else { FRAME * AHEAD };
        if left < enough && !self.whole {
            // it has run dry: it goes on when there is enough again
            self.begun = false;
            return None;
        }
        self.begun = true;
        Some(cut(&self.sound, &mut self.at))
    }
}

/// The next 20 ms of it, silence behind its end.
fn cut(sound: &[i16], at: &mut usize) -> [i16; FRAME] {
    let piece = sound.get(*at..).unwrap_or_default();
    let piece = &piece[..piece.len().min(FRAME)];
    let mut frame = [0; FRAME];
    frame[..piece.len()].copy_from_slice(piece);
    *at += piece.len();
    frame
}

/// See the module.
#[derive(Default)]
pub(in crate::links) struct Play {
    slots: VecDeque<Slot>,
    generation: Generation,
    played: VecDeque<Played>,
    fillers: Fillers,
}

/// What is played while a voice keeps a sentence waiting: it stands in no transcript.
#[derive(Default)]
struct Fillers {
    phrases: Vec<Pcm>,
    /// Frames of silence until the first; each further one after the fourfold of it.
    after: u32,
    /// Frames of silence since something was heard, while something waits.
    dry: u32,
    /// How many were played since.
    played: usize,
    now: Option<(Pcm, usize)>,
}

impl Fillers {
    fn frame(&mut self) -> Option<[i16; FRAME]> {
        if self.now.is_none() {
            self.dry += 1;
            let due = self.after.saturating_mul(4_u32.saturating_pow(self.played.min(8) as u32));
            if self.after == 0 || self.dry < due {
                return None;
            }
            let phrase = self.phrases.get(self.played)?.clone();
            (self.played, self.now) = (self.played + 1, Some((phrase, 0)));
        }
        let (phrase, at) = self.now.as_mut()?;
        let frame = cut(phrase, at);
        if *at >= phrase.len() {
            self.now = None;
        }
        Some(frame)
    }

    fn reset(&mut self) {
        (self.dry, self.played, self.now) = (0, 0, None);
    }
}

impl Play {
    /// Whoever waits for a voice that long, hears these in turn.
    pub(in crate::links) fn fills(&mut self, phrases: Vec<Pcm>, after: std::time::Duration) {
        let after = u32::try_from(after.as_millis() / 20).unwrap_or(u32::MAX);
        self.fillers = Fillers { phrases, after, ..Fillers::default() };
    }

    /// Said after what is there; `false`: it is of an older generation, and nobody hears it.
    pub(in crate::links) fn say(&mut self, generation: Generation, number: u32, sound: Option<Pcm>) -> bool {
        if generation < self.generation {
            return false;
        }
        self.generation = generation;
        let whole = sound.is_some();
        let sound = sound.map(|sound| sound.to_vec()).unwrap_or_default();
        self.slots.push_back(Slot { number, sound, whole, expected: 0, begun: false, at: 0 });
        true
    }

    /// It has so many letters.
    pub(in crate::links) fn expect(&mut self, number: u32, letters: usize) {
        if let Some(slot) = self.slot(number) {
            slot.expected = letters * LETTER;
        }
    }

    /// A voice has spoken more of it; of a sentence that is hushed already nobody hears anything.
    pub(in crate::links) fn more(&mut self, number: u32, sound: &[i16]) {
        if let Some(slot) = self.slot(number).filter(|slot| !slot.whole) {
            slot.sound.extend_from_slice(sound);
        }
    }

    /// Nothing more comes of it: it is spoken, or its voice broke off. `false`: nothing of it can be heard.
    pub(in crate::links) fn whole(&mut self, number: u32) -> bool {
        let Some(slot) = self.slot(number) else { return false };
        slot.whole = true;
        !slot.sound.is_empty()
    }

    /// No voice can speak it.
    pub(in crate::links) fn unspoken(&mut self, number: u32) {
        self.slots.retain(|slot| slot.number != number);
    }

    /// What is older is silent from the next frame on.
    pub(in crate::links) fn hush(&mut self, generation: Generation) {
        self.slots.clear();
        self.fillers.reset();
        self.generation = self.generation.max(generation);
    }

    fn slot(&mut self, number: u32) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.number == number)
    }

    /// How far it is.
    pub(in crate::links) fn position(&self) -> Position {
        let Some(slot) = self.slots.front() else { return Position::default() };
        let ms = |samples: usize| u32::try_from(samples / 8).unwrap_or(u32::MAX);
        let whole = if slot.whole { slot.sound.len() } else { slot.sound.len().max(slot.expected) };
        Position { sentence: slot.number, ms: ms(slot.at), of_ms: ms(whole) }
    }

    /// Sentences that went out, also in part, the oldest first.
    pub(super) fn played(&self) -> &VecDeque<Played> {
        &self.played
    }

    /// The sentence that is said now or next.
    pub(in crate::links) fn front(&self) -> Option<u32> {
        self.slots.front().map(|slot| slot.number)
    }

    /// The same, with its sound once that is whole: for who plays sentences and not frames.
    pub(in crate::links) fn entire(&self) -> Option<(u32, Option<Pcm>)> {
        let front = self.slots.front()?;
        Some((front.number, front.whole.then(|| front.sound.as_slice().into())))
    }

    /// The next 20 ms; `None`: silence. With the sentence that ends with them.
    pub(in crate::links) fn next(&mut self) -> (Option<[i16; FRAME]>, Option<u32>) {
        let Some(slot) = self.slots.front_mut() else {
            self.fillers.reset();
            return (None, None);
        };
        // a filler that has begun is said to its end
        if self.fillers.now.is_some() {
            return (self.fillers.frame(), None);
        }
        let first = slot.at == 0;
        let Some(frame) = slot.frame() else { return (self.fillers.frame(), None) };
        if first {
            if self.played.len() == MOST_PLAYED {
                self.played.pop_front();
            }
            self.played.push_back(Played { number: slot.number, at: Instant::now(), ms: 0, whole: false });
        }
        self.fillers.reset();
        let over = slot.whole && slot.at >= slot.sound.len();
        let number = slot.number;
        if let Some(played) = self.played.back_mut() {
            (played.ms, played.whole) = (u32::try_from(slot.at / 8).unwrap_or(u32::MAX), over);
        }
        if over {
            self.slots.pop_front();
        }
        (Some(frame), over.then_some(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(samples: usize) -> Pcm {
        vec![7; samples].into()
    }

    #[test]
    fn sentences_play_in_order_also_when_the_second_is_spoken_first() {
        let mut play = Play::default();
        assert!(play.say(Generation(1), 1, None));
        assert!(play.say(Generation(1), 2, Some(sound(160))));
        assert_eq!(play.next(), (None, None), "the first is not spoken yet");
        play.more(1, &sound(200));
        assert!(play.whole(1));
        assert_eq!(play.next(), (Some([7; FRAME]), None));
        assert_eq!(play.position(), Position { sentence: 1, ms: 20, of_ms: 25 });
        let (frame, over) = play.next();
        let frame = frame.expect("its end");
        assert_eq!((frame[39], frame[40], over), (7, 0, Some(1)), "its end, and silence behind it");
        assert_eq!(play.next(), (Some([7; FRAME]), Some(2)));
        assert_eq!(play.next(), (None, None));
    }

    #[test]
    fn what_is_hushed_is_silent_at_once_and_nothing_old_comes_back() {
        let mut play = Play::default();
        play.say(Generation(1), 1, Some(sound(1_600)));
        play.say(Generation(1), 2, None);
        play.next();
        play.hush(Generation(2));
        assert_eq!((play.next(), play.position()), ((None, None), Position::default()));
        play.more(2, &sound(160));
        assert!(!play.whole(2));
        assert!(!play.say(Generation(1), 3, Some(sound(160))));
        assert_eq!(play.next(), (None, None));
        play.say(Generation(2), 4, None);
        play.unspoken(4);
        play.say(Generation(2), 5, Some(sound(0)));
        assert_eq!(play.next(), (Some([0; FRAME]), Some(5)), "an empty sentence is heard too");
    }

    #[test]
    fn a_sentence_is_heard_while_it_is_spoken_and_does_not_stutter() {
        let mut play = Play::default();
        play.say(Generation(1), 1, None);
        play.expect(1, 10);
        play.more(1, &sound(FRAME * 3));
        assert_eq!(play.next(), (None, None), "too little to begin with");
        play.more(1, &sound(FRAME + 10));
        for _ in 0..4 {
            assert_eq!(play.next(), (Some([7; FRAME]), None));
        }
        assert_eq!(
            play.position(),
            Position { sentence: 1, ms: 80, of_ms: 650 },
            "its letters tell how long"
        );
        assert_eq!(play.next(), (None, None), "half a frame is none");
        play.more(1, &sound(FRAME));
        assert_eq!(play.next(), (None, None), "what ran dry waits until it is worth it");
        play.more(1, &sound(FRAME));
        assert!(play.whole(1));
        assert_eq!(play.position().of_ms, 80 + 41);
        assert_eq!(play.next().1, None);
        assert_eq!(play.next().1, None);
        let (end, over) = play.next();
        assert_eq!((end.map(|frame| (frame[9], frame[10])), over), (Some((7, 0)), Some(1)));
        // one that broke off before its first sound is nothing
        play.say(Generation(1), 2, None);
        assert!(!play.whole(2));
    }

    #[test]
    fn f49_who_waits_for_a_voice_hears_a_filler_and_the_sentence_behind_it() {
        let mut play = Play::default();
        let fillers: [Pcm; 2] = [vec![1; FRAME * 2].into(), vec![2; FRAME].into()];
        play.fills(fillers.to_vec(), std::time::Duration::from_millis(60));
        for _ in 0..9 {
            assert_eq!(play.next(), (None, None), "nobody waits");
        }
        play.say(Generation(1), 1, None);
        let first = |play: &mut Play| play.next().0.map_or(0, |frame| frame[0]);
        let heard: Vec<_> = (0..16).map(|_| first(&mut play)).collect();
        assert_eq!(heard, [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0], "after 3 frames and after 12");
        play.more(1, &sound(FRAME));
        play.whole(1);
        assert_eq!(play.next(), (Some([7; FRAME]), Some(1)));
        // it begins anew, and who interrupts silences it
        play.say(Generation(1), 2, None);
        let heard: Vec<_> = (0..3).map(|_| first(&mut play)).collect();
        assert_eq!(heard, [0, 0, 1]);
        play.hush(Generation(2));
        assert_eq!(play.next(), (None, None));
    }
}
