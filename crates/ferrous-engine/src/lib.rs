//! The keyspace of a Redis-compatible server, and the commands that it alone can answer.
//!
//! No sockets, no files, no clock: time, randomness and limits come in as arguments, replies go out as bytes.
//!
//! The path of a call: its name is found in the [`command`] registry; [`call::find_keys`] finds its keys by the row's key
//! specifications and hashes them; a [`scope::Scope`] holds the partitions they live in and runs the row's function, which
//! sees its [`args`], the selected database ([`keyspace::Db`]) and the encoder of its reply. What it did is gathered as
//! [`keyspace::Changes`], which the host takes over before the partitions are let go.
//!
//! In reading order:

pub mod args;
pub mod call;
pub mod codec;
pub mod command;
pub mod commands;
pub mod error;
pub mod keyspace;
pub mod limits;
pub mod scope;
pub mod script;
pub mod wait;
