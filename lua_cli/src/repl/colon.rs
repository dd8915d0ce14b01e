//! What a user says to the prompt itself, in lines that begin with a colon.

use std::path::Path;

use ferrous_client::split_line;
use ferrous_lua::Host;
use ferrous_resp::Protocol;

use super::{Next, Prompt};
use crate::console::write_line;
use crate::world::parse;

const HELP: &str = "\
:keys [key ...]      sets KEYS
:args [arg ...]      sets ARGV
:redis <cmd> ...     runs a command
:load <file>         runs a file here, as if it were typed
:data <file>         adds the keys of a file: RDB, JSON, or a command on each line
:trace on|off        shows every call of a command
:help                this text
:quit                leaves

A piece of Lua is run as it is typed, and its values are shown. Global variables stay until the end; local ones end with
their piece.";

impl Prompt {
    /// Does what a line asks for, its colon left out.
    pub(super) fn obey(&mut self, line: &str) -> Next {
        let Some(words) = split_line(line.trim().as_bytes()) else {
            write_line("(error) unbalanced quotes");
            return Next::Goes;
        };
        let Some((name, rest)) = words.split_first() else {
            write_line(HELP);
            return Next::Goes;
        };
        match (name.as_slice(), rest) {
            (b"help" | b"h" | b"?", []) => write_line(HELP),
            (b"quit" | b"q" | b"exit", []) => return Next::Ends,
            (b"keys", keys) => self.keys = keys.to_vec(),
            (b"args", arguments) => self.arguments = arguments.to_vec(),
            (b"redis" | b"r", [_, ..]) => self.command(rest),
            (b"trace", [switch]) if matches!(switch.as_slice(), b"on" | b"off") => {
                self.world.trace = switch == b"on";
            }
            (b"load", [path]) => self.load(&String::from_utf8_lossy(path)),
            (b"data", [path]) => self.data(&String::from_utf8_lossy(path)),
            _ => write_line("(error) there is no such command of the prompt; :help lists them"),
        }
        Next::Goes
    }

    fn command(&mut self, words: &[Vec<u8>]) {
        let argv: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let mut reply = Vec::new();
        self.world.resume();
        self.world.call(&argv, Protocol::Resp2, &mut reply);
        let mut text = Vec::new();
        if let Some(value) = parse(&reply) {
            ferrous_client::print::standard(&mut text, &value);
        }
        write_line(String::from_utf8_lossy(&text).trim_end_matches('\n'));
    }

    fn load(&mut self, path: &str) {
        match std::fs::read_to_string(path) {
            Ok(piece) if self.evaluate(&piece) => {}
            Ok(_) => write_line(&format!("(error) {path} ends within a piece")),
            Err(error) => write_line(&format!("(error) cannot read {path}: {error}")),
        }
    }

    fn data(&mut self, path: &str) {
        let loaded = self.world.dataset.load(Path::new(path));
        let loaded = loaded.and_then(|libraries| {
            self.world.libraries = libraries;
            self.runner.load_all(&mut self.world)
        });
        if let Err(error) = loaded {
            write_line(&format!("(error) {error:#}"));
        }
    }
}
