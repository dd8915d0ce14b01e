//! Black-box tests of the built program.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail by panicking, and say when a test was skipped"
)]

mod cluster;
mod compare;
mod faults;
mod keys;
mod modes;
mod prompt;
mod server;
mod terminal;
mod tls;
