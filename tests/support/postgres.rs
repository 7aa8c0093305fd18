//! A PostgreSQL of the spec's own, which it can stop and start: the distribution's binaries in a folder
//! that is gone afterwards.

use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use vigie::db::Cluster;

/// See the module.
pub struct Postgres {
    folder: tempfile::TempDir,
    cluster: Cluster,
}

/// An empty cluster, made once and copied for each spec: making one takes longer than most specs. It stays in
/// the build's folder of temporary files, by the version of PostgreSQL.
static EMPTY: LazyLock<PathBuf> = LazyLock::new(|| {
    let version = Command::new("psql").arg("--version").output().expect("psql runs").stdout;
    let version = String::from_utf8_lossy(&version).replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("empty-cluster-{version}"));
    if !kept.exists() {
        let made = Postgres::uncopied();
        made.start();
        let pid = made.pid().expect("it runs");
        signal(&pid, "-INT");
        gone(&pid);
        let copy = kept.with_extension(std::process::id().to_string());
        copy_folder(&made.folder.path().join("db"), &copy);
        let first = std::fs::rename(&copy, &kept).is_ok();
        assert!(first || kept.exists(), "no empty cluster in {}", kept.display());
    }
    kept
});

impl Postgres {
    /// A folder for one, with an empty cluster; nothing runs yet.
    pub fn new() -> Self {
        let this = Self::uncopied();
        copy_folder(&EMPTY, &this.folder.path().join("db"));
        this
    }

    fn uncopied() -> Self {
        let folder = tempfile::Builder::new().prefix("vigie-pg-").tempdir().expect("a temporary folder");
        // a server that root starts runs as another user, who must get there
        let all = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), all).expect("its permissions");
        let cluster = Cluster::new(folder.path().join("db"));
        Self { folder, cluster }
    }

    /// What `DATABASE_URL` says to reach it.
    pub fn url(&self) -> String {
        format!("host={} user=vigie dbname=vigie", self.folder.path().join("db").display())
    }

    /// Has it running, and answering.
    pub fn start(&self) {
        let end = Instant::now() + Duration::from_secs(60);
        while let Err(why) = self.cluster.ensure().and_then(|()| self.try_run("select 1").map(drop)) {
            assert!(Instant::now() < end, "PostgreSQL does not start: {why}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills it as a power cut would.
    pub fn kill(&self) {
        let pid = self.pid().expect("it runs");
        signal(&pid, "-9");
        gone(&pid);
    }

    fn pid(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.folder.path().join("db/pg/postmaster.pid")).ok()?;
        text.lines().next().map(str::to_owned)
    }

    /// Runs one statement as an administrator would.
    pub fn run(&self, statement: &str) -> String {
        self.try_run(statement).unwrap_or_else(|why| panic!("{statement}: {why}"))
    }

    fn try_run(&self, statement: &str) -> Result<String, String> {
        let mut psql = Command::new("psql");
        psql.args([&self.url(), "-qtA", "-v", "ON_ERROR_STOP=1", "-c", statement]);
        let output = psql.output().expect("psql runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// Keeps every change of people waiting until what it gives is dropped.
    pub fn hold_people(&self) -> Held {
        self.hold("select version from vigie.people_version for update")
    }

    /// Keeps what that locks, which answers a number, until what it gives is dropped.
    pub fn hold(&self, statement: &str) -> Held {
        let mut psql = Command::new("psql")
            .args([&self.url(), "-qtA", "-v", "ON_ERROR_STOP=1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("psql runs");
        let mut orders = psql.stdin.take().expect("its input");
        writeln!(orders, "begin; {statement};").expect("it reads");
        let mut line = String::new();
        BufReader::new(psql.stdout.take().expect("its output")).read_line(&mut line).expect("it answers");
        assert!(line.trim().parse::<u64>().is_ok(), "{line}");
        Held { psql, orders: Some(orders) }
    }
}

/// See [`Postgres::hold`].
pub struct Held {
    psql: Child,
    orders: Option<ChildStdin>,
}

impl Drop for Held {
    fn drop(&mut self) {
        // the end of its input ends psql, and with it the transaction
        self.orders.take();
        let _ = self.psql.wait();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(pid) = self.pid() {
            signal(&pid, "-INT");
        }
    }
}

/// With owners and rights.
fn copy_folder(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.expect("cp runs").success(), "{} is not copied", from.display());
}

fn signal(pid: &str, which: &str) {
    let _ = Command::new("kill").args([which, pid]).status(); // it may be gone
}

fn gone(pid: &str) {
    let end = Instant::now() + Duration::from_secs(60);
    while Path::new("/proc").join(pid).exists() {
        assert!(Instant::now() < end, "{pid} does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}
