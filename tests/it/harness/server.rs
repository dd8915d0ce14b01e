//! A server process that belongs to one test.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use tempfile::TempDir;

use super::client::Client;
use super::program;
use super::wait::eventually;

/// A running server on a port of its own, in a folder of its own. Dropping it kills it and removes the folder; when
/// the test failed, its log is shown first.
pub(crate) struct Server {
    child: Child,
    dir: Arc<TempDir>,
    port: u16,
}

/// What may go wrong with a port between finding it free and the server listening on it.
const PORT_ATTEMPTS: usize = 20;

/// How much of the log a failed test shows.
const LOG_LINES_SHOWN: usize = 40;

impl Server {
    /// Starts the server under test.
    #[track_caller]
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// Starts the server under test with further arguments.
    #[track_caller]
    pub(crate) fn with(args: &[&str]) -> Self {
        Self::of(program::server(), args)
    }

    /// Starts some server.
    #[track_caller]
    pub(crate) fn of(program: &Path, args: &[&str]) -> Self {
        for _ in 0..PORT_ATTEMPTS {
            let port = free_port();
            let number = port.to_string();
            let own = ["--port", &number, "--save", "", "--loglevel", "notice"];
            let mut server = Self::launch(program, &[&own, args].concat(), port, "");
            if server.comes_up() {
                return server;
            }
            let log = server.log();
            assert!(log.contains("in use"), "the server did not start:\n{log}");
        }
        panic!("no port was free {PORT_ATTEMPTS} times in a row");
    }

    /// Starts the server under test with these arguments alone, in which `{dir}` stands for its folder, and `stdin`
    /// on its standard input. It may come up or refuse: the caller finds out.
    #[track_caller]
    pub(crate) fn bare(args: &[&str], port: u16, stdin: &str) -> Self {
        Self::launch(program::server(), args, port, stdin)
    }

    /// As [`bare`](Self::bare), with a configuration file of this text as the first argument.
    #[track_caller]
    pub(crate) fn configured(text: &str, args: &[&str], port: u16) -> Self {
        let dir = TempDir::new().expect("a temporary folder can be made");
        let file = dir.path().join("ferrous.conf");
        fs::write(&file, text.replace("{dir}", &dir.path().to_string_lossy()))
            .expect("its files can be written");
        let file = file.to_string_lossy().into_owned();
        Self::spawn(
            program::server(),
            &[&[&*file], args].concat(),
            port,
            "",
            Arc::new(dir),
        )
    }

    fn launch(program: &Path, args: &[&str], port: u16, stdin: &str) -> Self {
        Self::spawn(
            program,
            args,
            port,
            stdin,
            Arc::new(TempDir::new().expect("a temporary folder can be made")),
        )
    }

    fn spawn(program: &Path, args: &[&str], port: u16, stdin: &str, dir: Arc<TempDir>) -> Self {
        let log =
            File::create(dir.path().join("log")).expect("files can be made in a temporary folder");
        let errors = log.try_clone().expect("a file can be opened twice");
        let folder = dir.path().to_string_lossy();
        let mut child = Command::new(program)
            .args(args.iter().map(|arg| arg.replace("{dir}", &folder)))
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("starting {}: {error}", program.display()));
        let mut input = child.stdin.take().expect("standard input was asked for");
        // A server that does not read its standard input may be gone before this is written.
        let _ = input.write_all(stdin.as_bytes());
        Self { child, dir, port }
    }

    /// Kills the server, if it still runs, and starts the one under test in the same folder.
    #[track_caller]
    pub(crate) fn again(&mut self, args: &[&str]) {
        self.again_as(program::server(), args);
        assert!(self.comes_up(), "the server did not start:\n{}", self.log());
    }

    /// Kills the server, if it still runs, and starts some server in the same folder, which may come up or refuse.
    pub(crate) fn again_as(&mut self, program: &Path, args: &[&str]) {
        self.kill();
        let number = self.port.to_string();
        let own = ["--port", &number, "--save", "", "--loglevel", "notice"];
        let args = [&own, args].concat();
        *self = Self::spawn(program, &args, self.port, "", Arc::clone(&self.dir));
    }

    /// Kills the process, which has no chance to put anything in order.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits until the server accepts connections (true) or has ended (false).
    ///
    /// Its log must say so first: whoever answers on the port might be someone else.
    pub(crate) fn comes_up(&mut self) -> bool {
        let mut ended = false;
        eventually("the server accepts connections or has ended", || {
            ended = self.ended().is_some();
            ended
                || self
                    .log()
                    .to_lowercase()
                    .contains("ready to accept connections")
        });
        !ended
    }

    /// A new connection.
    #[track_caller]
    pub(crate) fn client(&self) -> Client {
        Client::tcp(self.port).unwrap_or_else(|error| panic!("connecting: {error}"))
    }

    /// A new connection that speaks RESP3.
    #[track_caller]
    pub(crate) fn client3(&self) -> Client {
        let mut client = self.client();
        client.run("HELLO 3");
        client
    }

    /// The TCP port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A file in the server's folder, which is its working directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What the server has printed so far.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(self.file("log")).expect("the log was made before the server");
        String::from_utf8_lossy(&log).into_owned()
    }

    /// How the process ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }

    /// Waits until the process has ended.
    #[track_caller]
    pub(crate) fn wait_for_end(&mut self) -> ExitStatus {
        eventually("the server has ended", || self.ended().is_some());
        self.ended().expect("it has just been seen to have ended")
    }

    /// Sends a signal to the process.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("a child that was not waited for can be signalled");
    }

    /// The process's number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets no file that the process writes grow beyond `bytes`, or any.
    pub(crate) fn limit_file_size(&self, bytes: Option<u64>) {
        let pid = Pid::from_child(&self.child);
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(Some(pid), Resource::Fsize, limit).expect("a child's limits can be set");
    }

    /// Resident memory of the process in bytes.
    pub(crate) fn resident_bytes(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("Linux tells of processes");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .expect("a process has resident memory");
        let kib: usize = line
            .split_whitespace()
            .nth(1)
            .and_then(|kib| kib.parse().ok())
            .expect("it is a number");
        kib * 1024
    }
}

impl Drop for Server {
    #[expect(
        clippy::print_stderr,
        reason = "the test runner shows it with the failure"
    )]
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone after this.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let end = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n");
            eprintln!("--- the server's log ends with ---\n{end}\n---");
        }
    }
}

/// A port on which nothing listens now.
///
/// It lies below the ports that the kernel deals out to clients, and each process begins its search elsewhere, so that
/// it tends to stay free until the server listens.
pub(crate) fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const SPAN: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id().wrapping_mul(257) % u32::from(SPAN)) as u16;
    loop {
        let step = NEXT.fetch_add(1, Relaxed) % SPAN;
        let port = FIRST + ((u32::from(start) + u32::from(step)) % u32::from(SPAN)) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
