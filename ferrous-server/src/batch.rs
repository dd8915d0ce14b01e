//! Everything a client sent at once, run in order.
//!
//! Requests are parsed a few ahead of being run, so that the buckets and entries of their keys are on their way into
//! cache by the time they run. Their replies gather in the worker's output buffer, to be written in one go.

use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;

use ferrous_engine::keyspace::Key;
use ferrous_resp::{Encoder, Limits, RequestParser, Status};
use smallvec::SmallVec;

use crate::blocked::Parked;
use crate::client::{DurableWait, Session};
use crate::execute::{self, Flow, Named, Turn};
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

/// A request that is looked at, and where its arguments and keys are among those of all that are.
struct Request {
    named: Named,
    argv: Range<usize>,
    keys: Range<usize>,
    /// Where it ends in the input.
    end: usize,
}

/// The arguments of all requests that are looked at.
type Words<'a> = SmallVec<[&'a [u8]; 3 * LOOKAHEAD]>;

/// Their keys, each with the argument it stands in.
type Keys<'a> = SmallVec<[(u32, Key<'a>); LOOKAHEAD]>;

impl Request {
    /// The request whose arguments are those from `first_word` on, and that ends at `end`; its keys go to `keys`.
    #[inline]
    fn new<'a>(
        server: &'static Server,
        argv: &Words<'a>,
        first_word: usize,
        keys: &mut Keys<'a>,
        end: usize,
    ) -> Self {
        let first_key = keys.len();
        let named = execute::plan(server, &argv[first_word..], keys);
        Self {
            named,
            argv: first_word..argv.len(),
            keys: first_key..keys.len(),
            end,
        }
    }
}

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
        ..
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
        // A stranger's next request may be parsed only when the one before, maybe AUTH, has run.
        let ahead = if session.authenticated { LOOKAHEAD } else { 1 };
        let limits = Limits {
            bulk_bytes_max: server.config.clients.proto_max_bulk_len.get() as usize,
            authenticated: session.authenticated,
        };
        // Where they are found is where they stay: moving them costs more than finding them.
        let mut argv: Words<'_> = SmallVec::new();
        let mut keys: Keys<'_> = SmallVec::new();
        let mut requests: SmallVec<[Request; LOOKAHEAD]> = SmallVec::new();
        let mut end = consumed;
        while requests.len() < ahead {
            let first_word = argv.len();
            let whole = parser.whole(input, end, &limits, |argument| argv.push(argument));
            let Some(next) = whole else {
                argv.truncate(first_word);
                break;
            };
            end = next;
            requests.push(Request::new(server, &argv, first_word, &mut keys, end));
        }
        let mut stop = None;
        if requests.len() < ahead {
            match parser.next(input, end, &limits, arguments) {
                Ok(Status::Complete { end }) => {
                    let first_word = argv.len();
                    argv.extend(arguments.request(input).iter());
                    requests.push(Request::new(server, &argv, first_word, &mut keys, end));
                }
                Ok(Status::Incomplete { start, missing }) => stop = Some(Ok((start, missing))),
                Err(error) => stop = Some(Err(error)),
            }
        }
        if requests.len() > 1 {
            prefetch(server, session.database, &keys);
        }
        for request in &requests {
            let argv = &argv[request.argv.clone()];
            let planned = request.named.with(&keys[request.keys.clone()]);
            let flow = execute::execute(&mut turn, session, argv, &planned, output);
            // A request that is held back comes again.
            if !matches!(flow, Flow::Paused | Flow::Contended) {
                consumed = request.end;
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

/// Has these keys fetched into cache: first their buckets, then, once those have arrived, their entries.
fn prefetch(server: &Server, database: usize, keys: &[(u32, Key<'_>)]) {
    for (_, key) in keys {
        server.keyspace.prefetch_bucket(database, key);
    }
    for (_, key) in keys {
        server.keyspace.prefetch_entry(database, key);
    }
}
