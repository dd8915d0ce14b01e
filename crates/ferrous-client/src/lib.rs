//! The client side of the protocol, for every program of the suite that talks to a server.
//!
//! A [`Target`] says where a server is and how to be let in, and may come from a URI ([`apply_uri`]).
//! [`Connection::connect`] opens the stream (TCP, Unix socket, TLS), sends AUTH, HELLO and SELECT, and then sends
//! commands one by one ([`Connection::call`]) or many at once ([`Connection::queue`], then
//! [`Connection::reply`] for each). Pushes of RESP3 never mix with replies. With the feature `async` there is
//! `AsyncConnection`, the same for programs on tokio; [`Cluster`] sends each command to the node that serves its key. [`print`] turns replies into what
//! people and programs read: the bytes are those of `redis-cli`, because scripts depend on them.
//!
//! ```no_run
//! use ferrous_client::{Connection, Target};
//!
//! # fn main() -> Result<(), ferrous_client::ClientError> {
//! let mut connection = Connection::connect(&Target::default())?;
//! let reply = connection.run(["GET", "key"])?;
//! let mut text = Vec::new();
//! ferrous_client::print::standard(&mut text, &reply);
//! # Ok(())
//! # }
//! ```
//!
//! This crate knows nothing of the server's insides, of terminals, or of any command beyond the handshake.

mod address;
mod target;
mod uri;

mod error;
mod handshake;
mod inbox;
mod stream;
mod tls;

#[cfg(feature = "async")]
mod async_connection;
mod cluster;
mod connection;
mod redirect;

pub mod print;
mod quote;

pub use address::Address;
#[cfg(feature = "async")]
pub use async_connection::AsyncConnection;
pub use cluster::{Cluster, Member, NodeLine, Slots};
pub use connection::Connection;
pub use error::{ClientError, os_text};
pub use ferrous_resp::{Attributed, Value, quote_into, split_line};
pub use ferrous_types::slot::{SLOTS, key_slot};
pub use quote::{quote, unquote};
pub use redirect::Redirect;
pub use target::{Credentials, IpFamily, Protocol, Target};
pub use tls::TlsOptions;
pub use uri::{UriError, apply_uri};
