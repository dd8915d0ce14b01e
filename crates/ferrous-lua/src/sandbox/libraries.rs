//! The libraries and functions that scripts may use.

use super::freeze::freeze;
use super::{base, math, text};
use crate::raise::Raise;
use crate::state::{Guarded, Reference, Stack};
use crate::{bits, cjson, cmsgpack, packing};

/// Functions of Lua's base library, each with what has to stand in front of it.
const BASE: &[(&str, Option<Guarded>)] = &[
    ("_VERSION", None),
    ("assert", None),
    ("collectgarbage", Some(Guarded::Collects)),
    ("error", None),
    ("gcinfo", None),
    ("ipairs", None),
    ("next", Some(Guarded::Reads)),
    ("rawequal", None),
    ("rawget", Some(Guarded::Reads)),
    ("rawset", Some(Guarded::Changes)),
    ("select", None),
    ("setmetatable", Some(Guarded::Changes)),
    ("tonumber", None),
    ("tostring", None),
    ("type", None),
];

/// Functions of Lua's other libraries that need something in front of them.
const GUARDED: &[(&str, &[(&str, Guarded)])] = &[
    (
        "table",
        &[
            ("foreach", Guarded::Reads),
            ("insert", Guarded::Changes),
            ("maxn", Guarded::Reads),
            ("remove", Guarded::Changes),
            ("sort", Guarded::Changes),
        ],
    ),
    (
        "string",
        &[
            ("find", Guarded::Matches),
            ("gfind", Guarded::Matches),
            ("gmatch", Guarded::Matches),
            ("gsub", Guarded::Matches),
            ("match", Guarded::Matches),
        ],
    ),
    ("coroutine", &[]),
    ("math", &[]),
];

/// Adds all that scripts and functions both see to the table at `globals`. Returns how `cjson` is set up.
pub(super) fn add_all(stack: &mut Stack<'_>, globals: i32) -> Result<Reference, Raise> {
    for (name, guarded) in BASE {
        stack.raw_get_field(Stack::GLOBALS, name)?;
        if let Some(guarded) = guarded {
            stack.guard(*guarded)?;
        }
        stack.raw_set_field(globals, name)?;
    }
    for (name, functions) in GUARDED {
        stack.raw_get_field(Stack::GLOBALS, name)?;
        let library = stack.top();
        for (function, guarded) in *functions {
            stack.raw_get_field(library, function)?;
            stack.guard(*guarded)?;
            stack.raw_set_field(library, function)?;
        }
        match *name {
            "string" => text::add(stack, library)?,
            "math" => math::add(stack, library)?,
            "coroutine" => {
                stack.push_resume()?;
                stack.raw_set_field(library, "resume")?;
            }
            _ => {}
        }
        freeze(stack, false)?;
        stack.raw_set_field(globals, name)?;
    }
    stack.push_pcall()?;
    stack.raw_set_field(globals, "pcall")?;
    stack.push_xpcall()?;
    stack.raw_set_field(globals, "xpcall")?;
    add_clock(stack, globals)?;
    base::add(stack, globals)?;
    for (name, push) in [
        ("bit", bits::push as fn(&mut Stack<'_>) -> Result<(), Raise>),
        ("cmsgpack", cmsgpack::push),
        ("struct", packing::push),
    ] {
        push(stack)?;
        freeze(stack, false)?;
        stack.raw_set_field(globals, name)?;
    }
    let json = cjson::push(stack)?;
    freeze(stack, false)?;
    stack.raw_set_field(globals, "cjson")?;
    Ok(json)
}

/// Of Lua's `os` only the clock.
fn add_clock(stack: &mut Stack<'_>, globals: i32) -> Result<(), Raise> {
    stack.push_table(0, 1)?;
    let library = stack.top();
    stack.raw_get_field(Stack::GLOBALS, "os")?;
    stack.raw_get_field(library + 1, "clock")?;
    stack.raw_set_field(library, "clock")?;
    stack.set_top(library);
    freeze(stack, false)?;
    stack.raw_set_field(globals, "os")
}
