//! `--stat`: a line of INFO's figures every second.

use std::collections::HashMap;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use ferrous_client::{Connection, Value};

use crate::options::Options;

/// Lines between two headers.
const HEADER_LINES: usize = 20;
const HEADER: &str = "------- data ------ --------------------- load -------------------- - child -\n\
                      keys       mem      clients blocked requests            connections          \n";

pub(super) fn run(mut connection: Connection, options: &Options) -> anyhow::Result<ExitCode> {
    let interval = if options.interval.is_zero() {
        Duration::from_secs(1)
    } else {
        options.interval
    };
    let mut requests = 0;
    let mut repeat = options.repeat;
    for line in 0.. {
        let (Value::Bulk(info) | Value::Verbatim { text: info, .. }) = connection.run(["INFO"])?
        else {
            anyhow::bail!("ERROR: unexpected reply to INFO");
        };
        let info = String::from_utf8_lossy(&info).into_owned();
        if line % HEADER_LINES == 0 {
            crate::say(HEADER.as_bytes());
        }
        let figures = Figures::new(&info);
        crate::say(figures.line(requests).as_bytes());
        requests = figures.number("total_commands_processed");
        // A count of 1 is the default and means no end.
        if options.repeat > 1 {
            repeat -= 1;
            if repeat == 0 {
                break;
            }
        }
        thread::sleep(interval);
    }
    Ok(ExitCode::SUCCESS)
}

/// INFO by field.
struct Figures<'info>(HashMap<&'info str, &'info str>);

impl<'info> Figures<'info> {
    fn new(info: &'info str) -> Self {
        Self(
            info.lines()
                .filter_map(|line| line.split_once(':'))
                .collect(),
        )
    }

    fn number(&self, field: &str) -> i64 {
        self.0
            .get(field)
            .and_then(|value| value.parse().ok())
            .unwrap_or(0)
    }

    fn keys(&self) -> i64 {
        let databases = self.0.iter().filter(|(field, _)| field.starts_with("db"));
        let counts = databases.filter_map(|(_, value)| {
            value
                .strip_prefix("keys=")?
                .split(',')
                .next()?
                .parse::<i64>()
                .ok()
        });
        counts.sum()
    }

    fn line(&self, requests_before: i64) -> String {
        let requests = self.number("total_commands_processed");
        let growth = if requests_before == 0 {
            0
        } else {
            requests - requests_before
        };
        let child = match (
            self.number("rdb_bgsave_in_progress"),
            self.number("aof_rewrite_in_progress"),
        ) {
            (0, 0) if self.number("loading") == 0 => "",
            (0, 0) => "LOAD",
            (_, 0) => "SAVE",
            (0, _) => "AOF",
            (_, _) => "SAVE+AOF",
        };
        format!(
            "{:<11}{:<8} {:<8}{:<8}{:<19} {:<12}{child}\n",
            self.keys(),
            human(self.number("used_memory")),
            self.number("connected_clients"),
            self.number("blocked_clients"),
            format!("{requests} (+{growth})"),
            self.number("total_connections_received"),
        )
    }
}

/// Bytes with a unit: `512B`, `1.50M`.
fn human(bytes: i64) -> String {
    let mut value = bytes as f64;
    for unit in ['B', 'K', 'M', 'G', 'T'] {
        if value.abs() < 1024.0 {
            return if unit == 'B' {
                format!("{bytes}B")
            } else {
                format!("{value:.2}{unit}")
            };
        }
        value /= 1024.0;
    }
    format!("{value:.2}P")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_in_their_columns() {
        let info = "used_memory:1572864\r\nconnected_clients:3\r\ntotal_commands_processed:30\r\n\
                    total_connections_received:4\r\ndb0:keys=5,expires=0\r\ndb1:keys=2,expires=0\r\n";
        let figures = Figures::new(info);
        assert_eq!(
            figures.line(20),
            "7          1.50M    3       0       30 (+10)            4           \n"
        );
    }
}
