//! One file of tests, while it runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ferrous_client::Value;
use ferrous_lua::{Host, Inspector, Interrupt, LogLevel, Machine, Permission, Replication};
use ferrous_lua::{Script, ScriptCache, Settings};
use ferrous_resp::{Encoder, Protocol};

use super::Outcome;
use crate::options::Options;
use crate::runner::{Arguments, Runner, refused};
use crate::world::{World, parse};

const PRELUDE: &str = include_str!("prelude.lua");

/// The command that the functions of the prelude call.
const CONTROL: &[u8] = b"lua_cli";

/// The test that runs.
struct Running {
    name: String,
    started: Instant,
}

/// A file of tests, and what became of them so far. It is the host of the file's own script.
pub(super) struct Suite<'o> {
    options: &'o Options,
    path: PathBuf,
    world: World,
    runner: Runner,
    running: Option<Running>,
    outcomes: Vec<Outcome>,
    /// The line of the file that runs.
    line: u32,
    /// The line that got the last error reply.
    failing: u32,
}

impl<'o> Suite<'o> {
    /// Runs all tests of a file.
    pub(super) fn run(
        options: &'o Options,
        path: &Path,
        text: &[u8],
    ) -> anyhow::Result<Vec<Outcome>> {
        let mut world = World::new(options)?;
        let mut runner = Runner::new(options.memory_limit);
        runner.load_all(&mut world)?;
        let mut suite = Self {
            options,
            path: path.to_owned(),
            world,
            runner,
            running: None,
            outcomes: Vec::new(),
            line: 0,
            failing: 0,
        };
        if let Some(problem) = suite.perform(text) {
            let problem = suite.placed(&problem);
            suite.note("outside of tests".to_owned(), Some(problem), 0.0);
        }
        Ok(suite.outcomes)
    }

    /// Runs the file's script; what went wrong outside of its tests.
    fn perform(&mut self, text: &[u8]) -> Option<String> {
        // On one line, so that lines are counted as in the file.
        let prelude = PRELUDE.replace('\n', " ");
        let text = text.strip_prefix(b"#!").map_or(text, |rest| {
            let end = rest.iter().position(|byte| *byte == b'\n');
            &rest[end.unwrap_or(rest.len())..]
        });
        let text = [prelude.as_bytes(), text].concat();
        let script = match Script::new(&text) {
            Ok(script) => ScriptCache::default().add(script),
            Err(error) => return Some(error.to_string()),
        };
        let mut machine = Machine::new(&Settings::default());
        if let Err(message) = machine.compile(&script) {
            return Some(message);
        }
        machine.set_line_events(true);
        self.world.begin(false);
        let mut output = Vec::new();
        let mut reply = Encoder::new(&mut output, Protocol::Resp2);
        machine.run(&script.script().sha1(), &[], &[], self, &mut reply);
        match parse(&output) {
            Some(Value::Error(text) | Value::BlobError(text)) => {
                Some(String::from_utf8_lossy(&text).into_owned())
            }
            _ => None,
        }
    }

    fn note(&mut self, name: String, problem: Option<String>, millis: f64) {
        self.outcomes.push(Outcome {
            file: self.path.display().to_string(),
            name,
            problem,
            millis,
        });
    }

    /// A message whose places are those of the file; one without any gets that of the last error reply.
    fn placed(&self, message: &str) -> String {
        let file = self.path.display();
        if message.contains("user_script:") {
            return message.replace("user_script:", &format!("{file}:"));
        }
        format!("{file}:{}: {message}", self.failing)
    }

    /// Does what a function of the prelude asks for.
    fn control(&mut self, argv: &[&[u8]], reply: &mut Vec<u8>) -> anyhow::Result<()> {
        let mut out = Encoder::new(reply, Protocol::Resp2);
        match *argv {
            [b"begin", name] => {
                let begins = self.begin(&String::from_utf8_lossy(name))?;
                if begins { out.ok() } else { out.nil() }
            }
            [b"end", outcome, problem] => {
                self.end(outcome == b"ok", &String::from_utf8_lossy(problem));
                out.ok();
            }
            [b"advance", ms] => {
                let ms = std::str::from_utf8(ms)?.parse()?;
                self.world.dataset.advance(Duration::from_millis(ms));
                out.ok();
            }
            [b"load", path] => {
                let code = self.read(path)?;
                self.runner.load(&code, &mut self.world)?;
                out.ok();
            }
            [b"run", path, count, ref rest @ ..] => {
                let script = self.read(path)?;
                reply.extend(self.script(count, rest, |runner, arguments, world| {
                    runner.eval(&script, arguments, Protocol::Resp2, world)
                })?);
            }
            [b"eval", script, count, ref rest @ ..] => {
                reply.extend(self.script(count, rest, |runner, arguments, world| {
                    runner.eval(script, arguments, Protocol::Resp2, world)
                })?);
            }
            [b"fcall", name, count, ref rest @ ..] => {
                reply.extend(self.script(count, rest, |runner, arguments, world| {
                    runner.fcall(name, arguments, Protocol::Resp2, world)
                })?);
            }
            _ => anyhow::bail!("wrong arguments of a function of the tests"),
        }
        Ok(())
    }

    /// A test begins, unless it is not wanted: with the data of the options and no other.
    fn begin(&mut self, name: &str) -> anyhow::Result<bool> {
        anyhow::ensure!(self.running.is_none(), "a test within a test");
        let filter = self.options.filter.as_deref().unwrap_or_default();
        if !name.contains(filter) {
            return Ok(false);
        }
        self.world = World::new(self.options)?;
        self.runner = Runner::new(self.options.memory_limit);
        self.runner.load_all(&mut self.world)?;
        self.world.begin(false);
        self.running = Some(Running {
            name: name.to_owned(),
            started: Instant::now(),
        });
        Ok(true)
    }

    fn end(&mut self, passed: bool, problem: &str) {
        let Some(Running { name, started }) = self.running.take() else {
            return;
        };
        let problem = (!passed).then(|| self.placed(problem));
        self.note(name, problem, started.elapsed().as_secs_f64() * 1e3);
    }

    /// A file beside the file of tests.
    fn read(&self, path: &[u8]) -> anyhow::Result<Vec<u8>> {
        let path = String::from_utf8_lossy(path);
        let beside = self.path.with_file_name(&*path);
        fs::read(&beside)
            .map_err(|error| anyhow::anyhow!("cannot read {}: {error}", beside.display()))
    }

    /// Runs a script of the tests with keys and arguments.
    fn script(
        &mut self,
        count: &[u8],
        words: &[&[u8]],
        run: impl FnOnce(&mut Runner, Arguments<'_>, &mut World) -> Vec<u8>,
    ) -> anyhow::Result<Vec<u8>> {
        let count: usize = std::str::from_utf8(count)?.parse()?;
        anyhow::ensure!(count <= words.len(), "a key or an argument is nil");
        let (keys, arguments) = words.split_at(count);
        let reply = run(
            &mut self.runner,
            Arguments { keys, arguments },
            &mut self.world,
        );
        // What the test itself does next may write again.
        self.world.dataset.begin(false);
        Ok(reply)
    }
}

impl Host for Suite<'_> {
    fn call(&mut self, argv: &[&[u8]], protocol: Protocol, reply: &mut Vec<u8>) {
        let start = reply.len();
        if argv[0] == CONTROL {
            if let Err(error) = self.control(&argv[1..], reply) {
                reply.truncate(start);
                reply.extend(refused(&error.to_string()));
            }
        } else {
            self.world.call(argv, protocol, reply);
        }
        if reply.get(start) == Some(&b'-') {
            self.failing = self.line;
        }
    }

    fn may_run(&mut self, argv: &[&[u8]]) -> Permission {
        self.world.may_run(argv)
    }

    fn log(&mut self, level: LogLevel, message: &[u8]) {
        self.world.log(level, message);
    }

    fn set_replication(&mut self, replication: Replication) {
        self.world.set_replication(replication);
    }

    fn interrupt(&mut self) -> Interrupt {
        self.world.interrupt()
    }

    fn line(&mut self, at: &mut Inspector<'_, '_>) -> Interrupt {
        // The prelude is on the first line: what happens there was called from the line before.
        if at.line() > 1 {
            self.line = at.line();
        }
        Interrupt::Continue
    }
}
