//! A stopped script, for debuggers and profilers.

use crate::host::Host;
use crate::raise::{Failure, Raise};
use crate::show::show;
use crate::state::{Kind, Stack};

/// A function on the call stack of a stopped script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its depth, 0 for the innermost.
    pub level: usize,
    /// The name that its caller knows it by.
    pub name: Option<String>,
    /// The name that its source was loaded under.
    pub source: String,
    /// The line that it is at; none in functions that are not written in Lua.
    pub line: Option<u32>,
}

/// A script between two lines.
pub struct Inspector<'a, 's> {
    stack: &'a mut Stack<'s>,
    line: i32,
}

impl<'a, 's> Inspector<'a, 's> {
    pub(crate) fn new(stack: &'a mut Stack<'s>, line: i32) -> Self {
        Self { stack, line }
    }

    /// The line that runs next.
    pub fn line(&self) -> u32 {
        self.line.max(0) as u32
    }

    /// The name that the source of the running function was loaded under, such as `@user_script`.
    pub fn source(&self) -> String {
        self.stack
            .level(0)
            .map(|level| lossy(&level.source))
            .unwrap_or_default()
    }

    /// How many functions call one another.
    pub fn depth(&self) -> usize {
        let mut depth = 0;
        while self.stack.level(depth).is_some() {
            depth += 1;
        }
        depth as usize
    }

    /// The call stack, innermost first.
    pub fn frames(&self) -> Vec<Frame> {
        (0..)
            .map_while(|level| Some((level, self.stack.level(level)?)))
            .map(|(level, at)| Frame {
                level: level as usize,
                name: at.name.as_deref().map(lossy),
                source: lossy(&at.source),
                line: at.line.filter(|line| *line > 0),
            })
            .collect()
    }

    /// The local variables of a level that have names, in order of declaration, their values written out.
    pub fn locals(&mut self, level: usize) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for number in 1.. {
            let Ok(Some(name)) = self.stack.push_local(level as i32, number) else {
                break;
            };
            // Names of the compiler's own, such as (for state), begin with a parenthesis.
            if !name.starts_with(b"(") {
                let top = self.stack.top();
                found.push((lossy(&name), lossy(&show(self.stack, top))));
            }
            self.stack.pop(1);
        }
        found
    }

    /// A local variable, or else `KEYS` or `ARGV`, written out.
    pub fn variable(&mut self, name: &str) -> Option<String> {
        for level in 0..self.depth() {
            let found = self
                .locals(level)
                .into_iter()
                .rev()
                .find(|(local, _)| local == name);
            if let Some((_, value)) = found {
                return Some(value);
            }
        }
        // Released debuggers show these two globals and no others.
        if !matches!(name, "KEYS" | "ARGV") {
            return None;
        }
        self.evaluate_bytes(format!("return {name}").as_bytes())
            .ok()
    }

    /// Runs code as released debuggers do: with global variables only, an expression first; its value written out.
    ///
    /// The host of the script is at work, halting it, so the code reaches another.
    ///
    /// # Errors
    /// The message, when it does not compile or fails.
    pub fn evaluate(&mut self, code: &str, host: &mut dyn Host) -> Result<String, String> {
        let expression = format!("return {code}");
        let shared = self.stack.shared();
        shared
            .lend(host, || match self.evaluate_bytes(expression.as_bytes()) {
                Err(Evaluation::Syntax(_)) => self.evaluate_bytes(code.as_bytes()),
                other => other,
            })
            .map_err(|error| match error {
                Evaluation::Syntax(message) | Evaluation::Failed(message) => message,
            })
    }

    fn evaluate_bytes(&mut self, code: &[u8]) -> Result<String, Evaluation> {
        let top = self.stack.top();
        let result = self.try_evaluate(code);
        self.stack.set_top(top);
        result.unwrap_or_else(|_| Err(Evaluation::Failed("stack overflow".to_owned())))
    }

    fn try_evaluate(&mut self, code: &[u8]) -> Result<Result<String, Evaluation>, Raise> {
        let compiled = self.stack.load(code, b"@ldb_eval")?;
        let top = self.stack.top();
        if !compiled {
            return Ok(Err(Evaluation::Syntax(self.message(top))));
        }
        let called = self.stack.call(0, 1, 0);
        Ok(match called {
            Ok(()) => Ok(lossy(&show(self.stack, top))),
            Err(Failure::Memory) => Err(Evaluation::Failed("not enough memory".to_owned())),
            Err(_) => Err(Evaluation::Failed(self.message(top))),
        })
    }

    /// An error value as it is read: the text itself, or that of an error reply.
    fn message(&mut self, index: i32) -> String {
        if self.stack.kind(index) == Kind::Table
            && self.stack.raw_get_field(index, "err").is_ok()
            && self.stack.kind(index + 1) == Kind::String
        {
            return lossy(self.stack.text(index + 1).unwrap_or_default());
        }
        match self.stack.text(index) {
            Some(text) => lossy(text),
            None => lossy(&show(self.stack, index)),
        }
    }
}

enum Evaluation {
    Syntax(String),
    Failed(String),
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
