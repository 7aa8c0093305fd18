//! A PostgreSQL of our own: made and started from the distribution's binaries, reached over a socket in
//! its own folder, ended with us.
//!
//! Nobody else can reach it: it listens on no network, and its folder is readable for its owner (and
//! root) only. PostgreSQL refuses to run as root; for root it runs as `postgres`, which the
//! distribution's package makes, else as `nobody`.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio_postgres::Config;

/// Where Debian and its kin put each version's programs.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The role and the database in it.
const NAME: &str = "vigie";
/// A socket's path must fit `sockaddr_un`, the name that PostgreSQL gives it included.
const MOST_PATH: usize = 90;
/// How long a start may take; recovery after a crash needs some.
const START_WITHIN: Duration = Duration::from_secs(30);

/// A cluster in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    folder: PathBuf,
}

impl Cluster {
    /// In that folder, which is made when it is first needed.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// For root `/var/lib/vigie`, for a user `$XDG_DATA_HOME/vigie`.
    pub fn default_folder() -> PathBuf {
        if is_root() {
            return PathBuf::from("/var/lib/vigie");
        }
        let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
        let data = std::env::var_os("XDG_DATA_HOME").filter(|v| !v.is_empty());
        data.map_or_else(|| home.join(".local/share"), PathBuf::from).join("vigie")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("pg")
    }

    /// How to connect to it.
    pub fn config(&self) -> Config {
        let mut config = Config::new();
        config.host_path(&self.folder).user(NAME).dbname(NAME);
        config
    }

    /// Has it running: one that runs already (ours, or of a Vigie before us) is used as it is. Blocks.
    ///
    /// # Errors
    /// What is missing or failed, with what to do about it.
    pub fn ensure(&self) -> Result<(), String> {
        if self.folder.as_os_str().len() > MOST_PATH {
            return Err(format!("{} is too long a path for a socket", self.folder.display()));
        }
        let (programs, owner) = (programs()?, Owner::find());
        if self.answers() {
            return self.make_database(&programs, owner.as_ref());
        }
        self.make_folder(owner.as_ref())?;
        if !self.data().join("PG_VERSION").exists() {
            self.make(&programs, owner.as_ref())?;
        }
        self.start(&programs, owner.as_ref())?;
        self.make_database(&programs, owner.as_ref())
    }

    fn make_folder(&self, owner: Option<&Owner>) -> Result<(), String> {
        let failed = |e: std::io::Error| format!("{}: {e}", self.folder.display());
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(failed)?;
        if let Some(owner) = owner {
            std::os::unix::fs::chown(&self.folder, Some(owner.user), Some(owner.group)).map_err(failed)?;
        }
        std::fs::set_permissions(&self.folder, Permissions::from_mode(0o700)).map_err(failed)
    }

    /// An empty cluster with our role as its owner.
    fn make(&self, programs: &Path, owner: Option<&Owner>) -> Result<(), String> {
        log::info!("database: making a private PostgreSQL in {}", self.folder.display());
        let mut initdb = as_owner(owner, &programs.join("initdb"));
        initdb.args(["--username", NAME, "--encoding", "UTF8", "--locale", "C.UTF-8", "--auth", "trust"]);
        run(initdb.arg("--pgdata").arg(self.data()), "initdb")
    }

    /// The database in it, unless it is known to be there. A server that has just opened its socket may still
    /// refuse, and one that was killed here has none: so it is asked for again.
    fn make_database(&self, programs: &Path, owner: Option<&Owner>) -> Result<(), String> {
        let made = self.folder.join("database-made");
        if made.exists() {
            return Ok(());
        }
        let began = Instant::now();
        loop {
            let mut createdb = as_owner(owner, &programs.join("createdb"));
            // its words are read
            createdb.env("LC_ALL", "C").args(["--username", NAME, "--host"]).arg(&self.folder).arg(NAME);
            match run(&mut createdb, "createdb") {
                Err(why) if !why.contains("already exists") && began.elapsed() < START_WITHIN => {
                    log::debug!("database: {why}");
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(why) if !why.contains("already exists") => return Err(why),
                _ => return std::fs::write(&made, "").map_err(|e| format!("{}: {e}", made.display())),
            }
        }
    }

    fn start(&self, programs: &Path, owner: Option<&Owner>) -> Result<(), String> {
        let log_path = self.folder.join("postgresql.log");
        let log = std::fs::File::create(&log_path).map_err(|e| format!("{}: {e}", log_path.display()))?;
        let mut server = as_owner(owner, &programs.join("postgres"));
        server.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        server.args(["-c", "listen_addresses=", "-c", "max_connections=40"]);
        let errors = log.try_clone().map_err(|e| e.to_string())?;
        server.stdin(Stdio::null()).stdout(log).stderr(errors);
        let ended = keep(server)?;
        let began = Instant::now();
        while !self.answers() {
            // it may have lost a race against another Vigie's: then that one answers soon
            if let Ok(how) = ended.recv_timeout(Duration::from_millis(20))
                && !self.answers()
            {
                return Err(format!("postgres ended with {how}: see {}", log_path.display()));
            }
            if began.elapsed() > START_WITHIN {
                return Err(format!(
                    "postgres is not ready after {START_WITHIN:?}: see {}",
                    log_path.display()
                ));
            }
        }
        Ok(())
    }

    /// Somebody takes connections at its socket. One that shuts down still accepts: who connects then
    /// is refused, and asks again.
    fn answers(&self) -> bool {
        std::os::unix::net::UnixStream::connect(self.folder.join(".s.PGSQL.5432")).is_ok()
    }
}

/// Starts it on a thread that lives as long as it does: the kernel ends it with the thread that started
/// it. What comes out says how it ended.
fn keep(mut server: Command) -> Result<mpsc::Receiver<String>, String> {
    let (tell, ended) = mpsc::channel();
    let thread = std::thread::Builder::new().name("postgres".into()).spawn(move || {
        let how = match server.spawn().and_then(|mut child| child.wait()) {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        // nobody listens once it was ready
        let _ = tell.send(how);
    });
    thread.map(|_| ended).map_err(|e| format!("postgres could not be started: {e}"))
}

/// Whom a server that root starts runs as.
struct Owner {
    name: String,
    user: u32,
    group: u32,
}

impl Owner {
    /// `None` when we are not root: then it runs as us.
    fn find() -> Option<Self> {
        if !is_root() {
            return None;
        }
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let of = |name: &str| {
            users.lines().find_map(|line| {
                let fields: Vec<&str> = line.split(':').collect();
                let [user, _, id, group, ..] = fields.as_slice() else { return None };
                let owner =
                    Self { name: name.to_owned(), user: id.parse().ok()?, group: group.parse().ok()? };
                (*user == name).then_some(owner)
            })
        };
        of("postgres").or_else(|| of("nobody"))
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|us| std::os::unix::fs::MetadataExt::uid(&us) == 0)
}

/// The newest version's programs.
fn programs() -> Result<PathBuf, String> {
    let version = |path: &Path| path.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    std::fs::read_dir(VERSIONS)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .max_by_key(|bin| version(bin))
        .ok_or_else(|| {
            "PostgreSQL is not installed: apt-get install postgresql, or set DATABASE_URL to a server you \
             have, or DATABASE_URL=none to keep nothing"
                .to_owned()
        })
}

/// That program as its owner; it gets SIGINT (a fast shutdown) when the thread that started it ends.
fn as_owner(owner: Option<&Owner>, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if let Some(owner) = owner {
        command.arg(format!("--reuid={}", owner.name)).arg(format!("--regid={}", owner.group));
        command.arg("--init-groups");
    }
    command.args(["--pdeathsig", "INT", "--"]).arg(program).current_dir("/");
    command
}

fn run(command: &mut Command, name: &str) -> Result<(), String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|e| format!("{name} could not be run: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no words");
    Err(format!("{name} failed: {last}"))
}
