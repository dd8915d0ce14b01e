//! Black-box tests of the built programs: they start a server, talk to it as clients do, and know nothing of its
//! inside. One module per family of behaviour; [`harness`] is what they stand on.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `FERROUS_SERVER` | the server to test instead of building `ferrous-server` |

mod harness;

mod config;
mod connection;
mod process;
mod protocol;
mod redis_client;
mod string;
mod tidy;
