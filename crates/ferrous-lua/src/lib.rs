//! The Lua of a Redis-compatible server: scripts and functions in a sandbox, without the commands that they call.
//!
//! The path of a script: [`Script::new`] reads its flags and its digest; the [`ScriptCache`], shared by all threads, keeps
//! it; a [`Machine`] of the thread compiles it on first use and [`runs`](Machine::run) it. What it calls goes to a [`Host`],
//! whose replies become Lua values; its result becomes a reply again.
//!
//! ```
//! use ferrous_lua::{Host, LogLevel, Machine, Permission, Replication, Script, ScriptCache, Settings};
//! use ferrous_resp::{Encoder, Protocol};
//!
//! struct Echo;
//!
//! impl Host for Echo {
//!     fn call(&mut self, argv: &[&[u8]], protocol: Protocol, reply: &mut Vec<u8>) {
//!         Encoder::new(reply, protocol).bulk(argv[1]);
//!     }
//!     fn may_run(&mut self, _argv: &[&[u8]]) -> Permission {
//!         Permission::Granted
//!     }
//!     fn log(&mut self, _level: LogLevel, _message: &[u8]) {}
//!     fn set_replication(&mut self, _replication: Replication) {}
//! }
//!
//! let cache = ScriptCache::default();
//! let script = cache.add(Script::new(b"return redis.call('ECHO', KEYS[1])")?);
//! let mut machine = Machine::new(&Settings::default());
//! machine.compile(&script)?;
//!
//! let mut output = Vec::new();
//! let mut reply = Encoder::new(&mut output, Protocol::Resp2);
//! machine.run(&script.script().sha1(), &[b"hi"], &[], &mut Echo, &mut reply);
//! assert_eq!(output, b"$2\r\nhi\r\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What this crate does not know: commands, keys, sockets, files, clocks. Time limits are the host's: it is asked every
//! hundred thousand instructions.
//!
//! In reading order:

mod flags;
mod script;

mod cache;
mod library;

mod host;
mod machine;

mod raise;
mod state;

mod sandbox;

mod api;
mod convert;

mod bits;
mod cjson;
mod cmsgpack;
mod packing;

mod number;
mod rand48;

mod inspect;
mod session;
mod show;

pub use api::{REDIS_VERSION, VALKEY_VERSION};
pub use cache::{CachedScript, ScriptCache};
pub use flags::Flags;
pub use host::{Host, Interrupt, LogLevel, Permission, Replication};
pub use inspect::{Frame, Inspector};
pub use library::{Function, FunctionInfo, Libraries, Library, LibraryCode, LibraryError};
pub use machine::{Completion, Machine, Settings};
pub use script::{Script, Sha1, ShebangError};
pub use session::{Evaluated, Session};
