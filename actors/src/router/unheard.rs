//! Events that change nothing of what is followed here: six of ten on a busy PBX. Whoever reads the
//! connection counts them and hands on the count alone.

use asterisk::ami::{Event, Message as Frame};

use super::dispatch::QUEUE_STATUS;
use crate::keys::Micros;

/// When that event was (0 if it does not tell), if nobody here listens to it. What has not the shape of
/// a healthy event, or may belong to an answer, is never left out.
pub fn unheard(frame: &Frame) -> Option<Micros> {
    if is_heard(frame.event()) || names_assistant(frame) {
        return None;
    }
    let (head, event) = Event::read_for(frame, QUEUE_STATUS).ok()?;
    // Of variables one is listened to: any other was read as `Other`.
    let left_out = head.is_unasked() && !matches!(event, Event::VarSet(_));
    left_out.then(|| head.timestamp.and_then(Micros::parse).unwrap_or_default())
}

/// Whether an event of that name is routed, or of interest to the link, in one way or another. Only
/// what is plentiful and has no reader is named: the rest comes through.
fn is_heard(name: &str) -> bool {
    !matches!(
        name,
        "VarSet"
            | "TestEvent"
            | "NewConnectedLine"
            | "NewAccountCode"
            | "SoftHangupRequest"
            | "Cdr"
            | "DTMFBegin"
            | "DTMFEnd"
            | "MusicOnHoldStart"
            | "MusicOnHoldStop"
            | "RTCPSent"
            | "RTCPReceived"
            | "ChallengeSent"
            | "ChallengeResponseFailed"
            | "SuccessfulAuth"
            | "AGIExecStart"
            | "AGIExecEnd"
    )
}

/// The dialplan says which assistant a caller is for.
fn names_assistant(frame: &Frame) -> bool {
    frame.event() == "VarSet" && frame.text("Variable").is_some_and(|name| name == VIGIE_ASSISTANT)
}

/// The channel variable that names an assistant.
pub const VIGIE_ASSISTANT: &str = "VIGIE_ASSISTANT";

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use asterisk::fixtures;

    use super::*;
    use crate::keys::{Epoch, PbxName};
    use crate::router::Table;
    use crate::settings::Settings;

    #[test]
    fn what_is_left_out_of_a_capture_would_have_reached_nobody() {
        let (mut left_out, mut all) = (0, 0);
        for version in fixtures::VERSIONS {
            for name in fixtures::names(version).expect("the captures are there") {
                let capture = fixtures::load(version, &name).expect("the capture can be read");
                for connection in capture.connections {
                    let settings = Arc::new(Settings::new(PbxName("p".into())));
                    let mut table = Table::new(settings, Epoch(1));
                    for message in connection.messages().expect("it decodes") {
                        let Ok((head, event)) = Event::read_with_head(&message) else { continue };
                        let at = head.timestamp.and_then(Micros::parse).unwrap_or_default();
                        let mut deliveries = Vec::new();
                        table.overdue(at, &mut deliveries);
                        deliveries.clear();
                        table.route(&event, at, &mut deliveries);
                        all += 1;
                        if let Some(told) = unheard(&message) {
                            assert_eq!(
                                (told, &deliveries),
                                (at, &Vec::new()),
                                "{version} {name}: {message:?}"
                            );
                            left_out += 1;
                        }
                    }
                }
            }
        }
        assert!(left_out * 2 > all, "{left_out} of {all}");
    }

    #[test]
    fn s02_a_forged_or_asked_for_event_is_never_left_out() {
        let of = |text: &str| unheard(&Frame::new(text.to_owned().into_bytes().into()));
        let healthy =
            "Event: TestEvent\r\nPrivilege: test,all\r\nTimestamp: 1795224504.809043\r\nType: x\r\n\r\n";
        assert_eq!(of(healthy), Some(Micros(1_795_224_504_809_043)));
        assert_eq!(of("Event: TestEvent\r\nType: x\r\nPrivilege: test,all\r\n\r\n"), None);
        assert_eq!(of("Event: TestEvent\r\nPrivilege: test,all\r\nPrivilege: test,all\r\n\r\n"), None);
        assert_eq!(of("Event: TestEvent\r\nPrivilege: test,all\r\nActionID: v-1\r\n\r\n"), None);
        assert_eq!(of("Event: Cdr\r\nPrivilege: cdr,all\r\nChannel: a\r\nChannel: b\r\n\r\n"), None);
        let variable = |name: &str| {
            let head = "Event: VarSet\r\nPrivilege: dialplan,all\r\nChannel: a\r\nChannelState: 6\r\n";
            of(&format!("{head}Uniqueid: 1.1\r\nLinkedid: 1.1\r\nVariable: {name}\r\nValue: x\r\n\r\n"))
        };
        assert_eq!((variable("SIPCALLID"), variable(QUEUE_STATUS)), (Some(Micros(0)), None));
    }
}
