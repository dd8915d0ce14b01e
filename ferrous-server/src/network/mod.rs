//! Sockets: listening, accepting, and one task per connection.

mod connection;
mod listener;
mod stream;

pub(crate) use listener::{Listeners, listen};
pub(crate) use stream::Stream;
