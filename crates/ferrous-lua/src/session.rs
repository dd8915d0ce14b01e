//! An interactive session: pieces of Lua that share global variables of their own, which scripts do not have.

use crate::host::Host;
use crate::machine::{Machine, begin, end_quietly, failure_text};
use crate::raise::Raise;
use crate::sandbox::{Environment, SLOT_HANDLER};
use crate::show::show;
use crate::state::{Reference, Stack};

/// The global variables of a session of one machine; what is not among them is looked for among those of scripts.
pub struct Session {
    globals: Reference,
}

/// What became of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluated {
    /// Its values, written out.
    Values(Vec<String>),
    /// It is the beginning of a piece.
    Incomplete,
    /// It is no Lua, or failed.
    Failed(String),
}

impl Machine {
    /// A session without variables.
    pub fn session(&mut self) -> Session {
        let globals = self.state.enter(new_globals);
        Session {
            globals: globals.expect("an idle machine has room for two tables"),
        }
    }

    /// Runs a piece of Lua, an expression or statements, with these `KEYS` and `ARGV`.
    pub fn evaluate(
        &mut self,
        session: &Session,
        code: &[u8],
        keys: &[&[u8]],
        arguments: &[&[u8]],
        host: &mut dyn Host,
    ) -> Evaluated {
        let environment = &self.environment;
        self.state.run(host, |stack| {
            let top = stack.top();
            let evaluated = begin(stack, environment)
                .and_then(|()| Environment::set_arguments(stack, keys, arguments))
                .and_then(|()| evaluate(stack, session, code));
            end_quietly(stack, top);
            evaluated.unwrap_or_else(|_| Evaluated::Failed("stack overflow".to_owned()))
        })
    }
}

fn new_globals(stack: &mut Stack<'_>) -> Result<Reference, Raise> {
    stack.push_table(0, 8)?;
    let globals = stack.top();
    stack.push_table(0, 1)?;
    stack.push_copy(Stack::GLOBALS)?;
    stack.raw_set_field(globals + 1, "__index")?;
    stack.set_metatable(globals);
    Ok(stack.keep())
}

fn evaluate(stack: &mut Stack<'_>, session: &Session, code: &[u8]) -> Result<Evaluated, Raise> {
    let top = stack.top();
    let expression = [b"return ", code].concat();
    let mut loaded = stack.load(&expression, b"@user_script")?;
    if !loaded {
        stack.set_top(top);
        loaded = stack.load(code, b"@user_script")?;
    }
    if !loaded {
        let message = text(stack.text(top + 1));
        let more = message.ends_with("'<eof>'");
        return Ok(if more {
            Evaluated::Incomplete
        } else {
            Evaluated::Failed(message)
        });
    }
    stack.push_kept(&session.globals)?;
    stack.set_environment(top + 1);
    if let Err(failure) = stack.call(0, Stack::ALL_RESULTS, SLOT_HANDLER) {
        let message = failure_text(stack, failure)?;
        return Ok(Evaluated::Failed(text(Some(&message))));
    }
    let values = (top + 1..=stack.top()).map(|index| text(Some(&show(stack, index))));
    Ok(Evaluated::Values(values.collect()))
}

fn text(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}
