//! Asking a PBX what there is, so that it can be compared with what we hold.
//!
//! [`Plan`] says which action comes next and puts the answers together as
//! [`Listing`](crate::ports::Listing)s, each handed over as soon as it is whole: what the PBX tells
//! after that on the same connection is newer, so that an old list never overwrites a new event. It knows what an account may not ask or a version does not
//! have, and says so in sentences ([`Plan::unknown`]). It sends nothing itself: the link asks it for
//! the next action and tells it the answer, one at a time, so that the PBX is never asked for two
//! lists at once.
//!
//! | step | action | for |
//! |---|---|---|
//! | clock | `Ping` | when, on the PBX's clock |
//! | boot | `CoreStatus` | epoch: `CoreStartupDate`, `CoreStartupTime` |
//! | version | `CoreSettings` | version |
//! | rights | `ListCommands` | which verbs the account may use |
//! | channels | `CoreShowChannels`, `Status` | calls |
//! | bridges | `BridgeList`, `BridgeInfo` of each | who is with whom |
//! | queues | `QueueStatus` | members, callers |
//! | devices | `DeviceStateList` | agents, trunks |
//! | endpoints | `PJSIPShowEndpoints`, `PJSIPShowContacts`, `PJSIPShowRegistrationsOutbound` or `SIPpeers`, `SIPshowregistry` | agents, trunks |
//! | parked | `ParkedCalls` | calls |
//! | conferences | `ConfbridgeListRooms`, `ConfbridgeList` of each | calls |
//!
//! The order is channels, devices, endpoints, registrations, queues, rooms. A second look ([`Plan::second_look`]) asks for the clock, channels and queues only: what is
//! missing twice has ended.

mod plan;

pub use plan::{Next, Plan, Told, epoch_of};

#[cfg(test)]
mod tests;
