//! What the caller hears: sentences in order, cut into frames of 20 ms.
//!
//! A sentence has its place as soon as it is to be said, and its sound when a voice has spoken it: until then what stands
//! behind it waits, and the caller hears silence.

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

struct Slot {
    number: u32,
    sound: Option<Pcm>,
    /// Samples that went to the caller.
    at: usize,
}

/// See the module.
#[derive(Default)]
pub(in crate::links) struct Play {
    slots: VecDeque<Slot>,
    generation: Generation,
    played: VecDeque<Played>,
}

impl Play {
    /// Said after what is there; `false`: it is of an older generation, and nobody hears it.
    pub(in crate::links) fn say(&mut self, generation: Generation, number: u32, sound: Option<Pcm>) -> bool {
        if generation < self.generation {
            return false;
        }
        self.generation = generation;
        self.slots.push_back(Slot { number, sound, at: 0 });
        true
    }

    /// A voice has spoken it; of a sentence that is hushed already nobody hears anything.
    pub(in crate::links) fn spoken(&mut self, number: u32, sound: Pcm) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.number == number) {
            slot.sound = Some(sound);
        }
    }

    /// No voice can speak it.
    pub(in crate::links) fn unspoken(&mut self, number: u32) {
        self.slots.retain(|slot| slot.number != number);
    }

    /// What is older is silent from the next frame on.
    pub(in crate::links) fn hush(&mut self, generation: Generation) {
        self.slots.clear();
        self.generation = self.generation.max(generation);
    }

    /// How far it is.
    pub(in crate::links) fn position(&self) -> Position {
        let Some(slot) = self.slots.front() else { return Position::default() };
        let ms = |samples: usize| u32::try_from(samples / 8).unwrap_or(u32::MAX);
        let whole = slot.sound.as_ref().map_or(0, |sound| sound.len());
        Position { sentence: slot.number, ms: ms(slot.at), of_ms: ms(whole) }
    }

    /// Sentences that went out, also in part, the oldest first.
    pub(super) fn played(&self) -> &VecDeque<Played> {
        &self.played
    }

    /// The next 20 ms; `None`: silence. With the sentence that ends with them.
    pub(in crate::links) fn next(&mut self) -> (Option<[i16; FRAME]>, Option<u32>) {
        let Some(slot) = self.slots.front_mut() else { return (None, None) };
        let Some(sound) = &slot.sound else { return (None, None) };
        let piece = sound.get(slot.at..).unwrap_or_default();
        let piece = &piece[..piece.len().min(FRAME)];
        let mut frame = [0; FRAME];
        frame[..piece.len()].copy_from_slice(piece);
        if slot.at == 0 {
            if self.played.len() == MOST_PLAYED {
                self.played.pop_front();
            }
            self.played.push_back(Played { number: slot.number, at: Instant::now(), ms: 0, whole: false });
        }
        slot.at += piece.len();
        let over = slot.at >= sound.len();
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
        play.spoken(1, sound(200));
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
        play.spoken(2, sound(160));
        assert!(!play.say(Generation(1), 3, Some(sound(160))));
        assert_eq!(play.next(), (None, None));
        play.say(Generation(2), 4, None);
        play.unspoken(4);
        play.say(Generation(2), 5, Some(sound(0)));
        assert_eq!(play.next(), (Some([0; FRAME]), Some(5)), "an empty sentence is heard too");
    }
}
