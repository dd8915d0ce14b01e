//! Connections of both kinds, and whole clusters, against servers that say what they are told.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod cluster;
mod connections;
mod scripted;
