//! The server.
//!
//! The path of a request: [`network`] reads it from a socket into the worker's buffer; [`batch`] parses it there, with
//! those that follow it; [`execute`] looks it up, checks it and runs it, either in `ferrous_engine` with the partitions
//! of its keys locked or as one of [`commands`]; its reply goes into the worker's output and from there to the socket.
//!
//! In reading order:

mod allocator;
mod batch;
mod blocked;
mod client;
mod commands;
pub mod config;
mod cron;
mod effects;
mod evict;
mod execute;
mod headcount;
mod info;
mod lazy_free;
mod lending;
mod logging;
mod lookout;
mod network;
mod observe;
mod pause;
mod persistence;
mod process;
mod pubsub;
mod scripting;
mod server;
mod startup;
mod stats;
mod steps;
mod tracking;
mod transaction;
mod worker;

pub use startup::main;

/// The version of Redis that clients are told, for them to turn the features on that they know it by.
const REDIS_VERSION: &str = "7.2.4";
