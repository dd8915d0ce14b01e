//! shim
#![allow(missing_docs)]
use std::sync::Arc;
pub struct Config {
    pub port: u16,
    pub threads: usize,
    pub pass: Option<String>,
}
impl Config {
    pub fn from_args(args: &[String]) -> Self {
        let get = |n: &str| {
            args.iter()
                .position(|a| a == n)
                .and_then(|i| args.get(i + 1))
                .cloned()
        };
        Self {
            port: get("--port").and_then(|p| p.parse().ok()).unwrap_or(6379),
            threads: get("--io-threads")
                .and_then(|p| p.parse().ok())
                .unwrap_or(2),
            pass: get("--requirepass"),
        }
    }
    pub fn port(&self) -> u16 {
        self.port
    }
    pub fn bind(&self) -> Arc<Vec<Box<str>>> {
        Arc::new(vec!["*".into(), "-::*".into()])
    }
    pub fn tcp_backlog(&self) -> i32 {
        511
    }
    pub fn unixsocket(&self) -> String {
        String::new()
    }
    pub fn unixsocketperm(&self) -> u32 {
        0
    }
    pub fn tcp_keepalive(&self) -> u64 {
        300
    }
    pub fn protected_mode(&self) -> bool {
        true
    }
    pub fn password_required(&self) -> bool {
        self.pass.is_some()
    }
    pub fn password_matches(&self, p: &[u8]) -> bool {
        self.pass.as_ref().is_none_or(|x| x.as_bytes() == p)
    }
    pub fn maxclients(&self) -> usize {
        12000
    }
    pub fn io_threads(&self) -> usize {
        self.threads
    }
    pub fn databases(&self) -> usize {
        16
    }
    pub fn string_bytes_max(&self) -> usize {
        512 << 20
    }
    pub fn lfu(&self) -> Option<(u32, u32)> {
        None
    }
    pub fn maxmemory(&self) -> u64 {
        0
    }
    pub fn latency_tracking(&self) -> bool {
        true
    }
    pub fn lazy_flush(&self) -> bool {
        true
    }
    pub fn timeout(&self) -> i64 {
        0
    }
}
