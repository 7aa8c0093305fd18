//! The truth of the built-in PBX: what exists right now, and nothing else.
//!
//! Channels, bridges, queues with their members and callers, endpoints (phones and trunks), parked
//! calls and conference rooms. No clock, no socket, no rendering: [`super::exchange`] changes it,
//! [`super::wire`] writes events and list items from it, so that both always agree.

mod bridge;
mod channel;
mod device;
mod queue;

use std::sync::Arc;

use ahash::AHashMap;
use smallvec::SmallVec;

pub use bridge::*;
pub use channel::*;
pub use device::*;
pub use queue::*;

use super::agi::Handover;

/// Short text that many owners share.
pub type Text = Arc<str>;

/// Microseconds since the Unix epoch, on the PBX's own clock.
pub type Micros = u64;

/// Everything that exists.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    channels: Vec<Option<Channel>>,
    free_channels: Vec<u32>,
    by_name: AHashMap<Text, ChanRef>,
    bridges: Vec<Option<Bridge>>,
    free_bridges: Vec<u32>,
    /// Phones and trunks.
    pub endpoints: Vec<Endpoint>,
    endpoint_by_name: AHashMap<Text, EndpointId>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Parked calls.
    pub parked: Vec<Parked>,
    /// Rooms in use.
    pub rooms: Vec<Room>,
    /// The parking bridge, once something was parked.
    pub parking: Option<BridgeRef>,
    /// Where the dialplan hands callers over; `None`: it does not.
    pub handover: Option<Handover>,
    /// Channels made since the boot: names, Uniqueids.
    pub made: u64,
    live: usize,
}

impl Truth {
    /// Puts a channel in; `build` gets its reference.
    pub fn add_channel(&mut self, build: impl FnOnce(ChanRef) -> Channel) -> ChanRef {
        let slot = self.free_channels.pop().unwrap_or_else(|| {
            self.channels.push(None);
            (self.channels.len() - 1) as u32
        });
        let at = ChanRef { slot, serial: self.made };
        self.made += 1;
        let channel = build(at);
        self.by_name.insert(channel.name.clone(), at);
        if let Some(endpoint) = self.endpoints.get_mut(channel.endpoint.0 as usize) {
            endpoint.channels.push(at);
        }
        self.channels[slot as usize] = Some(channel);
        self.live += 1;
        at
    }

    /// Takes a channel out.
    pub fn remove_channel(&mut self, at: ChanRef) -> Option<Channel> {
        self.chan(at)?;
        let channel = self.channels.get_mut(at.slot as usize)?.take()?;
        self.free_channels.push(at.slot);
        self.by_name.remove(&channel.name);
        if let Some(endpoint) = self.endpoints.get_mut(channel.endpoint.0 as usize) {
            endpoint.channels.retain(|c| *c != at);
        }
        self.live -= 1;
        Some(channel)
    }

    /// The channel, while it lives.
    pub fn chan(&self, at: ChanRef) -> Option<&Channel> {
        self.channels.get(at.slot as usize)?.as_ref().filter(|c| c.at == at)
    }

    /// The same, to change it.
    pub fn chan_mut(&mut self, at: ChanRef) -> Option<&mut Channel> {
        self.channels.get_mut(at.slot as usize)?.as_mut().filter(|c| c.at == at)
    }

    /// By its exact name.
    pub fn by_name(&self, name: &str) -> Option<ChanRef> {
        self.by_name.get(name).copied()
    }

    /// All channels.
    pub fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.iter().flatten()
    }

    /// How many.
    pub fn live_channels(&self) -> usize {
        self.live
    }

    /// Puts a bridge in; `serial` tells it from earlier ones in the same slot.
    pub fn add_bridge(&mut self, serial: u64, uuid: Text, kind: BridgeKind) -> BridgeRef {
        let slot = self.free_bridges.pop().unwrap_or_else(|| {
            self.bridges.push(None);
            (self.bridges.len() - 1) as u32
        });
        let at = BridgeRef { slot, serial };
        self.bridges[slot as usize] =
            Some(Bridge { at, uuid, kind, channels: SmallVec::new(), announcer: false });
        at
    }

    /// Takes a bridge out.
    pub fn remove_bridge(&mut self, at: BridgeRef) -> Option<Bridge> {
        self.bridge(at)?;
        self.free_bridges.push(at.slot);
        self.bridges.get_mut(at.slot as usize)?.take()
    }

    /// The bridge, while it lives.
    pub fn bridge(&self, at: BridgeRef) -> Option<&Bridge> {
        self.bridges.get(at.slot as usize)?.as_ref().filter(|b| b.at == at)
    }

    /// The same, to change it.
    pub fn bridge_mut(&mut self, at: BridgeRef) -> Option<&mut Bridge> {
        self.bridges.get_mut(at.slot as usize)?.as_mut().filter(|b| b.at == at)
    }

    /// All bridges.
    pub fn bridges(&self) -> impl Iterator<Item = &Bridge> {
        self.bridges.iter().flatten()
    }

    /// Puts a phone or a trunk in.
    pub fn add_endpoint(&mut self, endpoint: Endpoint) -> EndpointId {
        let id = EndpointId(self.endpoints.len() as u32);
        self.endpoint_by_name.insert(endpoint.name.clone(), id);
        self.endpoints.push(endpoint);
        id
    }

    /// By name: `1001`.
    pub fn endpoint_named(&self, name: &str) -> Option<EndpointId> {
        self.endpoint_by_name.get(name).copied()
    }

    /// The endpoint.
    pub fn endpoint(&self, id: EndpointId) -> Option<&Endpoint> {
        self.endpoints.get(id.0 as usize)
    }

    /// The same, to change it.
    pub fn endpoint_mut(&mut self, id: EndpointId) -> Option<&mut Endpoint> {
        self.endpoints.get_mut(id.0 as usize)
    }

    /// The queue.
    pub fn queue(&self, id: QueueId) -> Option<&Queue> {
        self.queues.get(id.0 as usize)
    }

    /// A membership, by its place.
    pub fn member_mut(&mut self, queue: QueueId, place: usize) -> Option<&mut Member> {
        self.queue_mut(queue)?.members.get_mut(place)
    }

    /// Whether a member could be rung, its wrap-up aside.
    pub fn is_free(&self, member: &Member) -> bool {
        !member.paused && self.endpoint(member.endpoint).is_some_and(|e| e.told == DeviceState::NotInUse)
    }

    /// The same, to change it.
    pub fn queue_mut(&mut self, id: QueueId) -> Option<&mut Queue> {
        self.queues.get_mut(id.0 as usize)
    }

    /// By name.
    pub fn queue_named(&self, name: &str) -> Option<QueueId> {
        self.queues.iter().position(|q| &*q.name == name).map(|i| QueueId(i as u16))
    }

    /// The state of a device, computed from its channels as `chan_pjsip` does: held only when all
    /// are, busy for a phone with two calls.
    pub fn device_state(&self, id: EndpointId) -> DeviceState {
        let Some(endpoint) = self.endpoint(id) else { return DeviceState::Unavailable };
        if !endpoint.reachable && endpoint.channels.is_empty() {
            return DeviceState::Unavailable;
        }
        let (mut ringing, mut used, mut held) = (0, 0, 0);
        for channel in endpoint.channels.iter().filter_map(|c| self.chan(*c)) {
            match channel.state {
                ChannelState::Ringing => ringing += 1,
                ChannelState::Down => {}
                ChannelState::Ring | ChannelState::Up if channel.held => held += 1,
                ChannelState::Ring | ChannelState::Up => used += 1,
            }
        }
        let busy = endpoint.kind == EndpointKind::Phone && used + held > 1;
        match (ringing > 0, used > 0, held > 0) {
            _ if busy => DeviceState::Busy,
            (true, true, _) | (true, _, true) => DeviceState::RingInUse,
            (true, false, false) => DeviceState::Ringing,
            (false, true, _) => DeviceState::InUse,
            (false, false, true) => DeviceState::OnHold,
            (false, false, false) => DeviceState::NotInUse,
        }
    }

    /// The other channel of a two-party bridge.
    pub fn peer(&self, at: ChanRef) -> Option<ChanRef> {
        let bridge = self.bridge(self.chan(at)?.bridge?)?;
        (bridge.kind == BridgeKind::Basic).then(|| bridge.channels.iter().copied().find(|c| *c != at))?
    }
}
