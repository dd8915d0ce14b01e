//! RESP2 and RESP3 as bytes: a parser of requests, an encoder, a parser of replies.
//!
//! The path of one request: the server reads bytes into a buffer and [`RequestParser::next`] finds the
//! arguments in place; a command runs and writes its reply through an [`Encoder`], which knows how
//! each type looks in the client's protocol; at the other end of the wire [`ReplyParser`] turns those bytes
//! into a [`Value`].
//!
//! ```
//! use ferrous_resp::{Arguments, Encoder, Limits, Protocol, RequestParser, Status};
//!
//! let buffer = b"*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n";
//! let mut arguments = Arguments::default();
//! let status = RequestParser::default().next(buffer, 0, &Limits::default(), &mut arguments)?;
//! assert_eq!(status, Status::Complete { end: buffer.len() });
//!
//! let request = arguments.request(buffer);
//! assert_eq!(&request[0], b"ECHO");
//!
//! let mut output = Vec::new();
//! Encoder::new(&mut output, Protocol::Resp2).bulk(&request[1]);
//! assert_eq!(output, b"$2\r\nhi\r\n");
//! # Ok::<(), ferrous_resp::ProtocolError>(())
//! ```
//!
//! | to | use | notes |
//! | --- | --- | --- |
//! | read requests | [`RequestParser`], [`Arguments`], [`Request`] | in place; a batch shares one store |
//! | refuse a client | [`Limits`], [`ProtocolError`] | in the words of released servers |
//! | write replies | [`Encoder`], [`Deferred`] | one call per type, for both protocols |
//! | split and quote lines | [`split_line`], [`quote_into`] | for configuration files and logs |
//! | write commands | [`encode_command`] | for servers, append-only files, replicas |
//! | spell a double | [`DoubleText`] | as clients see scores and the like |
//! | read replies | [`ReplyParser`], [`Value`] | trees that own their bytes |
//! | read huge replies | [`Tokenizer`], [`Token`] | a flat sequence, in place |
//!
//! All parsers resume where the bytes ended, hold memory only for bytes that have arrived (an announced length
//! reserves nothing), and answer any input with a value, a wish for more, or a typed error.
//!
//! What this crate does not know: sockets, commands, who is authenticated, and how long to wait.

mod request;

mod encode;

mod double;

mod reply;

mod decimal;

pub use double::DoubleText;
pub use encode::{Aggregate, Deferred, Encoder, Protocol, encode_command};
pub use reply::{
    Attributed, Pairs, Progress, ReplyError, ReplyErrorKind, ReplyLimits, ReplyParser, Token,
    Tokenizer, Value,
};
pub use request::{
    Arguments, Limits, ProtocolError, Request, RequestParser, Status, quote_into, split_line,
};
