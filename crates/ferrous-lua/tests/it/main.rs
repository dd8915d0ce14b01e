//! Scripts and what they reply, to the byte.

mod api;
mod escapes;
mod functions;
mod harness;
mod libraries;
mod limits;
mod replies;
