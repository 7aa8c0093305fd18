//! Events of devices, registrations and the PBX itself.

use super::Value;
use super::field::{Flag, Id, Party, Text, number, views};

views! {
    /// A device's state changed, or one of `DeviceStateList` (with an ActionID).
    DeviceStateChange {
        /// `PJSIP/1001`, `Queue:support`, `confbridge:600` ...
        device: &'a str = Id("Device"),
        /// `NOT_INUSE`, `INUSE`, `BUSY`, `INVALID`, `UNAVAILABLE`, `RINGING`, `RINGINUSE`, `ONHOLD`, `UNKNOWN`
        state: &'a str = Id("State"),
    }
    /// A hint's state changed.
    ExtensionStatus {
        /// The extension.
        exten: &'a str = Id("Exten"),
        /// Its context.
        context: &'a str = Text("Context"),
        /// The devices behind it.
        hint: &'a str = Text("Hint"),
        /// Asterisk's number: bits 1 in use, 2 busy, 4 unavailable, 8 ringing, 16 on hold.
        status: Option<i32> = number("Status"),
        /// The same in words.
        status_text: &'a str = Text("StatusText"),
    }
    /// A phone or trunk of chan_sip (and, coarser, of PJSIP) registered or went away.
    PeerStatus {
        /// `SIP` or `PJSIP`.
        channel_type: &'a str = Text("ChannelType"),
        /// `SIP/1001`
        peer: &'a str = Id("Peer"),
        /// `Registered`, `Unregistered`, `Reachable`, `Lagged`, `Unreachable`, `Rejected`, `Unknown`
        peer_status: &'a str = Id("PeerStatus"),
        /// Why, `Expired` (16), or empty.
        cause: &'a str = Text("Cause"),
        /// Its address, or empty.
        address: &'a str = Text("Address"),
        /// Round trip of OPTIONS in ms.
        time: Option<i32> = number("Time"),
    }
    /// A contact of PJSIP was added, answered, failed or was removed.
    ContactStatus {
        /// Its URI.
        uri: &'a str = Text("URI"),
        /// `Created`, `Removed`, `Reachable`, `Unreachable`, `NonQualified`, `Unqualified`
        contact_status: &'a str = Id("ContactStatus"),
        /// Its address of record.
        aor: &'a str = Text("AOR"),
        /// Its endpoint, `1001`.
        endpoint_name: &'a str = Text("EndpointName"),
        /// Round trip of OPTIONS in µs.
        roundtrip_usec: Option<u32> = number("RoundtripUsec"),
    }
    /// An outbound registration changed.
    Registry {
        /// `SIP` or `PJSIP`.
        channel_type: &'a str = Text("ChannelType"),
        /// User (chan_sip) or client URI (PJSIP).
        username: &'a str = Text("Username"),
        /// Domain (chan_sip) or server URI (PJSIP).
        domain: &'a str = Text("Domain"),
        /// `Registered`, `Unregistered`, `Rejected`, `No Authentication`, `Timeout` ...
        status: &'a str = Id("Status"),
        /// Why, or empty.
        cause: &'a str = Text("Cause"),
    }
    /// The boot is complete. Sent on every later login too.
    FullyBooted {
        /// Seconds since the start.
        uptime: Option<u64> = number("Uptime"),
        /// Seconds since the last reload.
        last_reload: Option<u64> = number("LastReload"),
    }
    /// The PBX goes down.
    Shutdown {
        /// `Cleanly` or `Uncleanly`.
        shutdown: &'a str = Text("Shutdown"),
        /// It comes back by itself.
        restart: bool = Flag("Restart"),
    }
    /// A module was reloaded.
    Reload {
        /// `All`, or its name.
        module: &'a str = Text("Module"),
        /// 0 for success.
        status: Option<i32> = number("Status"),
    }
    /// List item of `PJSIPShowEndpoints`.
    EndpointList {
        /// The endpoint, `1001`.
        object_name: &'a str = Id("ObjectName"),
        /// Its addresses of record.
        aor: &'a str = Text("Aor"),
        /// Its contacts, each followed by a comma.
        contacts: Value<'a> = Party("Contacts"),
        /// `Not in use`, `Unavailable` ...
        device_state: &'a str = Text("DeviceState"),
        /// Identifiers it registers with elsewhere, for a trunk.
        outbound_auths: &'a str = Text("OutboundAuths"),
    }
    /// List item of `PJSIPShowContacts`.
    ContactList {
        /// `1001;@hash`
        object_name: &'a str = Id("ObjectName"),
        /// Its URI.
        uri: &'a str = Text("Uri"),
        /// Its endpoint, `1001`.
        endpoint: &'a str = Text("Endpoint"),
        /// `Reachable`, `Unreachable`, `NonQualified`, `Unknown`
        status: &'a str = Id("Status"),
        /// Round trip of OPTIONS in µs, or `N/A`.
        roundtrip_usec: Option<u32> = number("RoundtripUsec"),
    }
    /// List item of `PJSIPShowEndpoint`.
    ContactStatusDetail {
        /// Address of record.
        aor: &'a str = Text("AOR"),
        /// Its URI.
        uri: &'a str = Text("URI"),
        /// Its endpoint.
        endpoint_name: &'a str = Text("EndpointName"),
        /// `Reachable`, `Unreachable`, `NonQualified`, `Unknown`
        status: &'a str = Id("Status"),
        /// Round trip of OPTIONS in µs, or `N/A`.
        roundtrip_usec: Option<u32> = number("RoundtripUsec"),
    }
    /// List item of `SIPpeers` (chan_sip).
    PeerEntry {
        /// The peer, `1001`.
        object_name: &'a str = Id("ObjectName"),
        /// `SIP`
        channeltype: &'a str = Text("Channeltype"),
        /// Its address, or `-none-`.
        ip_address: &'a str = Text("IPaddress"),
        /// It registers with us.
        dynamic: bool = Flag("Dynamic"),
        /// `OK (4 ms)`, `UNREACHABLE`, `LAGGED (..)`, `UNKNOWN`, `Unmonitored`
        status: &'a str = Text("Status"),
    }
    /// List item of `PJSIPShowRegistrationsOutbound`.
    OutboundRegistrationDetail {
        /// The registration's name.
        object_name: &'a str = Id("ObjectName"),
        /// Endpoint whose calls it brings, or empty.
        endpoint: &'a str = Text("Endpoint"),
        /// Whom it registers.
        client_uri: &'a str = Text("ClientUri"),
        /// Where.
        server_uri: &'a str = Text("ServerUri"),
        /// `Registered`, `Unregistered`, `Rejected` ...
        status: &'a str = Id("Status"),
    }
    /// List item of `SIPshowregistry` (chan_sip).
    RegistryEntry {
        /// Where.
        host: &'a str = Text("Host"),
        /// Port there.
        port: Option<u16> = number("Port"),
        /// As whom.
        username: &'a str = Id("Username"),
        /// Domain.
        domain: &'a str = Text("Domain"),
        /// `Registered`, `Unregistered`, `Auth. Sent` ...
        state: &'a str = Id("State"),
    }
}
