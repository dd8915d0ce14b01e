//! A server that answers by rule.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use ferrous_client::{Address, Target};

/// What it answers to a command, its words joined by spaces; an empty answer closes the connection.
type Rule = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// Listens until the test ends.
pub(crate) struct Scripted {
    pub(crate) target: Target,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub(crate) fn start(rule: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (rule, log): (Rule, _) = (Arc::new(rule), heard.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (rule, log) = (rule.clone(), log.clone());
                thread::spawn(move || serve(stream, &rule, &log));
            }
        });
        Self {
            target: Target {
                address: Address::tcp("127.0.0.1", port),
                ..Target::default()
            },
            heard,
        }
    }

    /// The commands so far, over all connections.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, rule: &Rule, heard: &Mutex<Vec<String>>) {
    let mut input = Vec::new();
    loop {
        while let Some((command, length)) = parse(&input) {
            input.drain(..length);
            heard.lock().unwrap().push(command.clone());
            let answer = rule(&command);
            if answer.is_empty() {
                return;
            }
            stream.write_all(answer.as_bytes()).unwrap();
        }
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => input.extend_from_slice(&buffer[..read]),
        }
    }
}

/// The first command, once it is whole, and its length. Its words hold no line ends.
fn parse(input: &[u8]) -> Option<(String, usize)> {
    let text = std::str::from_utf8(input).ok()?;
    let count: usize = text.split("\r\n").next()?.strip_prefix('*')?.parse().ok()?;
    let lines: Vec<&str> = text.split("\r\n").collect();
    if lines.len() < 2 * count + 2 {
        return None;
    }
    let words: Vec<&str> = (0..count).map(|index| lines[2 * index + 2]).collect();
    let length = lines[..=2 * count].iter().map(|line| line.len() + 2).sum();
    Some((words.join(" "), length))
}
