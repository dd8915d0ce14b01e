//! The prompt in a pseudo-terminal.

use std::fs;

use crate::server::{FERROUS_CLI, Server, run};
use crate::terminal::Terminal;

/// A server, and the files of a home directory that the prompt finds.
struct Home {
    server: Server,
}

impl Home {
    fn new() -> Option<Self> {
        Server::start(&[]).map(|server| Self { server })
    }

    fn path(&self, name: &str) -> String {
        self.server
            .directory
            .path()
            .join(name)
            .display()
            .to_string()
    }

    fn history(&self) -> String {
        fs::read_to_string(self.path("history")).unwrap()
    }

    /// Opens a prompt with these further arguments and waits for it.
    fn prompt(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Option<Terminal> {
        let mut all = vec!["-p".to_owned(), self.server.port.to_string()];
        all.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let (history, preferences) = (self.path("history"), self.path("rc"));
        let mut variables = vec![
            ("REDISCLI_HISTFILE", history.as_str()),
            ("REDISCLI_RCFILE", preferences.as_str()),
        ];
        variables.extend(environment);
        let terminal = Terminal::start(FERROUS_CLI, &all, &variables)?;
        terminal.shows("> ");
        Some(terminal)
    }

    /// Runs a command from outside the prompt.
    fn command(&self, line: &str) -> String {
        let mut arguments = vec!["-p".to_owned(), self.server.port.to_string()];
        arguments.extend(line.split(' ').map(str::to_owned));
        run(FERROUS_CLI, &arguments, b"").stdout
    }

    fn here(&self) -> String {
        format!("127.0.0.1:{}", self.server.port)
    }
}

/// Starts a prompt, or ends the test where there is no server or no terminal to be had.
macro_rules! prompt {
    ($home:ident, $prompt:ident) => {
        prompt!($home, $prompt, &[], &[("NO_COLOR", "1")]);
    };
    ($home:ident, $prompt:ident, $arguments:expr, $environment:expr) => {
        let Some($home) = Home::new() else { return };
        let Some(mut $prompt) = $home.prompt($arguments, $environment) else {
            return;
        };
    };
}

#[test]
fn commands_and_the_state_in_the_prompt() {
    prompt!(home, prompt);
    let here = home.here();
    prompt.is_at(&format!("{here}> "));
    prompt.answers("SET key value", "OK");
    prompt.answers("GET key", "\"value\"");
    prompt.answers("2 PING", "PONG\nPONG");
    prompt.answers("SELECT 3", &format!("{here}[3]> "));
    prompt.answers("MULTI", &format!("{here}[3](TX)> "));
    prompt.answers("DISCARD", &format!("{here}[3]> "));
    prompt.answers("help GETRANGE", "key start end");
    prompt.answers("help @hash", "HVALS key");
    prompt.answers(":nosuch", "unknown redis-cli internal command ':nosuch'");
    prompt.answers(":get pubsub", "0");
    prompt.types("quit\r");
    prompt.ends();
}

#[test]
fn the_tab_key_completes() {
    prompt!(home, prompt);
    home.command("MSET user:1 a user:2 b other c");
    home.command("SET with\\x20space d");
    prompt.types("GETRAN\t");
    prompt.shows("> GETRANGE key start end");
    prompt.types(" us\t");
    prompt.shows("> GETRANGE user:");
    prompt.types("\x15");
    prompt.types("get oth\t");
    prompt.shows("> get other");
    prompt.types("\x15config rewr\t");
    prompt.shows("> config rewrite");
    prompt.types("\x15SET k v KEEP\t");
    prompt.shows("> SET k v KEEPTTL");
    prompt.types("\x15:set tim\t");
    prompt.shows("> :set timing");
    prompt.types("\x15help @sor\t");
    prompt.shows("> help @sorted");
}

#[test]
fn hints_show_what_is_missing() {
    prompt!(home, prompt);
    prompt.types("ZADD ");
    prompt.shows("> ZADD key [NX|XX]");
    // The right arrow must not take the syntax over as input.
    prompt.types("\x1b[C\r");
    prompt.shows("wrong number of arguments for 'zadd'");
    prompt.answers(":set nohints", "> ");
    prompt.types("ZRANGE ");
    prompt.shows("> ZRANGE");
    assert!(!prompt.text().contains("ZRANGE key"), "{}", prompt.text());
    drop(prompt);
    fs::write(home.path("rc"), ":set nohints\n").unwrap();
    let mut prompt = home.prompt(&[], &[]).unwrap();
    prompt.types("ZADD ");
    prompt.shows("> ZADD");
    assert!(!prompt.text().contains("ZADD key"), "{}", prompt.text());
}

#[test]
fn the_history_is_kept_searched_and_free_of_secrets() {
    prompt!(home, prompt);
    prompt.answers("SET first 1", "OK");
    prompt.answers("AUTH hidden1", "(error)");
    prompt.answers("CONFIG SET requirepass hidden2", "OK");
    prompt.answers("CONFIG SET requirepass ''", "OK");
    prompt.answers("ACL SETUSER u >hidden3", "OK");
    prompt.answers("MIGRATE 127.0.0.1 1 k 0 1 AUTH hidden4", "NOKEY");
    prompt.answers("HELLO 2 AUTH default hidden5", "server");
    prompt.answers("GET first", "\"1\"");
    // Up: the last line that was kept.
    prompt.clears();
    prompt.types("\x1b[A");
    prompt.shows("> GET first");
    prompt.types("\x15");
    // Reverse search.
    prompt.types("\x12SET");
    prompt.shows("SET first 1");
    prompt.types("\r");
    prompt.shows("OK");
    prompt.types("\x04");
    prompt.ends();
    let history = home.history();
    assert!(history.contains("SET first 1"), "{history}");
    assert!(!history.contains("hidden"), "{history}");
    // The next session has it, and offers its lines behind the cursor.
    let mut prompt = home.prompt(&[], &[("NO_COLOR", "1")]).unwrap();
    prompt.types("\x1b[A");
    prompt.shows("> SET first 1");
    prompt.types("\x15SE");
    prompt.shows("> SET first 1");
    prompt.types("\x1b[C\r");
    prompt.shows("OK");
}

#[test]
fn ctrl_c_takes_back_and_ctrl_d_leaves() {
    prompt!(home, prompt);
    let here = home.here();
    // A command that waits.
    prompt.types("BLPOP missing 0\r");
    std::thread::sleep(std::time::Duration::from_millis(200));
    prompt.types("\x03");
    prompt.is_at(&format!("{here}> "));
    prompt.answers("PING", "PONG");
    // A line that is typed.
    prompt.clears();
    prompt.types("GET abc\x03");
    prompt.shows("Ctrl-C again");
    prompt.answers("PING", "PONG");
    // MONITOR and pub/sub.
    prompt.types("MONITOR\r");
    prompt.shows("OK");
    home.command("ECHO seen");
    prompt.shows("\"ECHO\" \"seen\"");
    prompt.types("\x03");
    prompt.is_at(&format!("{here}> "));
    prompt.clears();
    prompt.types("SUBSCRIBE news\r");
    prompt.shows("press Ctrl-C to quit or any key to type command");
    prompt.shows("(integer) 1");
    home.command("PUBLISH news hello");
    prompt.shows("\"hello\"");
    prompt.types("\x03");
    prompt.is_at(&format!("{here}> "));
    // Twice on an empty line leaves, and so does Ctrl-D.
    prompt.types("\x03");
    prompt.shows("Ctrl-C again");
    prompt.types("\x03");
    prompt.ends();
    let mut prompt = home.prompt(&[], &[]).unwrap();
    prompt.types("\x04");
    prompt.ends();
}

#[test]
fn a_lost_connection_is_made_anew_and_said() {
    prompt!(home, prompt);
    prompt.answers("SELECT 2", "OK");
    home.command("CLIENT KILL TYPE normal");
    prompt.answers("PING", "(reconnected)");
    prompt.answers("PING", "PONG");
    prompt.answers("MULTI", "(TX)> ");
    home.command("CLIENT KILL TYPE normal");
    prompt.answers("GET k", "the transaction was lost");
    prompt.is_at(&format!("{}[2]> ", home.here()));
    // A server that is gone for good.
    home.command("SHUTDOWN NOSAVE");
    prompt.answers("PING", "Could not connect");
    prompt.is_at("not connected> ");
}

#[test]
fn pasted_lines_run_one_after_the_other() {
    prompt!(home, prompt);
    prompt.types("\x1b[200~SET a 1\nINCR a\nGET a\x1b[201~\r");
    prompt.shows("OK\n(integer) 2\n\"2\"");
    // What is typed while a command runs is not lost.
    prompt.clears();
    prompt.types("DEBUG SLEEP 0.3\rINCR a\r");
    prompt.shows("(integer) 3");
    // A backslash at the end goes on in the next line.
    prompt.clears();
    prompt.types("SET long \\\rvalue\r");
    prompt.shows("OK");
    prompt.answers("GET long", "\"value\"");
}

#[test]
fn a_new_size_is_taken_up() {
    prompt!(home, prompt);
    prompt.resizes(24, 40);
    let text = "x".repeat(60);
    prompt.types(&format!("ECHO {text}"));
    prompt.shows("xxx");
    prompt.resizes(24, 100);
    prompt.types("\r");
    prompt.shows(&format!("\"{text}\""));
    prompt.answers("PING", "PONG");
    // A pager is used for what is taller than the screen of now.
    prompt.resizes(10, 100);
    prompt.answers(":set pager", "> ");
    for number in 1..=30 {
        home.command(&format!("RPUSH list {number}"));
    }
    drop(prompt);
    let mut prompt = home
        .prompt(&[], &[("PAGER", "sed -n 's/^30) /last /p'")])
        .unwrap();
    prompt.answers(":set pager", "> ");
    prompt.answers("LRANGE list 0 -1", "last \"30\"");
}

#[test]
fn settings_render_and_repeat() {
    prompt!(home, prompt);
    home.command("SET json {\"a\":[1,2]}");
    prompt.answers("GET json | tr a-z A-Z", "{\"A\":[1,2]}");
    prompt.answers(":set timing on", "> ");
    prompt.answers("PING", " ms)");
    prompt.answers(":set notiming", "> ");
    prompt.answers(":set decode json", "> ");
    prompt.answers("GET json", "\"a\": [");
    prompt.answers(":set decode hex", "> ");
    prompt.answers("GET json", "7b 22 61 22");
    prompt.answers(":set decode off", "> ");
    prompt.answers(":set output json", "> ");
    prompt.answers("TTL json", "-1");
    prompt.answers(":set output standard", "> ");
    prompt.answers(":peek json", "type string, encoding embstr");
    prompt.answers("explain GET json", "complexity  O(1)");
    prompt.answers("explain GET json", "default: OK");
    prompt.answers(":set prompt {host} db{db}{tx}>", "127.0.0.1 db0> ");
    prompt.answers(":set prompt default", &format!("{}> ", home.here()));
    prompt.types(":watch 0.1 INCR ticks\r");
    prompt.shows("Every 0.1 s: INCR ticks");
    prompt.shows("(integer) 3");
    prompt.types("\x03");
    prompt.is_at(&home.here());
    fs::write(home.path("script"), "SET sourced 1\nNOSUCH\nSET never 1\n").unwrap();
    prompt.answers(
        &format!(":source {}", home.path("script")),
        "script:2: NOSUCH",
    );
    assert_eq!(home.command("EXISTS sourced never"), "1\n");
    let recording = home.path("session");
    prompt.answers(&format!(":record {recording}"), "> ");
    prompt.answers("GET sourced", "\"1\"");
    prompt.answers(":record", "> ");
    let recorded = fs::read_to_string(&recording).unwrap();
    assert_eq!(recorded, "{\"command\":\"GET sourced\",\"reply\":\"1\"}\n");
}

#[test]
fn destruction_is_asked_about() {
    prompt!(home, prompt);
    home.command("SET kept 1");
    prompt.answers(":set confirm", "> ");
    prompt.clears();
    prompt.types("FLUSHALL\r");
    prompt.shows("FLUSHALL on 127.0.0.1");
    prompt.types("no\r");
    prompt.is_at(&home.here());
    assert_eq!(home.command("EXISTS kept"), "1\n");
    prompt.clears();
    prompt.types("FLUSHALL\r");
    prompt.shows("(type 'yes' to accept)");
    prompt.types("yes\r");
    prompt.shows("OK");
    assert_eq!(home.command("EXISTS kept"), "0\n");
}

#[test]
fn colours_are_there_unless_they_are_unwanted() {
    prompt!(home, prompt, &[], &[]);
    prompt.answers("GET missing", "(nil)");
    assert!(prompt.has_colours());
    drop(prompt);
    for (arguments, environment) in [
        (&[][..], &[("NO_COLOR", "1")][..]),
        (&[], &[("TERM", "dumb")]),
        (&["--color", "never"], &[]),
    ] {
        let mut prompt = home.prompt(arguments, environment).unwrap();
        prompt.types("GET missing\r");
        prompt.shows("(nil)");
        assert!(!prompt.has_colours(), "{arguments:?} {environment:?}");
    }
}

#[test]
fn a_named_connection_brings_its_rules() {
    let Some(home) = Home::new() else { return };
    let directory = home.server.directory.path().join("ferrous");
    fs::create_dir(&directory).unwrap();
    home.command("CONFIG SET requirepass secret");
    let file = format!(
        "[main]\nuri = 'redis://127.0.0.1:{}/4'\nread_only = true\nproduction = true\n\
         password_command = 'echo secret'\n",
        home.server.port
    );
    fs::write(directory.join("connections.toml"), file).unwrap();
    let config = home.server.directory.path().display().to_string();
    let Some(mut prompt) = home.prompt(
        &["--connection", "main"],
        &[("XDG_CONFIG_HOME", &config), ("NO_COLOR", "1")],
    ) else {
        return;
    };
    prompt.is_at(&format!("{}[4](read-only)> ", home.here()));
    prompt.answers("SET k v", "The connection is read-only: SET was not sent.");
    prompt.answers("DBSIZE", "(integer) 0");
    prompt.types("KEYS *\r");
    prompt.shows("KEYS * on 127.0.0.1");
    prompt.types("yes\r");
    prompt.shows("(empty array)");
}
