//! What a call of a script may do, as far as the script declares it.

use ferrous_engine::command::{Flags, Registered};
use ferrous_lua::{Flags as ScriptFlags, Script, Sha1};

use super::contention::runs_script;
use crate::execute::Handler;
use crate::server::Server;

/// The flags of a call, which are `flags` by its row alone. A script that declares what it does is judged as a whole: it
/// writes, unless it says that it does not.
pub(crate) fn declared_flags(
    server: &Server,
    command: &Registered<Handler>,
    argv: &[&[u8]],
    flags: Flags,
) -> Flags {
    if !runs_script(command) {
        return flags;
    }
    match declarations(server, command, argv[1]) {
        Some(declared) if declared.contains(ScriptFlags::COMPATIBLE) => flags,
        Some(declared) if declared.contains(ScriptFlags::NO_WRITES) => {
            flags.without(Flags::MAY_REPLICATE)
        }
        Some(_) => flags.with(Flags::WRITE),
        None => flags,
    }
}

/// What the script or function declares that a call names by its text, its digest or its name; nothing when it is unknown
/// or its first line is not as it must be.
fn declarations(
    server: &Server,
    command: &Registered<Handler>,
    name: &[u8],
) -> Option<ScriptFlags> {
    let scripting = &server.scripting;
    if command.full_name.starts_with("fcall") {
        let libraries = scripting.libraries();
        let function = libraries.function(name)?;
        return Some(function.info().flags);
    }
    let known = Sha1::from_digits(name).and_then(|digest| scripting.scripts.find(&digest));
    match known {
        Some(known) => Some(known.script().flags()),
        None => Script::new(name).ok().map(|script| script.flags()),
    }
}
