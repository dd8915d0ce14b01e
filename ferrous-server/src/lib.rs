//! The server.
//!
//! The path of a request: [`network`] reads it from a socket into the worker's buffer; [`batch`] parses it there, with
//! those that follow it; [`execute`] looks it up, checks it and runs it, either in `ferrous_engine` with the partitions
//! of its keys locked or as one of [`commands`]; its reply goes into the worker's output and from there to the socket.
//!
//! In reading order:

mod server;
mod network;
mod batch;
mod execute;
mod steps;
mod client;
mod commands;
mod pause;
mod stats;
mod cron;
mod lazy_free;
mod worker;
pub mod config;
mod logging;
mod process;
mod startup;
mod allocator;

pub use startup::main;

/// The version of Redis that clients are told, for them to turn the features on that they know it by.
const REDIS_VERSION: &str = "7.2.4";
