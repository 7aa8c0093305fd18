//! Workers of one half of the voice, on a thread of their own: each question goes to one that rests, or waits for one.
//!
//! A worker is begun when it is needed. One that fails is killed; its question is asked once more, of another. Who fails
//! again and again is left alone for longer and longer, and what is asked meanwhile is refused at once.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use worker::protocol::{Answer, Question};

use super::Role;
use super::process::Process;
use crate::voice::{Pending, VoiceError};

/// How many there are, and how long they are waited for.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Workers at once.
    pub workers: usize,
    /// Questions that wait for one.
    pub waiting: usize,
    /// For a worker to begin.
    pub begin: Duration,
    /// For an answer of one worker, besides an eighth of how long an utterance is.
    pub answer: Duration,
    /// The first rest of who failed twice in a row; doubled each time, up to 30 s.
    pub rest: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            workers: 2,
            waiting: 64,
            // its dictionary is read; on a loaded machine that takes longer than anywhere else
            begin: Duration::from_secs(20),
            answer: Duration::from_millis(2_500),
            rest: Duration::from_millis(200),
        }
    }
}

/// The longest rest.
const MOST_REST: Duration = Duration::from_secs(30);

/// How the workers did since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Questions.
    pub asked: u64,
    /// Of these, answered.
    pub answered: u64,
    /// Workers begun.
    pub begun: u64,
    /// Workers that failed, and were killed.
    pub killed: u64,
    /// Questions that were asked once more.
    pub again: u64,
    /// Questions that found too many waiting, or all workers left alone.
    pub refused: u64,
}

#[derive(Default)]
struct Counts {
    asked: AtomicU64,
    answered: AtomicU64,
    begun: AtomicU64,
    killed: AtomicU64,
    again: AtomicU64,
    refused: AtomicU64,
}

/// See the module. Its workers end with it.
pub struct Pool {
    jobs: mpsc::Sender<Job>,
    counts: Arc<Counts>,
}

struct Job {
    question: Question,
    to: oneshot::Sender<Result<Answer, VoiceError>>,
    is_again: bool,
}

/// A place for a worker.
#[derive(Default)]
struct Slot {
    process: Option<Process>,
    /// In a row.
    failures: u32,
    rests_until: Option<Instant>,
}

impl Pool {
    /// Begins the first worker on the pool's own thread: nobody waits for a library to be read, what is asked meanwhile does. One that
    /// cannot begin is told in the log, and begun anew when it is asked.
    ///
    /// # Errors
    /// What is missing: the program, a thread.
    pub fn start(program: &Path, role: Role, limits: Limits) -> Result<Arc<Self>, VoiceError> {
        if !program.is_file() {
            let (program, role) = (program.display(), role.word());
            return Err(VoiceError::Missing(format!("{program} {role}: there is no such program")));
        }
        let missing = |problem: std::io::Error| VoiceError::Missing(problem.to_string());
        let (jobs, taken) = mpsc::channel(limits.waiting.max(1));
        let counts = Arc::new(Counts::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(missing)?;
        let works = Works { program: program.to_owned(), role, limits, counts: counts.clone() };
        let thread = std::thread::Builder::new().name(format!("voice-{}", role.word()));
        let serves = move || {
            tokio::task::LocalSet::new().block_on(&runtime, async move {
                let mut first = Slot::default();
                match works.begin().await {
                    Ok(process) => first.process = Some(process),
                    Err(why) => works.failed(&mut first, &why),
                }
                serve(std::rc::Rc::new(works), first, taken).await;
            });
        };
        thread.spawn(serves).map_err(missing)?;
        Ok(Arc::new(Self { jobs, counts }))
    }

    /// What a worker answers; what it refuses is an error.
    pub fn ask(&self, question: Question) -> Pending<Answer> {
        self.counts.asked.fetch_add(1, Relaxed);
        let (to, answer) = oneshot::channel();
        if self.jobs.try_send(Job { question, to, is_again: false }).is_err() {
            self.counts.refused.fetch_add(1, Relaxed);
            return Box::pin(async { Err(VoiceError::Refused("too much is asked of it at once".into())) });
        }
        Box::pin(async move {
            match answer.await {
                Ok(Ok(Answer::Failed { why, .. })) => Err(VoiceError::Refused(why)),
                Ok(answer) => answer,
                Err(_) => Err(VoiceError::Refused("its workers ended".into())),
            }
        })
    }

    /// How they did.
    pub fn figures(&self) -> Figures {
        let of = |count: &AtomicU64| count.load(Relaxed);
        let Counts { asked, answered, begun, killed, again, refused } = &*self.counts;
        Figures {
            asked: of(asked),
            answered: of(answered),
            begun: of(begun),
            killed: of(killed),
            again: of(again),
            refused: of(refused),
        }
    }
}

struct Works {
    program: PathBuf,
    role: Role,
    limits: Limits,
    counts: Arc<Counts>,
}

impl Works {
    async fn begin(&self) -> Result<Process, VoiceError> {
        self.counts.begun.fetch_add(1, Relaxed);
        Process::start(&self.program, self.role, self.limits.begin).await
    }

    /// What the worker of that place answers.
    async fn ask(&self, slot: &mut Slot, question: &Question) -> Result<Answer, VoiceError> {
        let process = match &mut slot.process {
            Some(process) => process,
            none => none.insert(self.begin().await?),
        };
        let long = match question {
            Question::Speak { .. } => Duration::ZERO,
            // an eighth of a millisecond for each
            Question::Understand { sound, .. } => Duration::from_millis(sound.len() as u64 / 64),
        };
        process.ask(question, self.limits.answer + long).await
    }

    fn failed(&self, slot: &mut Slot, why: &VoiceError) {
        // dropping it kills it
        slot.process = None;
        slot.failures = slot.failures.saturating_add(1);
        let doubled = slot.failures.saturating_sub(2).min(16);
        let rest = if slot.failures < 2 { Duration::ZERO } else { self.limits.rest * 2_u32.pow(doubled) };
        slot.rests_until = Some(Instant::now() + rest.min(MOST_REST));
        self.counts.killed.fetch_add(1, Relaxed);
        let (role, failures) = (self.role.word(), slot.failures);
        log::error!("a worker that shall {role} failed, {failures} in a row, and is replaced: {why}");
    }
}

/// Whose place it is after a question, and the question if it is asked again.
type Served = (Slot, Option<Job>);

async fn serve(works: std::rc::Rc<Works>, first: Slot, mut jobs: mpsc::Receiver<Job>) {
    // whoever worked last works next: the others are begun when he is at work
    let mut free: Vec<Slot> = (1..works.limits.workers).map(|_| Slot::default()).collect();
    free.push(first);
    let (back, mut done) = mpsc::channel::<Served>(works.limits.workers.max(1));
    let mut again: VecDeque<Job> = VecDeque::new();
    loop {
        tokio::select! {
            biased;
            Some((slot, job)) = done.recv() => {
                // who failed is asked last: a question that is asked again goes to another
                if slot.process.is_some() { free.push(slot) } else { free.insert(0, slot) }
                again.extend(job);
            }
            job = jobs.recv(), if again.is_empty() && !free.is_empty() => {
                let Some(job) = job else { return };
                again.push_back(job);
            }
        }
        while !free.is_empty()
            && let Some(job) = again.pop_front()
        {
            // who asked does not wait any more
            if job.to.is_closed() {
                continue;
            }
            let now = Instant::now();
            let rested =
                |slot: &Slot| slot.process.is_some() || slot.rests_until.is_none_or(|until| until <= now);
            let Some(at) = free.iter().rposition(rested) else {
                works.counts.refused.fetch_add(1, Relaxed);
                let why = "its workers failed too often: they are left alone for a moment";
                let _ = job.to.send(Err(VoiceError::Refused(why.into())));
                continue;
            };
            let (slot, works, back) = (free.remove(at), works.clone(), back.clone());
            tokio::task::spawn_local(async move {
                let served = served(&works, slot, job).await;
                let _ = back.send(served).await;
            });
        }
    }
}

async fn served(works: &Works, mut slot: Slot, mut job: Job) -> Served {
    match works.ask(&mut slot, &job.question).await {
        Ok(answer) => {
            slot.failures = 0;
            works.counts.answered.fetch_add(1, Relaxed);
            let _ = job.to.send(Ok(answer));
            (slot, None)
        }
        Err(why) => {
            works.failed(&mut slot, &why);
            if job.is_again {
                let _ = job.to.send(Err(why));
                return (slot, None);
            }
            job.is_again = true;
            works.counts.again.fetch_add(1, Relaxed);
            (slot, Some(job))
        }
    }
}
