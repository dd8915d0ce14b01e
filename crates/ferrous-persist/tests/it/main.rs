//! The formats against files of real servers, and against themselves.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

mod damaged;
mod fixtures;
mod model;
mod truth;
