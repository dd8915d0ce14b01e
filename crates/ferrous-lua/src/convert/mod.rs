//! Replies as Lua values, and Lua values as replies.

mod to_lua;
mod to_reply;

pub(crate) use to_lua::{error_text, push_reply};
pub(crate) use to_reply::write;
