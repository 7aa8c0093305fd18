//! The core beside which `agi` runs: a PBX of the lab told it the callers' calls over AMI, and what it journals is stored.

use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actors::registry::Registry;
use actors::view::Table;
use serde::Serialize;

use crate::child::Child;
use crate::product::Product;

/// What is stored is stored in batches: nothing new for so long, and it is over.
const CALM: Duration = Duration::from_millis(700);
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the database lives; gone with this.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("vigie-lab-agi-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // its server ends with this process
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What came of what was journalled.
#[derive(Default, Serialize)]
pub(crate) struct Journalled {
    /// Facts that the database has.
    pub(crate) written: u64,
    /// Facts that came faster than it takes them.
    pub(crate) lost: u64,
}

enum Order {
    /// Answered when nothing happens any more.
    Settle(Sender<Result<(), String>>),
    Stop(Sender<Journalled>),
}

/// A running core, on a thread of its own.
pub(crate) struct Whole {
    /// Where its calls are told.
    pub(crate) registry: Registry,
    orders: tokio::sync::mpsc::UnboundedSender<Order>,
    thread: Option<JoinHandle<()>>,
}

impl Whole {
    /// Starts it, with so many callers on the floor.
    pub(crate) fn start(callers: usize, database: Option<&Folder>) -> Result<Self, String> {
        let (orders, mut inbox) = tokio::sync::mpsc::unbounded_channel();
        let (told, tells) = mpsc::channel();
        let folder = database.map(|folder| folder.0.clone());
        let thread = std::thread::spawn(move || {
            actix::System::new().block_on(async move {
                let started = open(callers, folder).await;
                let (mut peer, product) = match started {
                    Ok((peer, product)) => {
                        let _ = told.send(Ok(product.core.registry.clone()));
                        (peer, product)
                    }
                    Err(why) => {
                        let _ = told.send(Err(why));
                        return;
                    }
                };
                while let Some(order) = inbox.recv().await {
                    match order {
                        // who waits is there until it is answered
                        Order::Settle(answer) => drop(answer.send(product.calm().await)),
                        Order::Stop(answer) => {
                            let _ = peer.tell("end");
                            let _ = answer.send(product.journalled());
                            return product.core.stop().await;
                        }
                    }
                }
            });
        });
        let registry = tells.recv().map_err(|_| "the core's thread ended".to_owned())??;
        Ok(Self { registry, orders, thread: Some(thread) })
    }

    /// Returns when all that was told is shown and stored.
    pub(crate) fn settled(&self) -> Result<(), String> {
        self.answer(Order::Settle).ok_or("the core's thread ended")?
    }

    /// Ends it.
    pub(crate) fn stop(mut self) -> Journalled {
        let journalled = self.answer(Order::Stop).unwrap_or_default();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        journalled
    }

    fn answer<T>(&self, order: fn(Sender<T>) -> Order) -> Option<T> {
        let (answer, answered): (Sender<T>, Receiver<T>) = mpsc::channel();
        self.orders.send(order(answer)).ok()?;
        answered.recv().ok()
    }
}

async fn open(callers: usize, folder: Option<PathBuf>) -> Result<(Child, Product), String> {
    let mut peer = Child::peer(&["--calls=1".to_owned()])?;
    let product = Product::storing(&peer, folder).await?;
    product.until("the database", Product::keeps).await?;
    product.sent(&mut peer, &format!("callers {callers}")).await?;
    let live = product.core.board.len(Table::Calls);
    if live < callers {
        return Err(format!("of {callers} calls only {live} are on the floor"));
    }
    product.calm().await?;
    Ok((peer, product))
}

impl Product {
    /// Its database can be asked, where it has one.
    fn keeps(&self) -> bool {
        self.core.flows.as_ref().is_none_or(|flows| flows.now().is_some())
    }

    fn journalled(&self) -> Journalled {
        let Some(past) = &self.core.past else { return Journalled::default() };
        let figures = past.figures();
        Journalled { written: figures.written.load(Relaxed), lost: figures.lost.load(Relaxed) }
    }

    /// Waits until nothing more is published and stored.
    async fn calm(&self) -> Result<(), String> {
        let state = || (self.core.board.seq(), self.core.board.dirty(), self.journalled().written);
        let (began, mut last, mut since) = (Instant::now(), state(), Instant::now());
        while since.elapsed() < CALM {
            if began.elapsed() > PATIENCE {
                return Err(format!("waited {PATIENCE:?} for what happened to be shown and stored"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = state();
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
        Ok(())
    }
}
