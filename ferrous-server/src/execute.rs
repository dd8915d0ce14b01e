//! The one door: every command, whoever calls it, is looked up, checked, run and counted here.

mod admission;
mod perform;
mod plan;
mod server_call;
mod turn;

use ferrous_engine::call::DataHandler;
use ferrous_engine::command::Flags;
use ferrous_engine::error::CommandError;
use ferrous_resp::Encoder;

use crate::blocked::Parked;
use crate::client::{ClientFlags, DurableWait, ReplyMode, Session};
use crate::scripting::{self, Verdict};
use crate::steps::Steps;
use crate::tracking;
use crate::transaction;

use perform::{begin, perform};

pub(crate) use perform::{PlannedCall, within};
pub(crate) use plan::{Named, Planned, plan};
pub(crate) use server_call::{Command, ServerCall, ServerFn};
pub(crate) use turn::Turn;

/// What runs a command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Handler {
    /// The engine, on the keyspace.
    Data(DataHandler),
    /// The server.
    Server(ServerFn),
}

/// What the client's connection does next.
pub(crate) enum Flow {
    /// The next request.
    Next,
    /// Nothing more: it is to be closed.
    Close,
    /// The rest of this command, in steps.
    Steps(Box<Steps>),
    /// The reply to this command, which it waits for.
    Parked(Box<Parked>),
    /// This request again, once clients are no longer paused.
    Paused,
    /// The rest of the reply, once the client's writes are durable.
    Wait(DurableWait),
    /// This request again, in a moment: a script that takes long holds what it needs.
    Contended,
}

/// How far a call got.
pub(crate) enum Done {
    /// Its reply is written.
    Replied,
    /// Its reply is written, and is an error that is counted already.
    Failed,
    /// Its client waits for the reply.
    Parked(Box<Parked>),
    /// It did nothing: a script that takes long holds what it needs.
    Contended,
}

/// Runs one request and writes its reply.
pub(crate) fn execute(
    turn: &mut Turn<'_>,
    session: &mut Session,
    argv: &[&[u8]],
    planned: &Planned<'_>,
    output: &mut Vec<u8>,
) -> Flow {
    let admitted = admission::admit(turn, session, argv, planned);
    // What making room for it has sent to the client comes before its reply.
    if turn.server.tracking.is_on() {
        turn.server.tracking.shrink(turn.server);
        deliver_mail(session, output);
    }
    let start = output.len();
    let flow = match admitted {
        Err(_) if planned.command.is_none() && admission::is_of_browser(argv) => {
            admission::warn_of_browser(turn, argv[0]);
            // A web page learns nothing, not even from the replies to what came before.
            output.clear();
            session.write_replies.clear();
            return Flow::Close;
        }
        Err(error) => {
            refuse(turn, session, planned, &error, output);
            Flow::Next
        }
        Ok((command, flags)) => {
            let call = PlannedCall {
                command,
                argv,
                keys: planned.keys,
            };
            match hold_back(turn, session, &call, flags) {
                None => begin_call(turn, session, planned, &call, flags, output),
                Some(HeldBack::Until(flow)) => return flow,
                Some(HeldBack::Refused(error)) => {
                    refuse(turn, session, planned, &error, output);
                    Flow::Next
                }
            }
        }
    };
    end_request(turn, session, planned, flow, start, output)
}

/// Passes on what was sent to the client from elsewhere.
fn deliver_mail(session: &Session, output: &mut Vec<u8>) {
    if let Some(mail) = session.handle.take_mail() {
        output.extend_from_slice(&mail);
    }
}

/// Why a command that is admitted does not run now.
enum HeldBack {
    /// It comes again, when that is over which the flow says.
    Until(Flow),
    /// A script has gone on for too long.
    Refused(CommandError),
}

/// Decides whether a command has to wait for clients to be no longer paused, or for a script that takes long.
fn hold_back(
    turn: &Turn<'_>,
    session: &Session,
    call: &PlannedCall<'_>,
    flags: Flags,
) -> Option<HeldBack> {
    let server = turn.server;
    let now_ms = turn.circumstances.now_ms;
    if server.pause.holds(flags, now_ms) {
        let flags = scripting::declared_flags(server, call.command, call.argv, flags);
        if server.pause.holds(flags, now_ms) {
            return Some(HeldBack::Until(Flow::Paused));
        }
    }
    if server.scripting.running.any() {
        return match scripting::judge(server, session, call.command, call.keys) {
            Verdict::Run => None,
            Verdict::Wait => Some(HeldBack::Until(Flow::Contended)),
            Verdict::Refuse(error) => Some(HeldBack::Refused(error)),
        };
    }
    None
}

/// Queues a command, runs it, or begins with one that runs in steps.
fn begin_call(
    turn: &mut Turn<'_>,
    session: &mut Session,
    planned: &Planned<'_>,
    call: &PlannedCall<'_>,
    flags: Flags,
    output: &mut Vec<u8>,
) -> Flow {
    let PlannedCall { command, argv, .. } = *call;
    turn.see_due_keys(flags);
    if session.transaction.is_some() && !flags.contains(Flags::AT_ONCE) {
        let declared = command.description.flags;
        let declared = scripting::declared_flags(turn.server, command, argv, declared);
        transaction::queue(session, call, declared);
        output.extend_from_slice(b"+QUEUED\r\n");
        return Flow::Next;
    }
    if let Handler::Data(DataHandler::Steps(function)) = command.handler {
        begin(turn, session, command);
        return Flow::Steps(Box::new(Steps::new(command, function, argv)));
    }
    match perform(turn, session, call, None, output) {
        Done::Replied | Done::Failed => session.waits.take().map_or(Flow::Next, Flow::Wait),
        Done::Parked(parked) => Flow::Parked(parked),
        Done::Contended => match turn.server.scripting.running.busy() {
            None => Flow::Contended,
            Some(error) => {
                refuse(turn, session, planned, &error, output);
                Flow::Next
            }
        },
    }
}

/// Sees to what follows every request: replies that are not wanted, mail, the end of the connection.
fn end_request(
    turn: &Turn<'_>,
    session: &mut Session,
    planned: &Planned<'_>,
    flow: Flow,
    start: usize,
    output: &mut Vec<u8>,
) -> Flow {
    if session.reply_mode != ReplyMode::On && !planned.is_subscription() {
        silence(session, output, start);
        session
            .write_replies
            .retain(|reply| reply.end <= output.len());
    }
    if let Some(command) = planned.command {
        tracking::after_command(session, command);
    }
    // What its own commands have sent to the client comes right behind their replies.
    if matches!(flow, Flow::Next) {
        deliver_mail(session, output);
    }
    if session.closing {
        // Who learns that it is gone may rely on it.
        session.handle.vitals.set_flag(ClientFlags::CLOSING, true);
        turn.server.forget(session);
        return Flow::Close;
    }
    flow
}

#[cold]
fn refuse(
    turn: &mut Turn<'_>,
    session: &mut Session,
    planned: &Planned<'_>,
    error: &CommandError,
    output: &mut Vec<u8>,
) {
    if let Some(command) = planned.command {
        turn.stats.count_rejected(command.id);
    }
    session.comes_again = false;
    let error = transaction::after_refusal(turn.server, session, planned.command, error);
    reply_error(turn, session, &error, output);
}

fn reply_error(turn: &mut Turn<'_>, session: &Session, error: &CommandError, output: &mut Vec<u8>) {
    turn.counters.errors += 1;
    turn.server.stats.count_error(error.code());
    Encoder::new(output, session.protocol).error(error.bytes());
}

/// Takes a reply back that the client does not want.
fn silence(session: &mut Session, output: &mut Vec<u8>, start: usize) {
    match session.reply_mode {
        ReplyMode::On => {}
        ReplyMode::Off => output.truncate(start),
        ReplyMode::SkipNext => session.reply_mode = ReplyMode::Skip,
        ReplyMode::Skip => {
            output.truncate(start);
            session.reply_mode = ReplyMode::On;
        }
    }
}
