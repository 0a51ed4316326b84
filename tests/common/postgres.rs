//! A PostgreSQL server of a test's own, in a temporary folder. Its binaries are those of the Debian package `postgresql`.

#![allow(clippy::print_stderr)] // what is skipped is said

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use postgres::{Client, Config, NoTls};

/// A server that is gone with the value.
pub(crate) struct Server {
    folder: tempfile::TempDir,
    process: Child,
}

const PASSWORD: &str = "canary-7351";

impl Server {
    /// Starts a server; none where its binaries are not there, which is said aloud (with `CHURN_TEST_SERVER=required` it
    /// is a failure).
    pub(crate) fn start(test: &str) -> Option<Self> {
        let Some(binaries) = binaries() else {
            let missing = format!("SKIPPED {test}: no initdb and postgres found (Debian package postgresql)");
            assert!(std::env::var("CHURN_TEST_SERVER").as_deref() != Ok("required"), "{missing}");
            eprintln!("{missing}");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("the temporary folder can be written");
        std::fs::write(folder.path().join("password"), PASSWORD).expect("the temporary folder can be written");
        // PostgreSQL does not run as root.
        let other = is_root(folder.path()).then(user_of_postgres);
        if let Some((user, group)) = other {
            for path in [folder.path(), &data, &folder.path().join("password")] {
                chown(path, Some(user), Some(group)).expect("root may give files away");
            }
        }
        let command = |name: &str| {
            let mut command = Command::new(binaries.join(name));
            command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
            if let Some((user, group)) = other {
                command.uid(user).gid(group);
            }
            command
        };
        let options = ["--username=churn", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"];
        let made = command("initdb").arg("--pgdata=data").arg("--pwfile=password").args(options).status();
        assert!(made.expect("initdb can be started").success(), "initdb failed");
        let settings = ["-c", "listen_addresses=", "-c", "unix_socket_directories=.", "-c", "fsync=off"];
        let process = command("postgres").args(["-D", "data"]).args(settings).spawn().expect("postgres can be started");
        let mut server = Self { folder, process };
        for _ in 0..300 {
            if server.config().connect(NoTls).is_ok() {
                return Some(server);
            }
            assert!(server.process.try_wait().expect("a child").is_none(), "postgres ended");
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("postgres did not answer within 30 seconds");
    }

    fn config(&self) -> Config {
        self.text().parse().expect("a connection text")
    }

    /// The connection text.
    pub(crate) fn text(&self) -> String {
        self.text_with(PASSWORD, "")
    }

    /// The same with another password, and with more behind it.
    pub(crate) fn text_with(&self, password: &str, more: &str) -> String {
        // The server works in its data folder, and its socket lies there.
        let socket = self.folder.path().join("data").canonicalize().expect("there");
        format!("host={} user=churn password={password} dbname=postgres {more}", socket.display())
    }

    pub(crate) fn client(&self) -> Client {
        self.config().connect(NoTls).expect("the server answers")
    }

    /// Ends the server as a machine that loses its power does.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ran");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that was killed is gone, and its number may be another's.
        if !matches!(self.process.try_wait(), Ok(None)) {
            return;
        }
        // A fast shutdown, which ends the server's own processes as well.
        let id = self.process.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status();
        let _ = self.process.wait();
    }
}

/// The folder of the binaries: that of the newest version that Debian keeps, or one of the search path.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok().into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(&path));
    all.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

fn is_root(own: &Path) -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(own).expect("there")) == 0
}

/// The user that the Debian package makes.
fn user_of_postgres() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").expect("readable");
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("root needs the user postgres for this");
    let mut numbers = line.split(':').skip(2).map(|number| number.parse().expect("a number"));
    (numbers.next().expect("a user"), numbers.next().expect("a group"))
}
