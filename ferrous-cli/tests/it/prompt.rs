//! The prompt in a pseudo-terminal, which `script` of util-linux makes.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::server::{FERROUS_CLI, Server, is_installed, run, wait_until};

/// A prompt that is typed at.
struct Prompt {
    process: Child,
    keyboard: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
}

impl Prompt {
    fn start(server: &Server) -> Option<Self> {
        if !is_installed("script") {
            println!("skipped: script is not installed");
            return None;
        }
        let mut process = Command::new("script")
            .args([
                "-qfec",
                &format!("{FERROUS_CLI} -p {}", server.port),
                "/dev/null",
            ])
            .env("REDISCLI_HISTFILE", server.directory.path().join("history"))
            .env("REDISCLI_RCFILE", "/dev/null")
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let keyboard = process.stdin.take().unwrap();
        let mut output = process.stdout.take().unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shared = screen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..read]);
            }
        });
        Some(Self {
            process,
            keyboard,
            screen,
        })
    }

    fn types(&mut self, keys: &str) {
        self.screen.lock().unwrap().clear();
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits until the screen shows the text, since the last keys.
    #[track_caller]
    fn shows(&self, text: &str) {
        wait_until(|| String::from_utf8_lossy(&self.screen.lock().unwrap()).contains(text));
    }

    #[track_caller]
    fn answers(&mut self, line: &str, expected: &str) {
        self.types(&format!("{line}\r"));
        self.shows(expected);
        self.shows("> ");
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_session_at_the_prompt() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let Some(mut prompt) = Prompt::start(&server) else {
        return;
    };
    let here = format!("127.0.0.1:{}", server.port);
    prompt.shows(&format!("{here}> "));
    prompt.answers("SET key value", "OK");
    prompt.answers("GET key", "\"value\"");
    prompt.types("GETRAN\t");
    prompt.shows("GETRANGE");
    prompt.shows("key start end");
    prompt.answers(" key 0 1", "\"va\"");
    prompt.answers("GET key | tr a-z A-Z", "VALUE");
    prompt.answers("2 PING", "PONG\r\nPONG");
    prompt.answers("SELECT 3", &format!("{here}[3]> "));
    prompt.answers("MULTI", &format!("{here}[3](TX)> "));
    prompt.answers("DISCARD", &format!("{here}[3]> "));
    prompt.answers("AUTH hidden", "(error)");
    prompt.answers("help GETRANGE", "key start end");
    prompt.answers(":nosuch", "unknown redis-cli internal command ':nosuch'");

    // Ctrl-C takes back a command that waits, and leaves pub/sub.
    prompt.types("BLPOP missing 0\r");
    std::thread::sleep(std::time::Duration::from_millis(200));
    prompt.types("\x03");
    prompt.shows(&format!("{here}[3]> "));
    prompt.types("SUBSCRIBE news\r");
    prompt.shows("(integer) 1");
    let port = server.port.to_string();
    let publish = ["-p", &port, "PUBLISH", "news", "hello"].map(str::to_owned);
    run(FERROUS_CLI, &publish, b"");
    prompt.shows("\"hello\"");
    prompt.types("\x03");
    prompt.shows(&format!("{here}[3]> "));

    // A connection that the server closed is made anew.
    let kill = ["-p", &port, "CLIENT", "KILL", "TYPE", "normal"].map(str::to_owned);
    run(FERROUS_CLI, &kill, b"");
    prompt.answers("PING", "PONG");
    prompt.types("\x04");
    wait_until(|| prompt.process.try_wait().unwrap().is_some());
    let history = std::fs::read_to_string(server.directory.path().join("history")).unwrap();
    assert!(
        history.contains("GET key") && !history.contains("hidden"),
        "{history}"
    );
}
