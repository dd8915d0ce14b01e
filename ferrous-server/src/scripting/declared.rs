//! What a call of a script may do, as far as the script declares it.

use ferrous_engine::command::{Flags, Registered};
use ferrous_lua::{Flags as ScriptFlags, Script, Sha1};

use super::contention::runs_script;
use crate::execute::Handler;
use crate::server::Server;

/// The flags of a call, which are `flags` by its row alone: a script or function that declares to write nothing does not
/// do what others may.
pub(crate) fn declared_flags(
    server: &Server,
    command: &Registered<Handler>,
    argv: &[&[u8]],
    flags: Flags,
) -> Flags {
    if runs_script(command) && writes_nothing(server, argv) {
        flags.without(Flags::MAY_REPLICATE)
    } else {
        flags
    }
}

/// True when what argument 1 names, a text, a digest or a function, declares to write nothing.
fn writes_nothing(server: &Server, argv: &[&[u8]]) -> bool {
    let scripting = &server.scripting;
    let name = argv[1];
    let by_digest = Sha1::from_digits(name).and_then(|digest| scripting.scripts.find(&digest));
    let flags = if argv[0].eq_ignore_ascii_case(b"FCALL") {
        let libraries = scripting.libraries();
        libraries
            .function(name)
            .map(|function| function.info().flags)
    } else if let Some(known) = by_digest {
        Some(known.script().flags())
    } else {
        Script::new(name).ok().map(|script| script.flags())
    };
    flags.is_some_and(|flags| flags.contains(ScriptFlags::NO_WRITES))
}
