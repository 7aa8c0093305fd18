//! A stream of events with a steady number of live calls, rendered before it is sent.
//!
//! Each slot holds one call of one template, at a place of its own in the template; each step renders
//! the next frame of a slot, and a call that ended makes room for a new one with new ids. There are as
//! many agents as slots, shared between neighbours: about one leg an agent. The same seed gives the
//! same bytes.

use std::io::Write;

use crate::template::{Hole, Piece, Template};

/// Renders frames on demand.
pub(crate) struct Stream<'a> {
    templates: &'a [Template],
    slots: Vec<Slot>,
    serial: u64,
    now_us: u64,
    step_us: u64,
    random: u64,
}

struct Slot {
    template: usize,
    at: usize,
    serial: u64,
}

/// First second of the stream's own time.
pub(crate) const START_S: u64 = 1_795_000_000;
const QUEUES: usize = 200;

impl<'a> Stream<'a> {
    /// `calls` slots, none begun; `events_per_s` sets how fast the stream's own clock goes.
    pub(crate) fn new(templates: &'a [Template], calls: usize, events_per_s: u64, seed: u64) -> Self {
        let mut stream = Self {
            templates,
            slots: Vec::with_capacity(calls),
            serial: 0,
            now_us: START_S * 1_000_000,
            step_us: (1_000_000 / events_per_s.max(1)).max(1),
            random: seed | 1,
        };
        for n in 0..calls {
            let serial = stream.next_serial();
            stream.slots.push(Slot { template: n % templates.len(), at: 0, serial });
        }
        stream
    }

    /// Makes that slot's agent a member of its queue: one frame.
    pub(crate) fn member(slot: usize, out: &mut Vec<u8>) {
        let (agent, queue) = (agent(slot), queue(slot));
        // writing to a Vec cannot fail
        let _ = write!(
            out,
            "Event: QueueMemberAdded\r\nPrivilege: agent,all\r\nTimestamp: {START_S}.000000\r\nQueue: {queue}\r\n\
             MemberName: Agent {slot}\r\nInterface: PJSIP/{agent}\r\nStateInterface: PJSIP/{agent}\r\n\
             Membership: dynamic\r\nPenalty: 0\r\nCallsTaken: 0\r\nLastCall: 0\r\nLastPause: 0\r\n\
             LoginTime: {START_S}\r\nInCall: 0\r\nStatus: 1\r\nPaused: 0\r\nPausedReason: \r\n\
             Ringinuse: 0\r\nWrapuptime: 0\r\n\r\n"
        );
    }

    /// Brings one slot to a random place in its call: returns frames written.
    pub(crate) fn ramp(&mut self, slot: usize, out: &mut Vec<u8>) -> u64 {
        let length = self.templates[self.slots[slot].template].frames.len();
        let target = 1 + self.random_below(length - 1);
        for _ in 0..target {
            self.render(slot, out);
        }
        target as u64
    }

    /// One more frame of a slot chosen at random.
    pub(crate) fn step(&mut self, out: &mut Vec<u8>) {
        let slot = self.random_below(self.slots.len());
        self.render(slot, out);
    }

    /// One more frame of that slot.
    pub(crate) fn step_of(&mut self, slot: usize, out: &mut Vec<u8>) {
        self.render(slot, out);
    }

    /// Linkedid of the call in that slot now.
    pub(crate) fn linkedid(&self, slot: usize) -> String {
        uniqueid(self.slots[slot].serial, 0)
    }

    fn render(&mut self, index: usize, out: &mut Vec<u8>) {
        self.now_us += self.step_us;
        let now = self.now_us;
        let slots = self.slots.len();
        let slot = &mut self.slots[index];
        let template = &self.templates[slot.template];
        for piece in &template.frames[slot.at] {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Hole(hole) => fill(*hole, slot, index, slots, now, out),
            }
        }
        slot.at += 1;
        if slot.at == template.frames.len() {
            slot.at = 0;
            slot.template = (slot.template + 1) % self.templates.len();
            self.serial += 1;
            self.slots[index].serial = self.serial;
        }
    }

    fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    fn random_below(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % bound.max(1) as u64).unwrap_or(0)
    }
}

fn fill(hole: Hole, slot: &Slot, index: usize, slots: usize, now_us: u64, out: &mut Vec<u8>) {
    // writing to a Vec cannot fail
    let _ = match hole {
        Hole::Time => write!(out, "{}.{:06}", now_us / 1_000_000, now_us % 1_000_000),
        Hole::Uniqueid(n) => out.write_all(uniqueid(slot.serial, n).as_bytes()),
        Hole::ChannelTail(n) => write!(out, "{:08x}", slot.serial * 16 + n as u64),
        Hole::Agent(n) => out.write_all(agent((index + n) % slots).as_bytes()),
        Hole::Bridge(n) => write!(out, "{:08x}-0000-4000-8000-{:012x}", slot.serial, n),
        Hole::Queue => out.write_all(queue(index).as_bytes()),
    };
}

fn agent(slot: usize) -> String {
    format!("{}", 100_000 + slot)
}

fn queue(slot: usize) -> String {
    format!("q{:03}", slot % QUEUES)
}

/// Of fixed width, so that no id is the beginning of another.
fn uniqueid(serial: u64, n: usize) -> String {
    format!("{START_S}.{:010}", serial * 16 + n as u64)
}
