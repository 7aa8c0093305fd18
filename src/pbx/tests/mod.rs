//! What the built-in PBX sends, held against captures of a real Asterisk 22, so that it does not
//! drift: the headers of each message ([`shapes`]), the order of a channel's events in each kind
//! of call ([`scenarios`]), the words of answers ([`words`]); and that what it lists is what it
//! told ([`told_and_listed`]); the dialogue of FastAGI, against transcripts ([`led`]), and what it runs ([`led_runs`]).

mod led;
mod led_runs;
mod load;
mod scenarios;
mod shapes;
mod told_and_listed;
mod verbs;
mod words;

use asterisk::ami::{Decoder, Frame, Limits, Message};
use bytes::BytesMut;

use super::exchange::Exchange;
use super::floor::{self, Size};
use super::life::{Life, Pace};
use super::reply::{Reply, Spoil};
use super::request::{Request, Requests};
use super::rng::Rng;
use super::session::BANNER;
use super::truth::{ChanRef, EndpointId, Micros, Strategy};
use super::{Settings, actions};

const START: Micros = 1_795_224_414_000_000;

/// A floor of the usual size, so many seconds into its day, all of it in its stream.
fn lived(seed: u64, seconds: u64) -> Life {
    let size = Size { seed, ..Settings::default().size };
    let mut life = Life::new(START, &size, Pace::default());
    life.advance(START + seconds * 1_000_000);
    life
}

fn messages(bytes: &[u8]) -> Vec<Message> {
    let mut buffer = BytesMut::from(BANNER);
    buffer.extend_from_slice(bytes);
    let mut decoder = Decoder::new(Limits::default());
    let mut messages = Vec::new();
    while let Some(frame) = decoder.next(&mut buffer).unwrap() {
        if let Frame::Message(message) = frame {
            messages.push(message);
        }
    }
    assert!(buffer.is_empty(), "{} bytes are no message", buffer.len());
    messages
}

/// The lab of the captures: phones 1001 to 1006, `support` and `sales`, trunk A and B.
struct Lab {
    x: Exchange,
}

impl Lab {
    fn new() -> Self {
        let mut x = Exchange::new(START, 1);
        let mut rng = Rng::new(1);
        floor::furnish(&mut x, &Size { agents: 0, queues: 2, trunks: 2, seed: 1 });
        let people =
            ["Alice Martin", "Bruno Petit", "Chloé Durand", "David Leroy", "Emma Roux", "Fabien Noël"];
        for (i, person) in people.into_iter().enumerate() {
            let phone = floor::add_phone(&mut x, &(1001 + i).to_string(), person, "paris", &mut rng);
            if let Some((queue, penalty)) = [(0, 0), (0, 1), (0, 5), (1, 0), (1, 0)].get(i) {
                floor::join(&mut x, phone, *queue, person, *penalty, 1_795_224_409);
            }
        }
        for (nth, (name, strategy, ring_s, max_wait_s)) in
            [("support", Strategy::RingAll, 10, 30), ("sales", Strategy::LeastRecent, 6, 6)]
                .into_iter()
                .enumerate()
        {
            let q = &mut x.truth.queues[nth];
            (q.name, q.strategy, q.ring_s, q.max_wait_s, q.wrapup_s) =
                (name.into(), strategy, ring_s, max_wait_s, 3);
        }
        x.out.clear();
        Self { x }
    }

    fn phone(&self, name: &str) -> EndpointId {
        self.x.truth.endpoint_named(name).unwrap()
    }

    fn dials(&mut self, from: &str, exten: &str) -> ChanRef {
        self.x.phone_dials(self.phone(from), exten).unwrap()
    }

    fn trunk_calls(&mut self, did: &str) -> ChanRef {
        let caller = super::truth::Party::new("0612345678", "");
        self.x.trunk_brings(self.phone("trunk-a"), caller, did).unwrap()
    }

    /// The newest channel of that phone.
    fn leg(&self, of: &str) -> ChanRef {
        *self.x.truth.endpoint(self.phone(of)).unwrap().channels.last().unwrap()
    }

    fn wait(&mut self, seconds: f64) {
        let now = self.x.now();
        self.x.advance(now + (seconds * 1e6) as u64);
    }

    /// What an action is answered.
    fn act(&mut self, action: &str) -> Vec<Message> {
        let mut requests = Requests::default();
        requests.push(action.as_bytes());
        requests.push(b"\r\n");
        let request: Request = requests.take().unwrap().unwrap();
        let mut reply = Reply::new("a1", Spoil::default());
        actions::perform(&mut self.x, &request, &mut reply);
        messages(&reply.into_bytes())
    }

    fn name(&self, of: ChanRef) -> String {
        self.x.truth.chan(of).unwrap().name.to_string()
    }
}

#[test]
fn others_are_listened_to_only_with_a_secret_of_its_own() {
    let at = |listen: &str, secret: &str| {
        let mut settings = Settings { listen: listen.parse().unwrap(), ..Settings::default() };
        settings.account.secret = secret.to_owned();
        super::not_for_everybody(&settings)
    };
    let refused = at("0.0.0.0:5138", "vigie").unwrap_err();
    assert!(refused.contains("VIGIE_PBX_SECRET") && !refused.contains("`vigie`"), "{refused}");
    assert!(at("[::]:5138", "vigie").is_err() && at("192.0.2.1:5138", "vigie").is_err());
    assert!(at("0.0.0.0:5138", "of its own").is_ok());
    assert!(at("127.0.0.1:5138", "vigie").is_ok() && at("[::1]:5138", "vigie").is_ok());
}

#[test]
fn the_same_seed_gives_the_same_life_byte_for_byte() {
    let (one, two) = (lived(7, 600), lived(7, 600));
    assert!(one.exchange.out.bytes() == two.exchange.out.bytes());
    assert!(one.exchange.out.bytes() != lived(8, 600).exchange.out.bytes());
}

#[test]
fn a_life_lived_in_small_steps_is_the_same_life() {
    let whole = lived(7, 300);
    let mut steps = Life::new(START, &Size { seed: 7, ..Settings::default().size }, Pace::default());
    for ms in (0..=300_000).step_by(10) {
        steps.advance(START + ms * 1_000);
    }
    assert!(whole.exchange.out.bytes() == steps.exchange.out.bytes());
}

#[test]
fn the_usual_floor_is_at_work_and_tells_something_within_its_first_second() {
    let mut life = Settings::default().floor(START);
    assert!(life.calls_live() >= 5, "{} calls", life.calls_live());
    assert!(life.exchange.out.marks().is_empty(), "what was before is not told");
    life.advance(START + 1_000_000);
    assert!(!life.exchange.out.marks().is_empty());
}
