//! A real `redis-server` to test against, and runs of programs.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A server of its own for a test; gone when dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) directory: TempDir,
    process: Child,
}

impl Server {
    /// Starts `redis-server` with more arguments; `None`, with a message, when it is not installed.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        let directory = TempDir::new().unwrap();
        let port = free_port();
        let started = Command::new("redis-server")
            .args([
                "--port",
                &port.to_string(),
                "--save",
                "",
                "--enable-debug-command",
                "yes",
            ])
            .arg("--dir")
            .arg(directory.path())
            .args(["--unixsocket", "s"])
            .args(arguments)
            .stdout(Stdio::null())
            .spawn();
        let Ok(process) = started else {
            println!("skipped: redis-server is not installed");
            return None;
        };
        let server = Self {
            port,
            directory,
            process,
        };
        wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port nobody uses, low enough that a cluster bus fits above it.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        // The bus is at 10000 more; below 30000 few systems hand out ports, so fold into that range.
        let port = 20000 + port % 10000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok()
            && TcpListener::bind(("127.0.0.1", port + 10000)).is_ok()
        {
            return port;
        }
    }
}

/// Waits until `condition` holds, at most ten seconds.
#[track_caller]
pub(crate) fn wait_until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(10), "waited in vain");
        sleep(Duration::from_millis(10));
    }
}

/// What a program printed and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: Option<i32>,
}

/// The program under test.
pub(crate) const FERROUS_CLI: &str = env!("CARGO_BIN_EXE_ferrous-cli");

/// Runs a program to its end with `input` as standard input.
pub(crate) fn run(program: &str, arguments: &[String], input: &[u8]) -> Run {
    let mut child = Command::new(program)
        .args(arguments)
        .env_remove("REDISCLI_AUTH")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // From a thread, because a program may print before it has read everything.
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    child
        .stdout
        .take()
        .unwrap()
        .read_to_end(&mut stdout)
        .unwrap();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_end(&mut stderr)
        .unwrap();
    writer.join().unwrap();
    // Other bytes than text are shown by their numbers.
    let text = |bytes: Vec<u8>| {
        String::from_utf8(bytes).unwrap_or_else(|error| error.as_bytes().escape_ascii().to_string())
    };
    Run {
        stdout: text(stdout),
        stderr: text(stderr),
        status: child.wait().unwrap().code(),
    }
}

/// True when `program` can be started.
pub(crate) fn is_installed(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}
