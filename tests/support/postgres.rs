//! A PostgreSQL of the spec's own, which it can stop and start: the distribution's binaries in a folder
//! that is gone afterwards.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use vigie::db::Cluster;

/// See the module.
pub struct Postgres {
    folder: tempfile::TempDir,
    cluster: Cluster,
}

impl Postgres {
    /// A folder for one; nothing runs yet.
    pub fn new() -> Self {
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

    /// Has it running.
    pub fn start(&self) {
        let end = Instant::now() + Duration::from_secs(20);
        while let Err(why) = self.cluster.ensure() {
            assert!(Instant::now() < end, "PostgreSQL does not start: {why}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Kills it as a power cut would.
    pub fn kill(&self) {
        let pid_file = self.folder.path().join("db/pg/postmaster.pid");
        let text = std::fs::read_to_string(pid_file).expect("it runs");
        let pid = text.lines().next().expect("a pid").to_owned();
        let killed = Command::new("kill").args(["-9", &pid]).status().expect("kill runs");
        assert!(killed.success());
        let end = Instant::now() + Duration::from_secs(10);
        while std::path::Path::new(&format!("/proc/{pid}")).exists() {
            assert!(Instant::now() < end, "{pid} does not die");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Runs one statement as an administrator would.
    pub fn run(&self, statement: &str) -> String {
        let output = Command::new("psql")
            .args([&self.url(), "-qtA", "-v", "ON_ERROR_STOP=1", "-c", statement])
            .output();
        let output = output.expect("psql runs");
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let text =
            std::fs::read_to_string(self.folder.path().join("db/pg/postmaster.pid")).unwrap_or_default();
        if let Some(pid) = text.lines().next() {
            let _ = Command::new("kill").args(["-INT", pid]).status();
        }
    }
}
