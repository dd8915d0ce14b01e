//! `redis.register_function`: how the code of a library says what functions there are.

use crate::flags::Flags;
use crate::library::{FunctionInfo, is_name};
use crate::raise::{Outcome, Raise};
use crate::state::{Kind, Stack};

/// What a call registers; the callback is at an index of the stack.
#[derive(Default)]
struct Arguments {
    name: Option<Vec<u8>>,
    callback: Option<i32>,
    description: Option<Vec<u8>>,
    flags: Flags,
}

pub(super) fn register_function(stack: &mut Stack<'_>) -> Outcome {
    let arguments = match stack.top() {
        1 => named_arguments(stack)?,
        2 => positional_arguments(stack)?,
        _ => {
            return Err(Raise::reply(
                "wrong number of arguments to redis.register_function",
            ));
        }
    };
    let Some(name) = arguments.name else {
        return Err(Raise::reply(
            "redis.register_function must get a function name argument",
        ));
    };
    let Some(callback) = arguments.callback else {
        return Err(Raise::reply(
            "redis.register_function must get a callback argument",
        ));
    };
    if !is_name(&name) {
        return Err(Raise::reply(
            "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
        ));
    }
    let info = FunctionInfo {
        name: String::from_utf8_lossy(&name).into_owned(),
        description: arguments.description,
        flags: arguments.flags,
    };
    let shared = stack.shared();
    let Some(mut registration) = shared.registration.take() else {
        return Err(Raise::reply(
            "redis.register_function can only be called on FUNCTION LOAD command",
        ));
    };
    let known = registration.contains(&info.name);
    if !known {
        stack.push_copy(callback)?;
        registration.functions.push((info, stack.keep()));
    }
    shared.registration.set(Some(registration));
    if known {
        return Err(Raise::reply("Function already exists in the library"));
    }
    Ok(0)
}

fn positional_arguments(stack: &mut Stack<'_>) -> Result<Arguments, Raise> {
    let Some(name) = stack.text(1) else {
        return Err(Raise::reply(
            "first argument to redis.register_function must be a string",
        ));
    };
    let name = name.to_vec();
    if stack.kind(2) != Kind::Function {
        return Err(Raise::reply(
            "second argument to redis.register_function must be a function",
        ));
    }
    Ok(Arguments {
        name: Some(name),
        callback: Some(2),
        ..Arguments::default()
    })
}

fn named_arguments(stack: &mut Stack<'_>) -> Result<Arguments, Raise> {
    if stack.kind(1) != Kind::Table {
        return Err(Raise::reply(
            "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).",
        ));
    }
    let mut arguments = Arguments::default();
    // The callback stays below the pairs.
    stack.push_nil()?;
    stack.push_nil()?;
    while stack.next(1)? {
        named_argument(stack, &mut arguments)?;
        stack.set_top(3);
    }
    Ok(arguments)
}

/// One pair: the key at 3, the value at 4.
fn named_argument(stack: &mut Stack<'_>, arguments: &mut Arguments) -> Result<(), Raise> {
    let unknown = || Raise::reply("unknown argument given to redis.register_function");
    let key = stack.bytes(3).ok_or_else(|| {
        Raise::reply("named argument key given to redis.register_function is not a string")
    })?;
    match key {
        b"function_name" => {
            arguments.name = Some(stack.text(4).map(<[u8]>::to_vec).ok_or_else(|| {
                Raise::reply(
                    "function_name argument given to redis.register_function must be a string",
                )
            })?);
        }
        b"description" => {
            arguments.description = Some(stack.text(4).map(<[u8]>::to_vec).ok_or_else(|| {
                Raise::reply(
                    "description argument given to redis.register_function must be a string",
                )
            })?);
        }
        b"callback" => {
            if stack.kind(4) != Kind::Function {
                return Err(Raise::reply(
                    "callback argument given to redis.register_function must be a function",
                ));
            }
            stack.push_copy(4)?;
            stack.replace(2);
            arguments.callback = Some(2);
        }
        b"flags" => {
            if stack.kind(4) != Kind::Table {
                return Err(Raise::reply(
                    "flags argument to redis.register_function must be a table representing function flags",
                ));
            }
            arguments.flags = flags(stack)?;
        }
        _ => return Err(unknown()),
    }
    Ok(())
}

/// The flags listed in the table at 4.
fn flags(stack: &mut Stack<'_>) -> Result<Flags, Raise> {
    let mut flags = Flags::NONE;
    for position in 1.. {
        stack.raw_get_index(4, position)?;
        if stack.kind(5) == Kind::Nil {
            break;
        }
        let flag = stack.bytes(5).and_then(Flags::named);
        flags |= flag.ok_or_else(|| Raise::reply("unknown flag given"))?;
        stack.set_top(4);
    }
    Ok(flags)
}
