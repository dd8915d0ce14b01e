//! `redis.call` and what else takes a command.

use ferrous_resp::DoubleText;
use smallvec::SmallVec;

use crate::convert;
use crate::host::Permission;
use crate::raise::{Outcome, Raise};
use crate::state::{Kind, Stack};

/// A reply buffer that has grown larger than this is not kept for the next call.
const REPLY_BYTES_KEPT: usize = 64 << 10;

/// 2⁶³: whole numbers below it are written in full.
const INTEGERS_BOUND: f64 = 9_223_372_036_854_775_808.0;

/// Runs a command and returns its reply; raises it when it is an error.
pub(super) fn call(stack: &mut Stack<'_>) -> Outcome {
    run(stack, true)
}

/// Runs a command and returns its reply, error or not.
pub(super) fn pcall(stack: &mut Stack<'_>) -> Outcome {
    match run(stack, false) {
        Err(Raise::Reply(text)) => {
            stack.set_top(0);
            crate::raise::push_error_table(stack, &text)?;
            Ok(1)
        }
        outcome => outcome,
    }
}

fn run(stack: &mut Stack<'_>, raise_errors: bool) -> Outcome {
    let shared = stack.shared();
    let mut reply = shared.reply.take();
    reply.clear();
    {
        let numbers = Numbers::of(stack);
        let argv = argv(stack, &numbers)?;
        let abandoned = shared.with_host(|host| {
            host.call(&argv, shared.protocol.get(), &mut reply);
            host.abandoned()
        });
        if let Some(message) = abandoned.ok_or_else(no_host)? {
            shared.end_run();
            return Err(Raise::reply(message.into_bytes()));
        }
    }
    stack.set_top(0);
    convert::push_reply(stack, &reply)?;
    let is_error = matches!(reply.first(), Some(b'-' | b'!'));
    if reply.capacity() <= REPLY_BYTES_KEPT {
        shared.reply.set(reply);
    }
    if is_error && raise_errors {
        return Err(Raise::Top);
    }
    Ok(1)
}

/// Whether the user may run a command.
pub(super) fn acl_check_cmd(stack: &mut Stack<'_>) -> Outcome {
    let permission = {
        let numbers = Numbers::of(stack);
        let argv = argv(stack, &numbers)?;
        stack
            .shared()
            .with_host(|host| host.may_run(&argv))
            .ok_or_else(no_host)?
    };
    let granted = match permission {
        Permission::Granted => true,
        Permission::Denied => false,
        Permission::UnknownCommand => {
            return Err(Raise::reply(
                "Invalid command passed to redis.acl_check_cmd()",
            ));
        }
    };
    stack.push_boolean(granted)?;
    Ok(1)
}

#[cold]
pub(super) fn no_host() -> Raise {
    Raise::reply("the server cannot be reached from here")
}

/// The texts of the numbers among the arguments. They are not written into the stack, which may be full of arguments.
#[derive(Default)]
struct Numbers {
    text: SmallVec<[u8; 32]>,
    /// Where each number ends in the text.
    ends: SmallVec<[usize; 8]>,
}

impl Numbers {
    fn of(stack: &Stack<'_>) -> Self {
        let mut numbers = Self::default();
        for index in 1..=stack.top() {
            if stack.kind(index) == Kind::Number {
                numbers.push(stack.number(index).unwrap_or_default());
            }
        }
        numbers
    }

    /// Adds a number, as exact as it is.
    fn push(&mut self, number: f64) {
        if number.fract() == 0.0 && number.abs() < INTEGERS_BOUND {
            let mut buffer = itoa::Buffer::new();
            self.text
                .extend_from_slice(buffer.format(number as i64).as_bytes());
        } else {
            self.text.extend_from_slice(&DoubleText::new(number));
        }
        self.ends.push(self.text.len());
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        let ends = self.ends.iter();
        ends.map(move |end| &self.text[std::mem::replace(&mut start, *end)..*end])
    }
}

/// The arguments of the running function as those of a command.
fn argv<'a>(stack: &'a Stack<'_>, numbers: &'a Numbers) -> Result<SmallVec<[&'a [u8]; 8]>, Raise> {
    let count = stack.top();
    if count == 0 {
        return Err(Raise::reply(
            "Please specify at least one argument for this redis lib call",
        ));
    }
    let mut numbers = numbers.iter();
    let mut argv = SmallVec::with_capacity(count as usize);
    for index in 1..=count {
        let arg = match stack.kind(index) {
            Kind::Number => numbers.next(),
            _ => stack.bytes(index),
        };
        argv.push(arg.ok_or_else(|| {
            Raise::reply("Lua redis lib command arguments must be strings or integers")
        })?);
    }
    Ok(argv)
}
