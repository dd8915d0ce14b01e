//! The formats against files of real servers, and against themselves.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod convert;
mod damaged;
mod fixtures;
mod generated;
mod hostile;
mod logs;
mod model;
mod payloads;
mod truth;
