//! Items of lists that show channels, bridges and conferences.

use super::field::{Flag, Id, Party, Text, number, views};
use super::snapshot::{ABridge, Channel};
use super::{Bridge, Chan, Value};

views! {
    /// List item of `CoreShowChannels`.
    CoreShowChannel {
        /// The channel.
        chan: Chan<'a> = Channel(""),
        /// What it runs.
        application: &'a str = Text("Application"),
        /// Its arguments.
        application_data: Value<'a> = Party("ApplicationData"),
        /// Age, `00:00:01`.
        duration: &'a str = Text("Duration"),
        /// `BridgeId`, or empty.
        bridge_id: &'a str = Text("BridgeId"),
    }
    /// List item of `Status`.
    Status {
        /// The channel.
        chan: Chan<'a> = Channel(""),
        /// What the caller dialled.
        dnid: Value<'a> = Party("DNID"),
        /// Who the other is, as the driver tells the phone.
        effective_connected_line_num: Value<'a> = Party("EffectiveConnectedLineNum"),
        /// The same.
        effective_connected_line_name: Value<'a> = Party("EffectiveConnectedLineName"),
        /// `BridgeID`, or empty.
        bridge_id: &'a str = Text("BridgeID"),
        /// What it runs.
        application: &'a str = Text("Application"),
        /// Its arguments.
        data: Value<'a> = Party("Data"),
        /// Age in seconds.
        seconds: Option<u64> = number("Seconds"),
    }
    /// List item of `BridgeList`.
    BridgeListItem {
        /// The bridge.
        bridge: Bridge<'a> = ABridge(""),
    }
    /// List item of `BridgeInfo`: a channel in the bridge that was asked for.
    BridgeInfoChannel {
        /// The channel.
        chan: Chan<'a> = Channel(""),
    }
    /// End of `BridgeInfo`.
    BridgeInfoComplete {
        /// `BridgeUniqueid` of the bridge; empty in 22, which repeats nothing.
        bridge_uniqueid: &'a str = Text("BridgeUniqueid"),
        /// Channels listed.
        list_items: Option<u32> = number("ListItems"),
    }
    /// List item of `ConfbridgeList`: a channel in the conference that was asked for.
    ConfbridgeList {
        /// The conference.
        conference: &'a str = Id("Conference"),
        /// The channel.
        chan: Chan<'a> = Channel(""),
        /// As an administrator.
        admin: bool = Flag("Admin"),
        /// Muted.
        muted: bool = Flag("Muted"),
        /// Talking, where that is looked at.
        talking: bool = Flag("Talking"),
        /// Seconds in it.
        answered_time: Option<u64> = number("AnsweredTime"),
    }
    /// List item of `ConfbridgeListRooms`: a conference.
    ConfbridgeListRooms {
        /// Its name.
        conference: &'a str = Id("Conference"),
        /// Channels in it.
        parties: Option<u32> = number("Parties"),
        /// Marked ones.
        marked: Option<u32> = number("Marked"),
        /// Locked.
        locked: bool = Flag("Locked"),
        /// All muted.
        muted: bool = Flag("Muted"),
    }
}
