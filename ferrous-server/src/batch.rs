//! Everything a client sent at once, run in order.
//!
//! Requests are parsed a few ahead of being run, so that the buckets and entries of their keys are on their way into
//! cache by the time they run. Their replies gather in the worker's output buffer, to be written in one go.

use std::sync::atomic::Ordering::Relaxed;

use ferrous_resp::{Encoder, Limits, RequestParser, Status};
use smallvec::SmallVec;

use crate::blocked::Parked;
use crate::client::{DurableWait, Session};
use crate::execute::{self, Flow, Planned, Turn};
use crate::server::Server;
use crate::steps::Steps;
use crate::worker::{LOOKAHEAD, READ_BYTES, Worker};

/// How far a batch got.
pub(crate) enum Progress {
    /// Every whole request is run; the one at the end, if any, lacks this many bytes at least.
    All {
        /// Missing bytes.
        wanted: usize,
    },
    /// The connection is to be closed; what follows is ignored.
    Closing,
    /// A command goes on in steps; what follows it waits.
    Steps(Box<Steps>),
    /// A command waits for its reply; what follows it waits.
    Parked(Box<Parked>),
    /// Clients are paused; the request at hand waits.
    Paused,
    /// A command waits for the client's writes to be durable; what follows it waits.
    Wait(DurableWait),
    /// A script holds what the request at hand needs; it waits for a moment.
    Contended,
}

impl Progress {
    /// How far it got when a request ends the batch; nothing when the next one may run.
    fn after(flow: Flow) -> Option<Self> {
        Some(match flow {
            Flow::Next => return None,
            Flow::Close => Self::Closing,
            Flow::Steps(steps) => Self::Steps(steps),
            Flow::Parked(parked) => Self::Parked(parked),
            Flow::Paused => Self::Paused,
            Flow::Wait(wait) => Self::Wait(wait),
            Flow::Contended => Self::Contended,
        })
    }
}

/// The arguments of one request.
type Argv<'a> = SmallVec<[&'a [u8]; 8]>;

/// Runs the requests in the worker's input buffer, one after the other. Returns how many of its bytes are done with.
pub(crate) fn run(
    server: &'static Server,
    worker: &mut Worker,
    session: &mut Session,
    parser: &mut RequestParser,
) -> (usize, Progress) {
    let Worker {
        input,
        output,
        arguments,
        random,
        evictor,
        counters,
        stats,
    } = worker;
    let mut turn = Turn::new(server, session.no_touch, random, evictor, counters, stats)
        .on_behalf_of(session.handle.id);
    session
        .handle
        .vitals
        .active_ms
        .store(turn.circumstances.now_ms, Relaxed);
    let vitals = &session.handle.vitals;
    vitals.query_bytes.store(input.len() as u64, Relaxed);
    let mut consumed = 0;
    loop {
        arguments.clear();
        let mut requests: SmallVec<[(usize, usize); LOOKAHEAD]> = SmallVec::new();
        // A stranger's next request may be parsed only when the one before, maybe AUTH, has run.
        let ahead = if session.authenticated { LOOKAHEAD } else { 1 };
        let limits = Limits {
            bulk_bytes_max: server.config.clients.proto_max_bulk_len.get() as usize,
            authenticated: session.authenticated,
        };
        let mut end = consumed;
        let mut stop = None;
        while requests.len() < ahead {
            match parser.next(input, end, &limits, arguments) {
                Ok(Status::Complete { end: next }) => {
                    end = next;
                    requests.push((arguments.len(), end));
                }
                Ok(Status::Incomplete { start, missing }) => {
                    stop = Some(Ok((start, missing)));
                    break;
                }
                Err(error) => {
                    stop = Some(Err(error));
                    break;
                }
            }
        }

        let mut first = 0;
        // Filled in place: to return it from `collect` would copy all of it, however few requests there are.
        let mut planned: SmallVec<[(Argv<'_>, Planned<'_>); LOOKAHEAD]> = SmallVec::new();
        planned.extend(requests.iter().map(|(last, _)| {
            let argv: Argv<'_> = arguments.slice(first..*last, input).iter().collect();
            first = *last;
            let planned = execute::plan(server, &argv);
            (argv, planned)
        }));
        if planned.len() > 1 {
            prefetch(server, session.database, &planned);
        }
        for ((argv, planned), (_, end)) in planned.iter().zip(&requests) {
            let flow = execute::execute(&mut turn, session, argv, planned, output);
            // A request that is held back comes again.
            if !matches!(flow, Flow::Paused | Flow::Contended) {
                consumed = *end;
            }
            let Some(progress) = Progress::after(flow) else {
                if !reads_too_slowly(server, session, output.len()) {
                    continue;
                }
                return (input.len(), Progress::Closing);
            };
            *parser = RequestParser::default();
            return (
                if matches!(progress, Progress::Closing) {
                    input.len()
                } else {
                    consumed
                },
                progress,
            );
        }
        match stop {
            None => {}
            Some(Ok((start, missing))) => return (start, Progress::All { wanted: missing }),
            Some(Err(error)) => {
                error.encode(&mut Encoder::new(output, session.protocol));
                tracing::debug!(client = session.handle.id, %error, "protocol error");
                return (input.len(), Progress::Closing);
            }
        }
    }
}

/// Whether the client is owed so much, with `written` bytes of replies to this batch, that its connection is to end.
fn reads_too_slowly(server: &Server, session: &Session, written: usize) -> bool {
    // What a socket takes at once is worth no look.
    written > READ_BYTES && {
        let owed = written as u64 + session.handle.owed();
        let limits = &server.config.clients.client_output_buffer_limit;
        session.handle.end_if_slow(owed, limits)
    }
}

/// Has the keys of these requests fetched into cache: first their buckets, then, once those have arrived, their entries.
fn prefetch(server: &Server, database: usize, planned: &[(Argv<'_>, Planned<'_>)]) {
    let keys = || {
        planned
            .iter()
            .flat_map(|(_, planned)| planned.keys.iter().map(|(_, key)| key))
    };
    for key in keys() {
        server.keyspace.prefetch_bucket(database, key);
    }
    for key in keys() {
        server.keyspace.prefetch_entry(database, key);
    }
}
