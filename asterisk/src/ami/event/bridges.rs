//! Events of bridges, Local pairs, transfers, parking and conferences.

use super::field::{Flag, Id, Party, Text, number, views};
use super::snapshot::{ABridge, Channel, MaybeBridge, MaybeChannel};
use super::{Bridge, Chan, Value};

views! {
    /// A bridge was made, before anyone is in it.
    BridgeCreate {
        /// The bridge.
        bridge: Bridge<'a> = ABridge(""),
    }
    /// A channel entered a bridge.
    BridgeEnter {
        /// The bridge with it.
        bridge: Bridge<'a> = ABridge(""),
        /// The channel.
        chan: Chan<'a> = Channel(""),
        /// Uniqueid of the channel whose place it took, or empty.
        swap_uniqueid: &'a str = Text("SwapUniqueid"),
    }
    /// A channel left a bridge.
    BridgeLeave {
        /// The bridge without it.
        bridge: Bridge<'a> = ABridge(""),
        /// The channel.
        chan: Chan<'a> = Channel(""),
    }
    /// A bridge is gone, after all have left.
    BridgeDestroy {
        /// The bridge.
        bridge: Bridge<'a> = ABridge(""),
    }
    /// Everybody in one bridge moves to another; enters and leaves follow.
    BridgeMerge {
        /// The bridge that stays.
        to: Bridge<'a> = ABridge("To"),
        /// The bridge that ends.
        from: Bridge<'a> = ABridge("From"),
    }
    /// Who is seen in a video conference changed.
    BridgeVideoSourceUpdate {
        /// The bridge.
        bridge: Bridge<'a> = ABridge(""),
        /// Uniqueid seen before, or empty.
        bridge_previous_video_source: &'a str = Text("BridgePreviousVideoSource"),
    }
    /// The two halves of a Local channel are one pair.
    LocalBridge {
        /// Half `;1`.
        local_one: Chan<'a> = Channel("LocalOne"),
        /// Half `;2`.
        local_two: Chan<'a> = Channel("LocalTwo"),
        /// Context it was made for.
        context: &'a str = Text("Context"),
        /// Extension it was made for.
        exten: Value<'a> = Party("Exten"),
        /// It may optimise itself away (no `/n`).
        local_optimization: bool = Flag("LocalOptimization"),
    }
    /// A Local pair begins to take itself out of the way.
    LocalOptimizationBegin {
        /// Half `;1`.
        local_one: Chan<'a> = Channel("LocalOne"),
        /// Half `;2`.
        local_two: Chan<'a> = Channel("LocalTwo"),
        /// The channel that moves; none when bridges merge.
        source: Option<Chan<'a>> = MaybeChannel("Source"),
        /// `DestUniqueId`: the half whose place it takes, or empty.
        dest_unique_id: &'a str = Text("DestUniqueId"),
        /// Joins begin and end.
        id: Option<u32> = number("Id"),
    }
    /// A Local pair is out of the way, or failed to get there.
    LocalOptimizationEnd {
        /// Half `;1`.
        local_one: Chan<'a> = Channel("LocalOne"),
        /// Half `;2`.
        local_two: Chan<'a> = Channel("LocalTwo"),
        /// It worked; `No` was seen where it did.
        success: bool = Flag("Success"),
        /// Joins begin and end.
        id: Option<u32> = number("Id"),
    }
    /// A transfer without a consultation, done or failed.
    BlindTransfer {
        /// `Success`, `Fail`, `Invalid`, `Not Permitted`
        result: &'a str = Text("Result"),
        /// Who transfers.
        transferer: Chan<'a> = Channel("Transferer"),
        /// Who is transferred; none when there are several.
        transferee: Option<Chan<'a>> = MaybeChannel("Transferee"),
        /// The bridge they were in.
        bridge: Option<Bridge<'a>> = MaybeBridge(""),
        /// `Yes`: asked for by a SIP REFER.
        is_external: bool = Flag("IsExternal"),
        /// Where to.
        context: &'a str = Text("Context"),
        /// Where to.
        extension: Value<'a> = Party("Extension"),
    }
    /// A transfer after a consultation, done or failed: it links the transferer's two channels.
    AttendedTransfer {
        /// `Success`, `Fail`, `Invalid`, `Not Permitted`
        result: &'a str = Text("Result"),
        /// The transferer's first channel.
        orig_transferer: Chan<'a> = Channel("OrigTransferer"),
        /// The bridge of that channel.
        orig_bridge: Option<Bridge<'a>> = MaybeBridge("Orig"),
        /// The transferer's consulting channel; may be the same one.
        second_transferer: Chan<'a> = Channel("SecondTransferer"),
        /// The bridge of that channel.
        second_bridge: Option<Bridge<'a>> = MaybeBridge("Second"),
        /// Who is transferred; none when there are several.
        transferee: Option<Chan<'a>> = MaybeChannel("Transferee"),
        /// Whom they get; none when there are several.
        transfer_target: Option<Chan<'a>> = MaybeChannel("TransferTarget"),
        /// `Yes`: asked for by a SIP REFER.
        is_external: bool = Flag("IsExternal"),
        /// `Bridge`, `App`, `Link`, `Threeway`, `Fail`
        dest_type: &'a str = Text("DestType"),
        /// The bridge that stays, for `Bridge` and `Threeway`.
        dest_bridge_uniqueid: &'a str = Text("DestBridgeUniqueid"),
        /// The application, for `App`.
        dest_app: &'a str = Text("DestApp"),
        /// The Local half, for `Link`.
        local_one: Option<Chan<'a>> = MaybeChannel("LocalOne"),
        /// The other one.
        local_two: Option<Chan<'a>> = MaybeChannel("LocalTwo"),
    }
    /// A channel is parked (event), or one that is (list item, with an ActionID).
    ParkedCall {
        /// The channel.
        parkee: Chan<'a> = Channel("Parkee"),
        /// Whom it goes back to, `PJSIP/1001`.
        parker_dial_string: &'a str = Text("ParkerDialString"),
        /// The lot.
        parkinglot: &'a str = Text("Parkinglot"),
        /// What to dial to get it.
        parking_space: &'a str = Id("ParkingSpace"),
        /// Seconds left.
        parking_timeout: Option<u32> = number("ParkingTimeout"),
        /// Seconds so far.
        parking_duration: Option<u32> = number("ParkingDuration"),
    }
    /// A parked channel goes back to who parked it.
    ParkedCallTimeOut {
        /// The channel.
        parkee: Chan<'a> = Channel("Parkee"),
        /// Whom it goes back to.
        parker_dial_string: &'a str = Text("ParkerDialString"),
        /// The lot.
        parkinglot: &'a str = Text("Parkinglot"),
        /// The space, free now.
        parking_space: &'a str = Id("ParkingSpace"),
    }
    /// A parked channel hung up.
    ParkedCallGiveUp {
        /// The channel.
        parkee: Chan<'a> = Channel("Parkee"),
        /// Who parked it.
        parker_dial_string: &'a str = Text("ParkerDialString"),
        /// The lot.
        parkinglot: &'a str = Text("Parkinglot"),
        /// The space, free now.
        parking_space: &'a str = Id("ParkingSpace"),
    }
    /// Another channel took the place of a parked one.
    ParkedCallSwap {
        /// The channel.
        parkee: Chan<'a> = Channel("Parkee"),
        /// Who parked it.
        parker_dial_string: &'a str = Text("ParkerDialString"),
        /// The lot.
        parkinglot: &'a str = Text("Parkinglot"),
        /// The space.
        parking_space: &'a str = Id("ParkingSpace"),
    }
    /// A parked channel was fetched.
    UnParkedCall {
        /// The channel.
        parkee: Chan<'a> = Channel("Parkee"),
        /// Who fetched it.
        retriever: Option<Chan<'a>> = MaybeChannel("Retriever"),
        /// Who parked it.
        parker_dial_string: &'a str = Text("ParkerDialString"),
        /// The lot.
        parkinglot: &'a str = Text("Parkinglot"),
        /// The space, free now.
        parking_space: &'a str = Id("ParkingSpace"),
    }
    /// A conference begins.
    ConfbridgeStart {
        /// Its name.
        conference: &'a str = Id("Conference"),
        /// Its bridge.
        bridge: Bridge<'a> = ABridge(""),
    }
    /// A conference is over.
    ConfbridgeEnd {
        /// Its name.
        conference: &'a str = Id("Conference"),
        /// Its bridge.
        bridge: Bridge<'a> = ABridge(""),
    }
    /// A channel joined a conference.
    ConfbridgeJoin {
        /// Its name.
        conference: &'a str = Id("Conference"),
        /// Its bridge.
        bridge: Bridge<'a> = ABridge(""),
        /// Who.
        chan: Chan<'a> = Channel(""),
        /// As an administrator.
        admin: bool = Flag("Admin"),
        /// Muted from the start.
        muted: bool = Flag("Muted"),
    }
    /// A channel left a conference.
    ConfbridgeLeave {
        /// Its name.
        conference: &'a str = Id("Conference"),
        /// Its bridge.
        bridge: Bridge<'a> = ABridge(""),
        /// Who.
        chan: Chan<'a> = Channel(""),
        /// As an administrator.
        admin: bool = Flag("Admin"),
    }
    /// A channel was muted in its conference.
    ConfbridgeMute {
        /// Its name.
        conference: &'a str = Id("Conference"),
        /// Its bridge.
        bridge: Bridge<'a> = ABridge(""),
        /// Who.
        chan: Chan<'a> = Channel(""),
    }
    /// A channel is heard again in its conference.
    ConfbridgeUnmute {
        /// Its name.
        conference: &'a str = Id("Conference"),
        /// Its bridge.
        bridge: Bridge<'a> = ABridge(""),
        /// Who.
        chan: Chan<'a> = Channel(""),
    }
    /// A channel talks, or is silent, in its conference.
    ConfbridgeTalking {
        /// Its name.
        conference: &'a str = Id("Conference"),
        /// Its bridge.
        bridge: Bridge<'a> = ABridge(""),
        /// Who.
        chan: Chan<'a> = Channel(""),
        /// `on` or `off`.
        talking_status: &'a str = Text("TalkingStatus"),
    }
    /// A conference is being recorded.
    ConfbridgeRecord {
        /// Its name.
        conference: &'a str = Id("Conference"),
        /// Its bridge.
        bridge: Bridge<'a> = ABridge(""),
    }
    /// A conference is no longer being recorded.
    ConfbridgeStopRecord {
        /// Its name.
        conference: &'a str = Id("Conference"),
        /// Its bridge.
        bridge: Bridge<'a> = ABridge(""),
    }
}
