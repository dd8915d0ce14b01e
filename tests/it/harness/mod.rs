//! What every test stands on: a server of its own, and a client that compares replies.
//!
//! ```text
//! let mut t = Talk::new();                     a fresh server, a RESP2 and a RESP3 client
//! t.check("GETRANGE s 0 -100", "'h'");         one command, its exact reply (notation: `reply`)
//! ```

mod client;
mod line;
mod program;
mod reply;
mod server;
mod talk;
mod wait;

pub(crate) use client::Client;
pub(crate) use line::words;
pub(crate) use program::{
    check_file, installed_redis, lua_cli as lua_cli_program, server as server_program, workspace,
};
pub(crate) use reply::Reply;
pub(crate) use server::{Server, free_port};
pub(crate) use talk::Talk;
pub(crate) use wait::eventually;

/// How many damaged files a test tries: `FERROUS_DAMAGES`, or `default`, for which there is always time.
pub(crate) fn damages(default: usize) -> usize {
    let asked = std::env::var("FERROUS_DAMAGES").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(default)
}
