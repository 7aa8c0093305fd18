//! Devices, endpoints, contacts, registrations.

use super::super::exchange::Exchange;
use super::super::reply::Reply;
use super::super::truth::{EndpointKind, Registration};
use super::super::wire::Headers as _;

pub(in crate::pbx) fn device_state_list(x: &Exchange, reply: &mut Reply) {
    reply.start("Device State Changes will follow");
    let mut device = |name: &str, state: &str| {
        reply.item("DeviceStateChange", |item| {
            item.line("Device", name).line("State", state);
        });
    };
    for endpoint in &x.truth.endpoints {
        device(&endpoint.interface, endpoint.told.name());
    }
    for q in &x.truth.queues {
        device(&format!("Queue:{}", q.name), if q.callers.is_empty() { "NOT_INUSE" } else { "RINGING" });
        device(&format!("Queue:{}_avail", q.name), if q.free > 0 { "NOT_INUSE" } else { "INUSE" });
        for m in q.members.iter().filter(|m| m.paused || m.last_pause > 0) {
            let state = if m.paused { "INUSE" } else { "NOT_INUSE" };
            device(&format!("Queue:{}_pause_{}", q.name, m.interface), state);
        }
    }
    for parked in &x.truth.parked {
        device(&format!("park:{}@parkedcalls", parked.space), "INUSE");
    }
    for room in &x.truth.rooms {
        device(&format!("confbridge:{}", room.number), "INUSE");
    }
    reply.complete("DeviceStateListComplete");
}

pub(in crate::pbx) fn endpoints(x: &Exchange, reply: &mut Reply) {
    reply.start("A listing of Endpoints follows, presented as EndpointList events");
    for e in &x.truth.endpoints {
        let contacts = if e.reachable || e.kind == EndpointKind::Trunk {
            format!("{}/{},", e.name, e.uri)
        } else {
            String::new()
        };
        let trunk = e.kind == EndpointKind::Trunk;
        reply.item("EndpointList", |item| {
            item.line("ObjectType", "endpoint")
                .line("ObjectName", &e.name)
                .line("Transport", "")
                .line("Aor", &e.name)
                .line("Auths", if trunk { "" } else { &e.name })
                .line("OutboundAuths", if trunk { &e.name } else { "" })
                .line("Contacts", &contacts)
                .line("DeviceState", e.told.words())
                .num("ActiveChannels", e.channels.len() as u64);
        });
    }
    reply.complete("EndpointListComplete");
}

pub(in crate::pbx) fn contacts(x: &Exchange, reply: &mut Reply) {
    reply.start("A listing of Contacts follows, presented as ContactList events");
    // A phone that lost its registration has no contact; a trunk's is permanent.
    for e in x.truth.endpoints.iter().filter(|e| e.reachable || e.kind == EndpointKind::Trunk) {
        let phone = e.kind == EndpointKind::Phone;
        let name = format!("{}{}{}", e.name, if phone { ";@" } else { "@@" }, contact_hash(&e.uri));
        reply.item("ContactList", |item| {
            item.line("ObjectType", "contact")
                .line("ObjectName", &name)
                .line("ViaAddr", if phone { "127.0.0.1" } else { "" })
                .line("QualifyTimeout", "3.000000")
                .line("Qualify2xxOnly", "false")
                .line("CallId", if phone { "6d821621ecd7d3ed" } else { "" })
                .line("RegServer", "")
                .line("PruneOnBoot", "no")
                .line("Path", "")
                .line("Endpoint", &e.name)
                .line("ViaPort", if phone { "5061" } else { "0" })
                .line("AuthenticateQualify", "no")
                .line("Uri", &e.uri)
                .line("QualifyFrequency", "30")
                .line("UserAgent", if phone { "vigie-pbx" } else { "" })
                .num("ExpirationTime", if phone { x.now() / 1_000_000 + 3_600 } else { 0 })
                .line("OutboundProxy", "")
                .line("Status", if e.reachable { "Reachable" } else { "Unreachable" })
                .num("RoundtripUsec", if e.reachable { e.rtt_us.into() } else { 0 });
        });
    }
    reply.complete("ContactListComplete");
}

/// 32 hexadecimal digits that stay the same for the same contact.
fn contact_hash(uri: &str) -> String {
    let fold = |seed: u64| uri.bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    format!("{:016x}{:016x}", fold(0xcbf2_9ce4_8422_2325), fold(0x8422_2325_cbf2_9ce4))
}

pub(in crate::pbx) fn registrations(x: &Exchange, reply: &mut Reply) {
    reply.start("Following are Events for each Outbound registration");
    let mut registered = 0;
    let mut refused = 0;
    for e in x.truth.endpoints.iter().filter(|e| e.kind == EndpointKind::Trunk) {
        let status = match e.registration {
            Registration::Registered => {
                registered += 1;
                "Registered"
            }
            Registration::Rejected => {
                refused += 1;
                "Rejected"
            }
        };
        let client = e.uri.replacen("sip:", &format!("sip:{}@", e.name), 1);
        reply.item("OutboundRegistrationDetail", |item| {
            item.line("ObjectType", "registration")
                .line("ObjectName", &e.name)
                .line("MaxRetries", "10000")
                .line("ClientUri", &client)
                .line("SecurityNegotiation", "no")
                .line("AuthRejectionPermanent", "false")
                .line("ServerUri", &e.uri)
                .line("MaxRandomInitialDelay", "10")
                .line("SupportPath", "false")
                .line("RetryInterval", "5")
                .line("ContactHeaderParams", "")
                .line("Expiration", "60")
                .line("Transport", "transport-udp")
                .line("Line", "false")
                .line("ContactUser", &e.name)
                .line("Endpoint", "")
                .line("UserAgent", "")
                .line("ForbiddenRetryInterval", "10")
                .line("OutboundAuth", &e.name)
                .line("OutboundProxy", "")
                .line("FatalRetryInterval", "10")
                .line("SupportOutbound", "no")
                .line("Status", status)
                .num("NextReg", 0);
        });
    }
    reply.complete_with("OutboundRegistrationDetailComplete", |item, _| {
        item.num("Registered", registered).num("NotRegistered", refused);
    });
}
