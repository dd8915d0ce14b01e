//! RDB and AOF, the formats of Redis and Valkey on disk, as a streaming library.
//!
//! A snapshot's way in: bytes from any `Read` go through a buffer that lends slices of itself
//! ([`rdb::RdbReader`]), come out as records and as parts of values ([`rdb::Event`], [`rdb::Part`]), checked,
//! and are the caller's to store, print or pass over. The way out is the same backwards.
//! Memory is bounded by the largest string or block in the file, whatever lengths the file announces.
//!
//! This crate knows no threads, no keyspace, no files and no sockets: sources and targets are `Read` and
//! `Write`, and what a key means is up to the caller.

pub mod aof;
mod checksum;
pub mod dump;
mod input;
pub mod rdb;

pub use checksum::Crc64;
