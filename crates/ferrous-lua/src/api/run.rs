//! Functions about the run itself: log, protocol, replication, debugger.

use ferrous_resp::Protocol;

use super::call::no_host;
use crate::host::{LogLevel, Replication};
use crate::raise::{Outcome, Raise};
use crate::show::show;
use crate::state::Stack;

/// Logs the strings among the arguments.
pub(super) fn log(stack: &mut Stack<'_>) -> Outcome {
    let count = stack.top();
    if count < 2 {
        return Err(Raise::reply("redis.log() requires two arguments or more."));
    }
    let Some(level) = stack.number(1) else {
        return Err(Raise::reply("First argument must be a number (log level)."));
    };
    let level = usize::try_from(level as i64)
        .ok()
        .and_then(|level| LogLevel::ALL.get(level))
        .ok_or_else(|| Raise::reply("Invalid debug level."))?;
    let mut message = Vec::new();
    for index in 2..=count {
        if let Some(text) = stack.text(index) {
            if index > 2 {
                message.push(b' ');
            }
            message.extend_from_slice(text);
        }
    }
    stack
        .shared()
        .with_host(|host| host.log(*level, &message))
        .ok_or_else(no_host)?;
    Ok(0)
}

/// Chooses the protocol whose types replies arrive in.
pub(super) fn setresp(stack: &mut Stack<'_>) -> Outcome {
    if stack.top() != 1 {
        return Err(Raise::reply("redis.setresp() requires one argument."));
    }
    let protocol = match stack.number(1).unwrap_or_default() as i64 {
        2 => Protocol::Resp2,
        3 => Protocol::Resp3,
        _ => return Err(Raise::reply("RESP version must be 2 or 3.")),
    };
    stack.shared().protocol.set(protocol);
    Ok(0)
}

/// Chooses where effects go.
pub(super) fn set_repl(stack: &mut Stack<'_>) -> Outcome {
    if stack.top() != 1 {
        return Err(Raise::reply("redis.set_repl() requires one argument."));
    }
    let flags = stack.number(1).unwrap_or_default() as i64;
    if flags & !3 != 0 {
        return Err(Raise::reply(
            "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
        ));
    }
    let replication = Replication {
        aof: flags & 1 != 0,
        replicas: flags & 2 != 0,
    };
    stack
        .shared()
        .with_host(|host| host.set_replication(replication))
        .ok_or_else(no_host)?;
    Ok(0)
}

/// Effects are what is replicated, always.
pub(super) fn replicate_commands(stack: &mut Stack<'_>) -> Outcome {
    stack.push_boolean(true)?;
    Ok(1)
}

/// Stops at the next line, in a debugger.
pub(super) fn breakpoint(stack: &mut Stack<'_>) -> Outcome {
    let stops = stack
        .shared()
        .with_host(|host| host.breakpoint())
        .unwrap_or_default();
    stack.push_boolean(stops)?;
    Ok(1)
}

/// Shows the arguments, in a debugger.
#[expect(clippy::unnecessary_wraps, reason = "the shape of all functions")]
pub(super) fn debug(stack: &mut Stack<'_>) -> Outcome {
    let count = stack.top();
    let values: Vec<_> = (1..=count).map(|index| show(stack, index)).collect();
    stack.shared().with_host(|host| host.debug(&values));
    Ok(0)
}
