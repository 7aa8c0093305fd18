//! Callers in AsyncAGI against a PBX that loses, forges, refuses and forgets: F01, F42, S11.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Context, Handler, Recipient, ResponseFuture};
use actors::ivr::End;
use actors::ports::{ActionFailure, Answer, SendAction};
use actors::supervision::Node;
use actors::view::LinkPhase;
use serde_json::json;
use vigie::links::agi::{Counters, Guide, by_ami};

use crate::support::ami::Ami;
use crate::support::flows::OneFlow;
use crate::support::link::{LinkUnderTest, config};

const SOON: Duration = Duration::from_secs(20);

/// A PBX, its link, and who serves callers there.
struct Stage {
    pbx: Ami,
    link: LinkUnderTest,
    flows: Arc<OneFlow>,
    root: Arc<Node>,
    counters: Arc<Counters>,
}

/// A command as the PBX took it: the channel, the command, its name.
type Asked = (String, String, String);

impl Stage {
    async fn with(pbx: Ami) -> Self {
        Self::through(pbx, |actions| actions).await
    }

    /// What is sent goes through that first.
    async fn through(pbx: Ami, by: impl FnOnce(Recipient<SendAction>) -> Recipient<SendAction>) -> Self {
        let flows = OneFlow::of(
            &json!([
                ["s", "start", {}],
                ["hello", "media", {"prompt": "hello-world"}],
                ["desk", "transfer", {"number": "1002"}],
                ["bye", "hangup", {}]
            ]),
            &json!([["s", "out", "hello"], ["hello", "out", "desk"], ["desk", "out", "bye"]]),
        );
        let link = LinkUnderTest::start(&config(pbx.port));
        let root = Node::root("test");
        let guide: Arc<dyn Guide> = flows.clone();
        let line = link.line();
        let line = by_ami::Line { actions: by(line.actions.clone()), ..line };
        let (_, counters) = by_ami::serve(vec![line], &guide, &root).expect("it serves");
        let mut stage = Self { pbx, link, flows, root, counters };
        stage.live().await;
        stage
    }

    async fn live(&mut self) {
        self.link.until("a live link", SOON, |link| link.phase() == LinkPhase::Live).await;
    }

    /// Whether that command is still under way is asked; gives the name of what asks.
    async fn doubted(&mut self, id: &str) -> String {
        let Self { pbx, link, .. } = self;
        let then = format!("{id}-then");
        let so = || asked(pbx).into_iter().any(|(_, command, own)| command == "NOOP" && own == then);
        link.until("a doubt", SOON, |_| so()).await;
        then
    }

    /// The n-th command for that channel that does something; gives its name.
    async fn asked(&mut self, uniqueid: &str, n: usize, begins: &str) -> String {
        let Self { pbx, link, .. } = self;
        let does = |(of, command, _): &Asked| of == uniqueid && command != "NOOP";
        let nth = || asked(pbx).into_iter().filter(does).nth(n);
        link.until(begins, SOON, |_| nth().is_some()).await;
        let (_, command, id) = nth().expect("it was there");
        assert!(command.starts_with(begins), "{command}, expected {begins}");
        id
    }

    async fn ended(&mut self, n: usize) -> End {
        let Self { link, flows, .. } = self;
        link.until("an end", SOON, |_| flows.how_many_ended() > n).await;
        flows.ended(n).end
    }

    /// Asterisk says that of a channel.
    fn says(&self, event: &str, uniqueid: &str, more: &str) {
        let chan =
            format!("Channel: SIP/1-{uniqueid}\nChannelState: 6\nUniqueid: {uniqueid}\nLinkedid: {uniqueid}");
        self.pbx.event(&format!("Event: {event}\nPrivilege: agi,all\n{chan}{more}"));
    }

    fn begins(&self, uniqueid: &str, more: &str) {
        let lines = format!(
            "agi_request: async\nagi_channel: SIP/1\nagi_uniqueid: {uniqueid}\nagi_extension: 790\n{more}\n\n"
        );
        let env = lines.replace(' ', "%20").replace('\n', "%0A");
        self.says("AsyncAGIStart", uniqueid, &format!("\nEnv: {env}"));
    }

    fn answers(&self, uniqueid: &str, id: &str, result: &str) {
        let more = format!("\nResult: 200%20result%3D{result}%0A\nCommandId: {id}");
        self.says("AsyncAGIExec", uniqueid, &more);
    }

    /// That one is answered, and hears the first node; gives the name of that command.
    async fn hears(&mut self, uniqueid: &str) -> String {
        self.begins(uniqueid, "");
        let answer = self.asked(uniqueid, 0, "ANSWER").await;
        self.answers(uniqueid, &answer, "0");
        self.asked(uniqueid, 1, "STREAM FILE hello-world ").await
    }
}

/// Takes every command but the first that begins so, which it never sends.
struct Crowded {
    to: Recipient<SendAction>,
    begins: &'static str,
    refused: bool,
}

impl Actor for Crowded {
    type Context = Context<Self>;
}

impl Handler<SendAction> for Crowded {
    type Result = ResponseFuture<Result<Answer, ActionFailure>>;

    fn handle(&mut self, sent: SendAction, _: &mut Context<Self>) -> Self::Result {
        let is_it = sent.action.get("Command").is_some_and(|command| command.starts_with(self.begins));
        if is_it && !std::mem::replace(&mut self.refused, true) {
            return Box::pin(async { Err(ActionFailure::Busy) });
        }
        let answer = self.to.send(sent);
        Box::pin(async move { answer.await.unwrap_or(Err(ActionFailure::LinkDown)) })
    }
}

#[actix_web::test]
async fn f01_what_was_never_sent_is_sent_and_nobody_is_taken_for_connected() {
    let crowded = |to| Crowded { to, begins: "EXEC ", refused: false }.start().recipient();
    let mut stage = Stage::through(Ami::start(), crowded).await;
    let heard = stage.hears("1.1").await;
    stage.answers("1.1", &heard, "0");
    stage.asked("1.1", 2, "EXEC Dial ").await;
    assert!(
        asked(&stage.pbx).iter().all(|(_, command, _)| command != "NOOP"),
        "there is nothing to ask after"
    );
}

#[actix_web::test]
async fn f42_who_cannot_be_let_go_is_let_go_later() {
    let crowded = |to| Crowded { to, begins: "ASYNCAGI ", refused: false }.start().recipient();
    let mut stage = Stage::through(Ami::start(), crowded).await;
    stage.begins("1.1", "agi_uniqueid: 1.2");
    stage.asked("1.1", 0, "ASYNCAGI BREAK").await;
    assert_eq!(stage.counters.outcomes_over_ami()[2..], [("freed", 1), ("stuck", 1)]);
}

#[actix_web::test]
async fn f01_who_was_being_connected_while_the_link_was_away_is_not_said_to_have_given_up() {
    let mut stage = Stage::with(Ami::start()).await;
    let heard = stage.hears("1.1").await;
    stage.answers("1.1", &heard, "0");
    stage.asked("1.1", 2, "EXEC Dial ").await;
    // one listing says it alone: his own channel is asked
    stage.pbx.set(|s| s.gone = vec!["1.1"]);
    stage.pbx.close();
    let end = stage.ended(0).await;
    assert!(matches!(&end, End::Failed(why) if why.contains("not known")), "{end:?}");
}

fn asked(pbx: &Ami) -> Vec<Asked> {
    let of = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_default().to_owned()
    };
    let texts = pbx.texts();
    let agi = texts.iter().filter(|text| of(text, "Action") == "AGI");
    agi.map(|text| (of(text, "Channel"), of(text, "Command"), of(text, "CommandID"))).collect()
}

#[actix_web::test]
async fn f01_an_answer_that_went_with_the_link_is_found_out_and_nobody_is_connected_twice() {
    let mut stage = Stage::with(Ami::start()).await;
    let unheard = stage.hears("1.1").await;
    let lost = stage.hears("1.2").await;
    stage.pbx.set(|s| (s.channels, s.gone) = (vec!["1.1".into()], vec!["1.2"]));
    stage.pbx.close();
    // 1.2 hung up meanwhile; whether 1.1 still hears it is asked by what is answered after it
    assert_eq!(stage.ended(0).await, End::Abandoned);
    let then = stage.doubted(&unheard).await;
    stage.answers("1.1", &then, "0");
    let again = stage.asked("1.1", 2, "STREAM FILE hello-world ").await;
    stage.answers("1.1", &then, "0");
    stage.answers("1.1", &lost, "0");
    stage.answers("1.1", &again, "0");
    let dial = stage.asked("1.1", 3, "EXEC Dial ").await;
    stage.live().await;
    stage.pbx.close();
    let then = stage.doubted(&dial).await;
    stage.answers("1.1", &then, "0");
    stage.asked("1.1", 4, "GET VARIABLE DIALSTATUS").await;
    // who was with somebody when he went had been connected
    stage.says("BridgeEnter", "1.1", "\nBridgeUniqueid: b");
    stage.says("AsyncAGIEnd", "1.1", "");
    assert_eq!(stage.ended(1).await, End::Connected);
}

#[actix_web::test]
async fn f42_who_is_nobodys_goes_back_to_the_dialplan_and_another_programs_is_left_alone() {
    let pbx = Ami::start();
    pbx.set(|s| {
        s.channels = ["1.1", "1.2", "1.3"].map(str::to_owned).to_vec();
        s.in_agi = vec![("1.1", "agi:async"), ("1.2", "agi:async,app"), ("1.3", "agi://host")];
    });
    let mut stage = Stage::with(pbx).await;
    stage.asked("1.1", 0, "ASYNCAGI BREAK").await;
    // what another process of ours had sent is over now
    stage.answers("1.4", "vigie-of-old-1-7", "0");
    stage.asked("1.4", 0, "ASYNCAGI BREAK").await;
    stage.answers("1.5", "of-another-program", "0");
    stage.begins("1.6", "agi_arg_1: app");
    // one of two breaks off
    stage.hears("1.7").await;
    let part = || stage.root.parts().iter().flat_map(|part| part.workers()).collect::<Vec<_>>();
    let caller = part().into_iter().find(|worker| worker.name().starts_with("async-ivr/")).expect("1.7");
    let heard = stage.hears("1.8").await;
    assert!(stage.root.kill_one(caller.id()));
    stage.asked("1.7", 2, "ASYNCAGI BREAK").await;
    assert!(matches!(stage.ended(0).await, End::Failed(_)));
    stage.answers("1.8", &heard, "0");
    stage.asked("1.8", 2, "EXEC Dial ").await;
    let strangers = ["1.2", "1.3", "1.5", "1.6"];
    assert!(asked(&stage.pbx).iter().all(|(of, ..)| !strangers.contains(&of.as_str())));
}

#[actix_web::test]
async fn s11_a_forged_answer_is_believed_in_nothing_and_a_refusal_ends_the_walk() {
    let mut stage = Stage::with(Ami::start()).await;
    let heard = stage.hears("1.1").await;
    let forged = format!("\nResult: 200%20result%3D49%0A\nResult: 200%20result%3D0%0A\nCommandId: {heard}");
    stage.says("AsyncAGIExec", "1.1", &forged);
    stage.asked("1.1", 2, "ASYNCAGI BREAK").await;
    assert!(matches!(stage.ended(0).await, End::Failed(_)));
    // no name of a command can be guessed
    let heard = stage.hears("1.2").await;
    stage.answers("1.2", "vigie-", "0");
    stage.answers("1.2", &format!("{heard}0"), "0");
    stage.answers("1.2", &heard, "-1");
    stage.asked("1.2", 2, "CHANNEL STATUS").await;
    assert_eq!(stage.flows.may_send(), Some(true));
    stage.pbx.set(|s| s.denied = vec!["AGI"]);
    stage.begins("1.3", "");
    let end = stage.ended(1).await;
    assert!(matches!(&end, End::Failed(why) if why.contains("write = agi")), "{end:?}");
    assert_eq!(stage.flows.may_send(), Some(false), "which is an alarm");
}
