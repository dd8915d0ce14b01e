//! The tables `redis` and `server`: how scripts and functions reach the host.

mod call;
mod register;
mod reply;
mod run;

use crate::raise::{Outcome, Raise};
use crate::sandbox::freeze;
use crate::state::Stack;

/// The two names of the same interface.
pub(crate) const NAMES: [&str; 2] = ["redis", "server"];

/// The version of Redis that scripts are told.
pub const REDIS_VERSION: &str = "7.2.4";

/// The version of Valkey that scripts are told.
pub const VALKEY_VERSION: &str = "9.1.0";

/// The name that scripts are told.
const SERVER_NAME: &str = "ferrous";

/// The interface of scripts, frozen.
pub(crate) fn push_for_scripts(stack: &mut Stack<'_>) -> Result<(), Raise> {
    push_common(stack)?;
    add(stack, "breakpoint", run::breakpoint)?;
    add(stack, "debug", run::debug)?;
    add(stack, "replicate_commands", run::replicate_commands)?;
    freeze(stack, false)
}

/// The interface of functions, frozen.
pub(crate) fn push_for_functions(stack: &mut Stack<'_>) -> Result<(), Raise> {
    push_common(stack)?;
    freeze(stack, false)
}

/// The interface of libraries while they load, yet to be frozen.
pub(crate) fn push_for_loading(stack: &mut Stack<'_>) -> Result<(), Raise> {
    stack.push_table(0, 16)?;
    add_constants(stack)?;
    add(stack, "log", run::log)?;
    add(stack, "register_function", register::register_function)
}

fn push_common(stack: &mut Stack<'_>) -> Result<(), Raise> {
    stack.push_table(0, 32)?;
    add_constants(stack)?;
    for (name, value) in [
        ("REPL_NONE", 0.0),
        ("REPL_AOF", 1.0),
        ("REPL_SLAVE", 2.0),
        ("REPL_REPLICA", 2.0),
        ("REPL_ALL", 3.0),
    ] {
        add_number(stack, name, value)?;
    }
    add(stack, "call", call::call)?;
    add(stack, "pcall", call::pcall)?;
    add(stack, "acl_check_cmd", call::acl_check_cmd)?;
    add(stack, "error_reply", reply::error_reply)?;
    add(stack, "status_reply", reply::status_reply)?;
    add(stack, "sha1hex", reply::sha1hex)?;
    add(stack, "log", run::log)?;
    add(stack, "setresp", run::setresp)?;
    add(stack, "set_repl", run::set_repl)
}

fn add_constants(stack: &mut Stack<'_>) -> Result<(), Raise> {
    for (name, value) in [
        ("LOG_DEBUG", 0.0),
        ("LOG_VERBOSE", 1.0),
        ("LOG_NOTICE", 2.0),
        ("LOG_WARNING", 3.0),
        ("REDIS_VERSION_NUM", version_number(REDIS_VERSION)),
        ("VALKEY_VERSION_NUM", version_number(VALKEY_VERSION)),
    ] {
        add_number(stack, name, value)?;
    }
    let table = stack.top();
    for (name, value) in [
        ("REDIS_VERSION", REDIS_VERSION),
        ("VALKEY_VERSION", VALKEY_VERSION),
        ("SERVER_NAME", SERVER_NAME),
    ] {
        stack.push_bytes(value.as_bytes())?;
        stack.raw_set_field(table, name)?;
    }
    Ok(())
}

/// A version as one number, a byte for each of its parts.
fn version_number(version: &str) -> f64 {
    let number = version.split('.').fold(0, |number, part| {
        number * 256 + part.parse::<u32>().unwrap_or_default()
    });
    f64::from(number)
}

fn add_number(stack: &mut Stack<'_>, name: &str, value: f64) -> Result<(), Raise> {
    let table = stack.top();
    stack.push_number(value)?;
    stack.raw_set_field(table, name)
}

fn add<F>(stack: &mut Stack<'_>, name: &str, function: F) -> Result<(), Raise>
where
    F: Fn(&mut Stack<'_>) -> Outcome + Copy + 'static,
{
    let table = stack.top();
    stack.push_function(function, 0)?;
    stack.raw_set_field(table, name)
}
