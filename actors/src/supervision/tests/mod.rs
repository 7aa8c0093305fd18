//! What the kernel promises, tried on toy actors.

mod faults;
mod tree;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use parking_lot::Mutex;

use super::*;

/// A till: it adds what it is given and reports each sum once.
#[derive(Debug, Clone, Default, PartialEq)]
struct Till {
    sum: u32,
    degraded: bool,
}

#[derive(Message)]
#[rtype(result = "u32")]
enum Ask {
    Add(u32),
    Panic(Arc<Mutex<u32>>),
    Fail,
    Quit,
    Sleep(Duration),
}

#[derive(Debug, Clone)]
enum Input {
    Add(u32),
    Panic(Arc<Mutex<u32>>),
}

impl Machine for Till {
    type Input = Input;
    type Out = Vec<u32>;

    fn apply(&mut self, input: &Input, out: &mut Vec<u32>) {
        match input {
            Input::Add(n) => self.sum += n,
            Input::Panic(left) => {
                self.sum += 5_000_000; // half changed
                let panics = {
                    let mut left = left.lock();
                    let now = *left > 0;
                    *left = left.saturating_sub(1);
                    now
                };
                assert!(!panics, "the till jams");
                self.sum = self.sum - 5_000_000 + 1000;
            }
        }
        out.push(self.sum);
    }
    fn name(input: &Input) -> &'static str {
        match input {
            Input::Add(_) => "Add",
            Input::Panic(_) => "Panic",
        }
    }
    fn keep(input: Input) -> Input {
        input
    }
    fn weight(_: &Input) -> usize {
        100
    }
    fn raw(input: &Input, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{input:?};").as_bytes());
    }
    fn degrade(&mut self) {
        self.degraded = true;
    }
}

type Log = Rc<RefCell<Vec<u32>>>;

struct Toy {
    meta: Arc<Meta>,
    memory: Rc<Memory<Till>>,
    till: Rc<Till>,
    again: bool,
    log: Log,
    starts: Rc<RefCell<u32>>,
    panics_in_drop: Option<Arc<Mutex<u32>>>,
}

impl Toy {
    fn work(&mut self) {
        let mut sums = Vec::new();
        self.memory.apply(&mut self.till, &mut sums);
        for sum in sums.into_iter().skip(self.memory.sent()) {
            self.memory.sending();
            self.log.borrow_mut().push(sum);
        }
        self.memory.done(&self.till);
    }
}

impl Drop for Toy {
    fn drop(&mut self) {
        if let Some(left) = &self.panics_in_drop {
            let now = *left.lock() > 0;
            *left.lock() = 0;
            assert!(!now, "the old till jams when thrown away");
        }
    }
}

impl Actor for Toy {
    type Context = Context<Self>;
    fn started(&mut self, _: &mut Context<Self>) {
        *self.starts.borrow_mut() += 1;
        if std::mem::take(&mut self.again) {
            self.memory.try_again();
            self.work();
        }
    }
}

impl Supervised for Toy {
    fn restarting(&mut self, _: &mut Context<Self>) {
        let (till, again) = self.memory.recover(&self.meta);
        *self = Self {
            till,
            again,
            meta: self.meta.clone(),
            memory: self.memory.clone(),
            log: self.log.clone(),
            starts: self.starts.clone(),
            panics_in_drop: self.panics_in_drop.clone(),
        };
    }
}

impl Handler<Ask> for Toy {
    type Result = u32;
    fn handle(&mut self, ask: Ask, ctx: &mut Context<Self>) -> u32 {
        let input = match ask {
            Ask::Add(n) => Input::Add(n),
            Ask::Panic(left) => Input::Panic(left),
            Ask::Fail => {
                self.meta.handling("Fail");
                self.meta.leave(Reason::Failure("out of paper".into()));
                ctx.stop();
                return self.till.sum;
            }
            Ask::Quit => {
                self.meta.handling("Quit");
                self.meta.leave(Reason::Quit);
                ctx.stop();
                return self.till.sum;
            }
            Ask::Sleep(time) => {
                self.meta.handling("Sleep");
                std::thread::sleep(time);
                return self.till.sum;
            }
        };
        self.meta.handling(Till::name(&input));
        if self.memory.begin(input) {
            self.work();
        } else {
            Rc::make_mut(&mut self.till).degrade();
        }
        self.till.sum
    }
}

struct Seen {
    addr: Addr<Toy>,
    meta: Arc<Meta>,
    memory: Rc<Memory<Till>>,
    log: Log,
    starts: Rc<RefCell<u32>>,
    drop_panics: Arc<Mutex<u32>>,
}

fn toy(node: &Arc<Node>, spec: Spec) -> Seen {
    let memory = Rc::new(Memory::new(Till::default()));
    let log = Log::default();
    let starts = Rc::new(RefCell::new(0));
    let drop_panics = Arc::new(Mutex::new(0));
    let (addr, meta) = start(node, spec, |_, meta| Toy {
        meta: meta.clone(),
        memory: memory.clone(),
        till: Rc::default(),
        again: false,
        log: log.clone(),
        starts: starts.clone(),
        panics_in_drop: Some(drop_panics.clone()),
    });
    Seen { addr, meta, memory, log, starts, drop_panics }
}

fn entity(node: &Arc<Node>, name: &str) -> Seen {
    toy(node, Spec::entity(Kind::Other, name))
}

fn times(n: u32) -> Arc<Mutex<u32>> {
    Arc::new(Mutex::new(n))
}

async fn until(what: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it did not happen in time");
}
