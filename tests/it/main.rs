//! Black-box tests of the built programs: they start a server, talk to it as clients do, and know nothing of its
//! inside. One module per family of behaviour; [`harness`] is what they stand on.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `FERROUS_SERVER` | the server to test instead of building `ferrous-server` |
//! | `FERROUS_ORACLE` | the server to compare with instead of the `redis-server` on the `PATH` |
//! | `FERROUS_DIFF_SEED` | where the generated comparison begins; a report names the seed that repeats it |
//! | `FERROUS_STRESS_SECONDS` | how long each scene of the consistency suite runs |
//! | `FERROUS_DAMAGES` | how many damaged files each test of damage tries |
//! | `FERROUS_DIFF_COMMANDS` | how many commands it runs |

mod harness;

mod aof;
mod aof_files;
mod aof_room;
mod bitmap;
mod blocking;
mod blocking_stream;
mod client;
mod concurrency;
mod config;
mod connection;
mod consistency;
mod differential;
mod dump;
mod dump_damaged;
mod eviction;
mod generic;
mod geo;
mod hash;
mod hash_expiry;
mod hyperloglog;
mod introspection;
mod list;
mod lua_cli;
mod notifications;
mod observe;
mod persistence;
mod persistence_faults;
mod process;
mod protocol;
mod pubsub;
mod redis_client;
mod scripting;
mod scripting_busy;
mod scripting_functions;
mod set;
mod snapshots;
mod sort;
mod sorted_set;
mod sorted_set_combine;
mod stream;
mod stream_groups;
mod string;
mod tidy;
mod tracking;
mod transaction;
mod watch;
