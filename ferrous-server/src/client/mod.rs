//! Clients: what the server knows of each connection.
//!
//! A connection's own task owns its [`Session`]. Everybody else sees its [`ClientHandle`]: who it is, what it did last,
//! and a way to end it.

mod evict;
mod handle;
mod mailbox;
mod output;
mod registry;
mod session;
mod transaction;

pub(crate) use evict::enforce_limit;
pub(crate) use handle::{Address, ClientFlags, ClientHandle, Identity, Vitals};
pub(crate) use registry::Clients;
pub(crate) use session::{DurableWait, ReplyMode, Session};
pub(crate) use transaction::Transaction;
