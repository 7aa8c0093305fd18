//! The caller's channel: who he is, by what the module says; where he goes, over the event socket.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use asterisk::freeswitch::{ChannelId, Command, Place};
use tokio::sync::watch;

use super::port::Counters;
use crate::links::event_socket::EventSocket;
use crate::links::voices::{Caller, Channel, How, Later};

/// Of one caller.
pub(super) struct ByEventSocket {
    /// As far as it was told.
    pub(super) caller: watch::Receiver<Option<Caller>>,
    /// `None`: nothing can be told to FreeSWITCH.
    pub(super) events: Option<EventSocket>,
    /// Where humans are, of this gateway.
    pub(super) fallback: Option<Place>,
    /// Where they are, of the assistant: it may be another PBX's dialplan.
    pub(super) usual: Option<String>,
    pub(super) gateway: String,
    pub(super) counters: Arc<Counters>,
}

impl ByEventSocket {
    /// `context,extension,priority` of the assistant; the gateway's own place where no other is meant than the usual.
    fn place(&self, wanted: Option<&str>) -> Option<Place> {
        if wanted == self.usual.as_deref() && self.fallback.is_some() {
            return self.fallback.clone();
        }
        let mut parts = wanted?.split(',');
        let (context, extension) = (parts.next()?, parts.next()?);
        Place::parse(&format!("{extension} XML {context}")).ok()
    }
}

impl Channel for ByEventSocket {
    fn known(&self) -> Option<Caller> {
        self.caller.borrow().clone()
    }

    fn told(&self) -> Later<Caller> {
        let mut caller = self.caller.clone();
        Box::pin(async move {
            let told = caller.wait_for(Option::is_some).await.ok().and_then(|caller| caller.clone());
            match told {
                Some(caller) => caller,
                // the connection is over: whoever waits is told of that
                None => std::future::pending().await,
            }
        })
    }

    fn goes(&self, how: How, fallback: Option<&str>) -> Option<Later<bool>> {
        if how == How::Unknown {
            self.counters.unknown.fetch_add(1, Relaxed);
            log::warn!(
                "audio_stream: {}: the module told neither a uuid nor a caller: write {{meta}} as JSON in the dialplan",
                self.gateway
            );
        }
        let events = self.events.as_ref()?;
        let channel = ChannelId::new(&self.known()?.uniqueid).ok()?;
        let command = match how {
            How::Hangup => Command::kill(&channel),
            How::Fallback => Command::transfer(&channel, &self.place(fallback)?),
            _ => return None,
        };
        Some(events.order(command))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_knows_its_humans_and_a_named_place_is_another() {
        let of = |fallback: Option<&str>, usual: Option<&str>| ByEventSocket {
            caller: watch::channel(None).1,
            events: None,
            fallback: fallback.map(|text| Place::parse(text).unwrap()),
            usual: usual.map(str::to_owned),
            gateway: "fs".into(),
            counters: Arc::default(),
        };
        let place = |text| Some(Place::parse(text).unwrap());
        let both = of(Some("500 XML default"), Some("queues,1,1"));
        assert_eq!(both.place(Some("queues,1,1")), place("500 XML default"));
        assert_eq!(both.place(Some("sales,2,1")), place("2 XML sales"));
        assert_eq!(of(None, Some("queues,1,1")).place(Some("queues,1,1")), place("1 XML queues"));
        assert_eq!(of(Some("500"), None).place(None), place("500"));
        assert_eq!(of(None, None).place(None), None);
        assert_eq!(of(None, None).place(Some("a;b,1")), None);
    }
}
