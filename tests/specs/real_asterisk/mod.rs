//! Stories on a real Asterisk: 22 with PJSIP and 16 with chan_sip, through the server as it is shipped, with
//! the least-rights account of `asterisk/conf/manager.conf` and nothing more.
//!
//! They are ignored without the lab; `./test` makes it and runs them. What a story waits for it waits for on
//! the WebSocket, as a browser does. Transient states may come and go unseen: outcomes and order are asserted.

mod agents;
mod alone;
mod async_agi;
mod attach;
mod calls;
mod fallback;
mod figures;
mod flows;
mod flows_ai;
mod flows_nodes;
mod keys;
mod link;
mod originate;
mod pauses;
mod prompts;
mod queues;
mod recordings;
mod refusals;
mod supervision;
mod trunks;
mod verbs;
mod voice_tools;
mod voices;
mod walks;

use std::time::Duration;

use serde_json::json;

use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::board::{Follower, TABLES, text};
use crate::support::server::Server;

/// Long enough for anything that should happen at once, on a loaded machine.
const SOON: Duration = Duration::from_secs(30);

/// A PBX with phones, Vigie linked to it, and somebody who looks. Torn down in this order.
struct Floor {
    looks: Follower,
    vigie: Server,
    phones: Phones,
    pbx: Asterisk,
}

impl Floor {
    /// Phones of that name ring until they are told to answer; Vigie is live when this returns.
    fn open(version: Version, phones: &[&str]) -> Self {
        let pbx = Asterisk::start(version);
        let mut people = Phones::at(&pbx);
        for phone in phones {
            people.phone(phone, json!("ring"));
        }
        Self::attach(pbx, people)
    }

    /// Vigie comes to a PBX that is at work already.
    fn attach(pbx: Asterisk, phones: Phones) -> Self {
        Self::attach_with(pbx, phones, &[])
    }

    /// The same, with files of settings.
    fn attach_with(pbx: Asterisk, phones: Phones, files: &[(&str, &str)]) -> Self {
        let port = pbx.port("ami").to_string();
        let account = [
            ("AMI_HOST", "127.0.0.1"),
            ("AMI_PORT", &port),
            ("AMI_USERNAME", "vigie"),
            ("AMI_SECRET", "vigie"),
        ];
        let vigie = Server::start(&account, files);
        Self::look(pbx, phones, vigie)
    }

    fn look(pbx: Asterisk, phones: Phones, vigie: Server) -> Self {
        let looks = Follower::follow(&vigie.address);
        looks.until("a live link", SOON, |board| (board.pbx()["link"] == "live").then_some(()));
        Self { looks, vigie, phones, pbx }
    }

    /// `PJSIP/1001` on 22, `SIP/1001` on 16.
    fn endpoint(&self, name: &str) -> String {
        format!("{}/{name}", self.pbx.version.tech())
    }

    /// 1001 calls 1002 and they talk: the dialogs are `caller` and `callee`. Gives the call's id on the board.
    fn two_talk(&mut self) -> String {
        self.phones.dial("1001", "1002", "caller");
        self.phones.take("1002", "callee");
        self.phones.answer("callee");
        self.phones.wait("caller", "up");
        self.looks.until("a call that talks", SOON, |board| {
            board
                .calls()
                .find(|call| call["phase"] == "talking")
                .map(|call| call["id"].as_str().unwrap_or("").to_owned())
        })
    }

    /// A verb that is done: what it answered.
    fn done(&self, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let (status, answer) = self.vigie.post(path, body);
        assert_eq!(status, 200, "{path} {body}: {answer}");
        answer
    }

    /// A verb that is refused: with which status, by which name.
    fn refused(&self, path: &str, body: &serde_json::Value) -> (u16, String) {
        let (status, answer) = self.vigie.post(path, body);
        (status, answer["error"].as_str().unwrap_or("").to_owned())
    }

    /// Until these two phones talk with each other.
    fn until_talking(&self, one: &str, other: &str) {
        let pair = [self.endpoint(one), self.endpoint(other)];
        self.looks.until(&format!("{one} and {other} talking"), SOON, |board| {
            board.calls().find_map(|call| {
                let legs = call["legs"].as_array()?;
                let id_of = |endpoint: &String| {
                    let up = |leg: &&serde_json::Value| {
                        leg["endpoint"] == endpoint.as_str() && leg["phase"] == "up"
                    };
                    legs.iter().find(up).map(|leg| leg["uniqueid"].clone())
                };
                let ids = [id_of(&pair[0])?, id_of(&pair[1])?];
                let both = |group: &serde_json::Value| {
                    group.as_array().is_some_and(|g| g.len() == 2 && ids.iter().all(|id| g.contains(id)))
                };
                call["talking"].as_array()?.iter().any(both).then_some(())
            })
        });
    }

    /// The channel of a phone's only leg.
    fn channel_of(&self, phone: &str) -> String {
        let endpoint = self.endpoint(phone);
        self.looks.until(&format!("a leg of {endpoint}"), SOON, |board| {
            board
                .channels()
                .into_iter()
                .map(|(channel, _)| channel)
                .find(|channel| channel.starts_with(&format!("{endpoint}-")))
        })
    }

    /// The board has the channels that Asterisk has.
    fn channels_agree(&self) {
        self.pbx.until_channels(&self.looks.now().channels());
    }

    /// Nothing is left: on the phones' side, in Asterisk, on the board and over REST.
    fn all_is_quiet(&self) {
        self.looks.until("a board without calls", SOON, |board| (board.calls().count() == 0).then_some(()));
        self.pbx.until_channels(&[]);
        self.rest_agrees();
    }

    /// The snapshot over REST is, row by row, what the WebSocket's changes have led to.
    fn rest_agrees(&self) {
        for _ in 0..50 {
            let (status, snapshot) = self.vigie.get("/api/board");
            assert_eq!(status, 200);
            let seq = snapshot["seq"].as_u64();
            let followed = self.looks.until("the snapshot's number", SOON, |board| {
                (Some(board.seq) >= seq).then(|| board.clone())
            });
            if Some(followed.seq) == seq {
                for table in TABLES {
                    let mut rows: Vec<_> = snapshot[table].as_array().cloned().unwrap_or_default();
                    rows.sort_by_key(|row| text(&row["id"]));
                    let ours: Vec<_> = followed.rows(table).cloned().collect();
                    assert_eq!(rows, ours, "{table} at {seq:?}: REST, then WebSocket");
                }
                return;
            }
        }
        panic!("the board never stood still between a snapshot and its number");
    }
}

/// Each story as two tests, one for each Asterisk.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => {
        mod asterisk_22 {
            $(#[test]
            #[ignore = "needs a real Asterisk: ./test runs it"]
            fn $story() {
                super::$story(crate::support::asterisk::Version::V22);
            })+
        }
        mod asterisk_16 {
            $(#[test]
            #[ignore = "needs a real Asterisk: ./test runs it"]
            fn $story() {
                super::$story(crate::support::asterisk::Version::V16);
            })+
        }
    };
}
use on_both;
