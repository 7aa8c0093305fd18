//! `isolation`: panics in actors under load, and whether anybody else noticed.
//!
//! 10,000 live calls and 2,000 events a second on the real link, router, actors, board and pages.
//! Each run makes some actors panic, 500 a second at most, and compares the calls on the board with
//! the oracle after every second of stream. The panics are those of the feature `fault-injection`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use actors::board::LATENCY_BUCKETS_US;
use actors::command::{CallAct, ChannelName, Command, Refusal};
use actors::supervision::{fault, take_recovery_times_us};
use actors::view::{Table, View};
use serde::Serialize;

use crate::child::Child;
use crate::mirror::Mirror;
use crate::product::Product;
use crate::template::{self, Template};
use crate::wsclient::Client;
use crate::{oracle, usage};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Live calls.
    #[arg(long, default_value_t = 10_000)]
    calls: usize,
    /// Calls made to panic, one run each.
    #[arg(long, value_delimiter = ',', default_value = "1,10,100,1000,5000")]
    panics: Vec<usize>,
    /// Seed of the stream and of the choice of victims.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Events a second.
    #[arg(long, default_value_t = 2_000)]
    rate: u64,
    /// Dashboards connected meanwhile.
    #[arg(long, default_value_t = 20)]
    clients: usize,
    /// JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// One run.
#[derive(Debug, Serialize)]
struct Run {
    kind: &'static str,
    panics: usize,
    restarts: usize,
    /// Actors that used up their budget: their last state stands on the board, marked.
    set_aside: usize,
    others_disturbed: usize,
    events_delayed: u64,
    sockets_closed: u64,
    messages_lost: u64,
    restart_p50_ms: f64,
    restart_p99_ms: f64,
    differences_from_oracle: usize,
}

#[derive(Serialize)]
struct Report {
    machine: String,
    calls: usize,
    rate: u64,
    seed: u64,
    baseline_p99_ms: f64,
    runs: Vec<Run>,
}

const PANICS_A_SECOND: usize = 500;
/// Enough for a call to use up its budget.
const EVENTS_OF_A_CALL: u64 = 40;
/// Events after which a call surely has work to do.
const ROUSING: [&str; 6] = ["Newstate", "BridgeEnter", "BridgeLeave", "DialBegin", "DialEnd", "Hangup"];

/// Runs every size, then one call ten times, then each other kind of actor.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let templates = template::load()?;
    let peer_arguments =
        [format!("--calls={}", args.calls), format!("--seed={}", args.seed), format!("--rate={}", args.rate)];
    let peer = Child::peer(&peer_arguments)?;
    let report = actix::System::new().block_on(async {
        let mut bench = Bench::start(args, &templates, peer).await?;
        let baseline_p99_ms = bench.baseline().await?;
        let mut runs = Vec::new();
        for panics in &args.panics {
            runs.push(bench.calls(*panics).await?);
        }
        runs.push(bench.one_call_again_and_again().await?);
        for kind in ["agent", "queue", "trunk", "router"] {
            runs.push(bench.kind(kind).await?);
        }
        runs.push(bench.registry().await?);
        bench.stop().await?;
        Ok::<_, String>(Report {
            machine: usage::machine(),
            calls: args.calls,
            rate: args.rate,
            seed: args.seed,
            baseline_p99_ms,
            runs,
        })
    })?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?);
    } else {
        println!(
            "{}; {} calls, {} events/s; baseline p99 {} ms",
            report.machine, report.calls, report.rate, report.baseline_p99_ms
        );
        for run in &report.runs {
            println!("{run:?}");
        }
    }
    Ok(())
}

struct Bench<'a> {
    args: &'a Args,
    peer: Child,
    mirror: Mirror<'a>,
    product: Product,
    server: vigie::http::Running,
    closed: Arc<AtomicU64>,
    sent: u64,
    late_after_us: u64,
    /// Calls that panicked already: a second time soon after would be slowed by the back-off.
    used: BTreeSet<String>,
    /// Calls set aside by a run: left out of the comparison from then on.
    aside: BTreeSet<String>,
}

impl<'a> Bench<'a> {
    async fn start(args: &'a Args, templates: &'a [Template], mut peer: Child) -> Result<Self, String> {
        let (product, server) = Product::serve(&peer).await?;
        let mirror = Mirror::new(templates, args.calls, args.seed);
        let sent = product.sent(&mut peer, "ramp").await?;
        let closed = Arc::new(AtomicU64::new(0));
        for _ in 0..args.clients {
            let mut client = Client::connect(server.addr).await?;
            let closed = closed.clone();
            actix::spawn(async move {
                while client.frame(|_| ()).await.is_ok() {}
                closed.fetch_add(1, Relaxed);
            });
        }
        let (used, aside) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { args, peer, mirror, product, server, closed, sent, late_after_us: u64::MAX, used, aside })
    }

    /// Five seconds without faults: how late a row is published at worst, 1 in 100 aside.
    async fn baseline(&mut self) -> Result<f64, String> {
        let before = self.delays();
        for _ in 0..5 {
            self.second(&BTreeSet::new()).await?;
        }
        let counts: Vec<u64> = self.delays().iter().zip(before).map(|(now, then)| now - then).collect();
        let all: u64 = counts.iter().sum();
        let mut seen = 0;
        let bucket = counts.iter().position(|n| {
            seen += n;
            seen * 100 >= all * 99
        });
        let p99_us = bucket.and_then(|n| LATENCY_BUCKETS_US.get(n)).copied().unwrap_or(u64::MAX / 2);
        self.late_after_us = p99_us + 50_000;
        Ok(p99_us as f64 / 1000.0)
    }

    /// `panics` calls, each on its next event.
    async fn calls(&mut self, panics: usize) -> Result<Run, String> {
        let mut run = self.begin("call", panics);
        while run.victims.len() < panics {
            let n = (panics - run.victims.len()).min(PANICS_A_SECOND);
            run.seconds.push(self.second_with_victims(n, &mut run.victims).await?);
        }
        self.end(run).await
    }

    /// One call on each of its events, until it is set aside.
    async fn one_call_again_and_again(&mut self) -> Result<Run, String> {
        let mut run = self.begin("call, ten times", 10);
        let slot = self.args.calls / 2;
        let victim = self.mirror.linkedid(slot);
        let fault = fault::set(&format!("panic:call@{victim}"))?;
        self.aside.insert(victim);
        self.peer.tell(&format!("slot {slot} {EVENTS_OF_A_CALL}"))?;
        self.peer.expect("rendered")?;
        self.mirror.steps_of(slot, EVENTS_OF_A_CALL);
        let disturbed = self.send(EVENTS_OF_A_CALL, &run.victims).await?;
        drop(fault);
        run.seconds.push(disturbed);
        self.end(run).await
    }

    /// One actor of another kind, on its next message.
    async fn kind(&mut self, kind: &'static str) -> Result<Run, String> {
        let mut run = self.begin(kind, 1);
        let fault = fault::set(&format!("panic:{kind}#1"))?;
        for _ in 0..2 {
            run.seconds.push(self.second(&run.victims).await?);
        }
        drop(fault);
        self.end(run).await
    }

    /// The registry, on a command that is then carried out all the same.
    async fn registry(&mut self) -> Result<Run, String> {
        let mut run = self.begin("registry", 1);
        let fault = fault::set("panic:registry#1")?;
        let channel = ChannelName::parse("PJSIP/nobody-00000000").map_err(|e| e.to_string())?;
        let command = Command::channel(channel, CallAct::Hangup { cause: 16 });
        let answer = self.product.core.registry.command(command).await;
        run.unanswered = u64::from(!matches!(answer, Err(Refusal::NoSuchChannel)));
        run.seconds.push(self.second(&run.victims).await?);
        drop(fault);
        self.end(run).await
    }

    fn set_aside(&self) -> usize {
        let alarms = self.product.core.board.lines(Table::Alarms);
        let aside = |view: &View| matches!(view, View::Alarm(alarm) if alarm.kind == "actor_set_aside");
        alarms.iter().filter(|line| aside(&line.view)).count()
    }

    fn begin(&self, kind: &'static str, panics: usize) -> Begun {
        take_recovery_times_us();
        Begun {
            kind,
            panics,
            victims: BTreeSet::new(),
            seconds: Vec::new(),
            delays: self.delays(),
            closed: self.closed.load(Relaxed),
            lost: self.lost(),
            set_aside: self.set_aside(),
            unanswered: 0,
        }
    }

    async fn end(&mut self, begun: Begun) -> Result<Run, String> {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut times = take_recovery_times_us();
        times.sort_unstable();
        let at = |share: f64| {
            let index = ((times.len() as f64 * share).ceil() as usize).saturating_sub(1);
            times.get(index).map_or(0.0, |us| f64::from(*us) / 1000.0)
        };
        let late: u64 = self
            .delays()
            .iter()
            .zip(begun.delays)
            .enumerate()
            .filter(|(n, _)| {
                n.checked_sub(1).is_some_and(|below| LATENCY_BUCKETS_US[below] >= self.late_after_us)
            })
            .map(|(_, (now, then))| now - then)
            .sum();
        let link = u64::from(!self.product.is_live());
        Ok(Run {
            kind: begun.kind,
            panics: begun.panics,
            restarts: times.len(),
            set_aside: self.set_aside().saturating_sub(begun.set_aside),
            others_disturbed: begun.seconds.iter().sum(),
            events_delayed: late,
            sockets_closed: self.closed.load(Relaxed) - begun.closed + link,
            messages_lost: self.lost() - begun.lost + begun.unanswered,
            restart_p50_ms: at(0.5),
            restart_p99_ms: at(0.99),
            differences_from_oracle: self.differences(&BTreeSet::new()),
        })
    }

    /// A second of stream in which `n` of the calls that have work to do panic once each.
    async fn second_with_victims(
        &mut self,
        n: usize,
        victims: &mut BTreeSet<String>,
    ) -> Result<usize, String> {
        let mut candidates = BTreeSet::new();
        self.peer.render(self.args.rate)?;
        let used = &self.used;
        self.mirror.steps(self.args.rate, |event, linkedid| {
            if ROUSING.contains(&event) && !used.contains(linkedid) {
                candidates.insert(linkedid.to_owned());
            }
        });
        let mut faults = Vec::new();
        // spread over the ids, which the seed has put in an order of its own
        let stride = (candidates.len() / n.max(1)).max(1);
        for victim in candidates.iter().step_by(stride).take(n) {
            faults.push(fault::set(&format!("panic:call@{victim}#1"))?);
            victims.insert(victim.clone());
            self.used.insert(victim.clone());
        }
        let disturbed = self.send(self.args.rate, victims).await?;
        drop(faults);
        Ok(disturbed)
    }

    async fn second(&mut self, victims: &BTreeSet<String>) -> Result<usize, String> {
        self.peer.render(self.args.rate)?;
        self.mirror.steps(self.args.rate, |_, _| ());
        self.send(self.args.rate, victims).await
    }

    /// Sends what is rendered, waits until it is on the board, and counts calls that differ from the
    /// oracle, the victims aside.
    async fn send(&mut self, events: u64, victims: &BTreeSet<String>) -> Result<usize, String> {
        self.peer.tell("send")?;
        self.sent += events;
        self.product.settled(self.sent).await?;
        self.peer.expect("sent")?;
        Ok(self.differences(victims))
    }

    fn differences(&self, victims: &BTreeSet<String>) -> usize {
        let rows: Vec<_> = self
            .product
            .core
            .board
            .lines(Table::Calls)
            .iter()
            .filter_map(|line| serde_json::to_value(&*line.view).ok())
            .collect();
        let shown = oracle::lines_of_board(&serde_json::json!({ "calls": rows }));
        let expected = self.mirror.lines();
        let ids: BTreeSet<&String> = shown.keys().chain(expected.keys()).collect();
        let differs = |id: &&&String| shown.get(**id) != expected.get(**id);
        let differing: Vec<_> = ids
            .iter()
            .filter(differs)
            .filter(|id| !victims.contains(**id) && !self.aside.contains(**id))
            .collect();
        for id in differing.iter().take(3) {
            log::error!("{id}: shown {:?}, expected {:?}", shown.get(**id), expected.get(**id));
        }
        differing.len()
    }

    fn delays(&self) -> Vec<u64> {
        self.product.core.board.figures().delays().0.to_vec()
    }

    fn lost(&self) -> u64 {
        self.product.counters.undelivered() + self.product.counters.skipped()
    }

    async fn stop(mut self) -> Result<(), String> {
        self.peer.tell("end")?;
        self.server.stop().await;
        self.product.core.stop().await;
        Ok(())
    }
}

/// A run that has begun.
struct Begun {
    kind: &'static str,
    panics: usize,
    victims: BTreeSet<String>,
    seconds: Vec<usize>,
    delays: Vec<u64>,
    closed: u64,
    lost: u64,
    set_aside: usize,
    /// Commands that nobody answered as they should be.
    unanswered: u64,
}
