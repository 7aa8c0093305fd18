//! PostgreSQL: where it is, how to reach it, and its schema.
//!
//! ```text
//! DATABASE_URL or DB_* ─▶ that server
//! neither              ─▶ a private cluster (`cluster`), started from the distribution's binaries
//! DATABASE_URL=none    ─▶ nothing is kept
//! ```
//!
//! One pool ([`Db::get`]) with a bound and a deadline: nobody waits for the database longer than a
//! second, and the floor never does (F24 to F27). Whether it is there, and if not why, stands in
//! [`Db::problem`]. What is stored, and how, is for those rooms that own the tables; this one is a
//! leaf and knows none of them.

mod cluster;
mod migrate;

use std::sync::Arc;
use std::time::Duration;

use bb8::{Pool, PooledConnection, RunError};
use bb8_postgres::PostgresConnectionManager;
use parking_lot::Mutex;
use tokio_postgres::{Config, NoTls};

pub use cluster::Cluster;

type Manager = PostgresConnectionManager<NoTls>;
/// A connection of the pool.
pub type Connection<'a> = PooledConnection<'a, Manager>;

/// Connections at once: the history's readers; the journal has one of its own.
const POOL: u32 = 8;
/// How long anybody waits for a connection.
const WITHIN: Duration = Duration::from_secs(1);
/// Everything of ours is found in our schema first, whatever the role's name (PostgreSQL would look into a
/// schema named like the role before).
const SESSION: &str = "-c search_path=vigie,public -c application_name=vigie";
/// The same for pages, none of whose questions may take longer than that.
const PAGE_SESSION: &str = "-c search_path=vigie,public -c application_name=vigie -c statement_timeout=5000";

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Source {
    /// A server that somebody runs.
    Server(Box<Config>),
    /// A cluster of our own in that folder.
    Private(Cluster),
}

impl Source {
    fn config(&self) -> Config {
        let mut config = match self {
            Self::Server(config) => (**config).clone(),
            Self::Private(cluster) => cluster.config(),
        };
        config.connect_timeout(WITHIN);
        config
    }
}

/// The database as the rest of the server sees it. Cloning gives another handle.
#[derive(Clone)]
pub struct Db {
    source: Arc<Source>,
    pool: Pool<Manager>,
    problem: Arc<Mutex<Option<String>>>,
}

/// Why there is no connection; the words are for an administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unavailable {
    /// It is away; why.
    Away(String),
    /// All connections are busy (F27).
    Busy,
}

impl std::fmt::Display for Unavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Away(why) => write!(f, "the database is away: {why}"),
            Self::Busy => f.write_str("all connections to the database are busy"),
        }
    }
}

impl Db {
    /// A handle; nothing is connected yet, and a database that is down does not hinder the start (F24).
    pub fn new(source: Source) -> Self {
        let mut config = source.config();
        config.options(PAGE_SESSION);
        let manager = PostgresConnectionManager::new(config, NoTls);
        let pool = Pool::builder()
            .max_size(POOL)
            .connection_timeout(WITHIN)
            .retry_connection(false)
            .test_on_check_out(true)
            .build_unchecked(manager);
        let waiting = Some("not connected yet".to_owned());
        Self { source: Arc::new(source), pool, problem: Arc::new(Mutex::new(waiting)) }
    }

    /// Has it ready: starts the private cluster if it is not there, brings the schema up to date. To be
    /// tried again whenever the database turns out to be away.
    ///
    /// # Errors
    /// Why it cannot be used now, in words.
    pub async fn prepare(&self) -> Result<(), String> {
        let prepared = self.try_prepare().await;
        let mut problem = self.problem.lock();
        if *problem != prepared.as_ref().err().cloned() {
            match &prepared {
                Ok(()) => log::info!("database: ready"),
                Err(why) => log::warn!("database: {why}"),
            }
        }
        *problem = prepared.as_ref().err().cloned();
        prepared
    }

    async fn try_prepare(&self) -> Result<(), String> {
        if let Source::Private(cluster) = &*self.source {
            let cluster = cluster.clone();
            let started = tokio::task::spawn_blocking(move || cluster.ensure()).await;
            started.map_err(|e| e.to_string())??;
        }
        let mut connection = self.connect().await.map_err(|e| words(&e))?;
        migrate::run(&mut connection).await
    }

    /// A connection outside the pool, for who keeps one.
    ///
    /// # Errors
    /// As the server or the network says.
    pub async fn connect(&self) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
        let mut config = self.source.config();
        let (client, connection) = config.options(SESSION).connect(NoTls).await?;
        tokio::spawn(async move {
            // whoever uses the client sees the same error
            let _ = connection.await;
        });
        Ok(client)
    }

    /// A connection of the pool, within a second or not at all; at once none while the database is known
    /// to be away (who prepares it says when it is back).
    ///
    /// # Errors
    /// Why there is none.
    pub async fn get(&self) -> Result<Connection<'_>, Unavailable> {
        if let Some(why) = self.problem() {
            return Err(Unavailable::Away(why));
        }
        match tokio::time::timeout(WITHIN, self.pool.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(RunError::User(error))) => Err(Unavailable::Away(words(&error))),
            Ok(Err(RunError::TimedOut)) | Err(_) => {
                Err(self.problem().map_or(Unavailable::Busy, Unavailable::Away))
            }
        }
    }

    /// It turned out to be away.
    pub fn is_away(&self, why: &str) {
        let mut problem = self.problem.lock();
        if problem.is_none() {
            log::warn!("database: {why}");
        }
        *problem = Some(why.to_owned());
    }

    /// Why it cannot be used now; `None` while it can.
    pub fn problem(&self) -> Option<String> {
        self.problem.lock().clone()
    }
}

/// An error with its cause, on one line.
pub fn words(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text.replace(['\r', '\n'], " ")
}
