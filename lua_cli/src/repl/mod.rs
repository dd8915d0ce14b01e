//! The prompt: pieces of Lua, run as they are typed, in the sandbox of scripts.
//!
//! Unlike scripts, pieces may assign global variables, which the pieces after them see. A piece that is not finished goes
//! on in the next line. Lines that begin with a colon are for the prompt itself ([`colon`]).

mod colon;
mod complete;

use std::path::PathBuf;
use std::process::ExitCode;

use ferrous_lua::{Evaluated, Session};

use crate::console::{Console, Line, write_line};
use crate::options::Options;
use crate::runner::Runner;
use crate::world::World;
use complete::LuaHelper;

const WELCOME: &str = "Lua as in scripts; :help tells of this prompt, Ctrl-D leaves.";

/// Whether the prompt goes on.
enum Next {
    Goes,
    Ends,
}

/// What the prompt works on.
struct Prompt {
    runner: Runner,
    world: World,
    session: Session,
    keys: Vec<Vec<u8>>,
    arguments: Vec<Vec<u8>>,
}

/// Talks with the user until there is no more to say.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut runner = Runner::new(options.memory_limit);
    let mut world = World::new(options)?;
    runner.load_all(&mut world)?;
    let session = runner.machine.session();
    let (keys, arguments) = options.keys_and_arguments();
    let owned = |words: Vec<&[u8]>| words.into_iter().map(<[u8]>::to_vec).collect();
    let mut prompt = Prompt {
        runner,
        world,
        session,
        keys: owned(keys),
        arguments: owned(arguments),
    };
    let helper = LuaHelper::new(prompt.names());
    let mut console = Console::new("lua> ", Some(helper), history());
    if console.is_edited() {
        write_line(WELCOME);
    }
    prompt.converse(&mut console);
    Ok(ExitCode::SUCCESS)
}

impl Prompt {
    fn converse(&mut self, console: &mut Console<LuaHelper>) {
        let mut piece = String::new();
        loop {
            match console.read() {
                Line::Text(line) => piece += &line,
                Line::Interrupted => {
                    piece.clear();
                    continue;
                }
                Line::End => break,
            }
            if let Some(command) = piece.trim_start().strip_prefix(':') {
                if matches!(self.obey(command), Next::Ends) {
                    return;
                }
            } else if !self.evaluate(&piece) {
                piece.push('\n');
                continue;
            }
            piece.clear();
        }
        if !piece.is_empty() {
            write_line("(error) the last piece is not finished");
        }
    }

    /// Runs a piece and shows its values; false when it goes on in the next line.
    fn evaluate(&mut self, piece: &str) -> bool {
        match self.value(piece) {
            Evaluated::Values(values) => values.iter().for_each(|value| write_line(value)),
            Evaluated::Failed(message) => write_line(&format!("(error) {message}")),
            Evaluated::Incomplete => return false,
        }
        true
    }

    fn value(&mut self, piece: &str) -> Evaluated {
        let slices = |words: &[Vec<u8>]| words.to_vec();
        let (keys, arguments) = (slices(&self.keys), slices(&self.arguments));
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let arguments: Vec<&[u8]> = arguments.iter().map(Vec::as_slice).collect();
        self.world.resume();
        self.runner.machine.evaluate(
            &self.session,
            piece.as_bytes(),
            &keys,
            &arguments,
            &mut self.world,
        )
    }

    /// The names that scripts find, those in tables with the table's name in front.
    fn names(&mut self) -> Vec<String> {
        const LIST: &str = "(function() local names = {} for name, value in pairs(_G) do names[#names + 1] = name \
            if type(value) == 'table' and name ~= '_G' then for field in pairs(value) do \
            if type(field) == 'string' then names[#names + 1] = name .. '.' .. field end end end end \
            return table.concat(names, ' ') end)()";
        let Evaluated::Values(values) = self.value(LIST) else {
            return Vec::new();
        };
        let names = values.first().map_or("", String::as_str);
        let mut names: Vec<_> = names
            .trim_matches('"')
            .split(' ')
            .map(str::to_owned)
            .collect();
        names.sort();
        names
    }
}

/// The file that the history is kept in: `LUA_CLI_HISTFILE`, or one in the home directory.
fn history() -> Option<PathBuf> {
    std::env::var_os("LUA_CLI_HISTFILE")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".lua_cli_history")))
        .filter(|path| path.as_os_str() != "/dev/null" && !path.as_os_str().is_empty())
}
