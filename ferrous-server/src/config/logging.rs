//! What is logged, where, and what is measured for people to look at.

use super::Effect;
use super::table::section;
use super::value::{Choice, Flag, LONG_MAX, Number, Percentiles, Text, choices};

choices! {
    /// From which severity on messages are logged.
    LogLevel { Debug = "debug", Verbose = "verbose", Notice = "notice", Warning = "warning", Nothing = "nothing" }

    /// The form of a logged line.
    LogFormat { Legacy = "legacy", Logfmt = "logfmt", Json = "json" }

    /// The form of the time in a logged line.
    LogTimestamp { Legacy = "legacy", Iso8601 = "iso8601", Milliseconds = "milliseconds" }

    /// The sender's kind, as syslog files it.
    SyslogFacility {
        User = "user",
        Local0 = "local0",
        Local1 = "local1",
        Local2 = "local2",
        Local3 = "local3",
        Local4 = "local4",
        Local5 = "local5",
        Local6 = "local6",
        Local7 = "local7",
    }
}

const SYSLOG: &str = "syslog";

section! {
    /// What is logged, where, and what is measured for people to look at.
    Logging at logging;

    /// Severity from which on messages are logged.
    loglevel: Choice<LogLevel> = ("loglevel", "notice").effect(Effect::LogLevel);

    /// File to log to; standard output unless set.
    logfile: Text = ("logfile", "").immutable();

    /// Form of a logged line.
    log_format: Choice<LogFormat> = ("log-format", "legacy").planned("another form of the log");

    /// Form of the time in a logged line.
    log_timestamp_format: Choice<LogTimestamp> = ("log-timestamp-format", "legacy")
        .planned("another form of time in the log");

    /// Keeps what users stored out of the log.
    hide_user_data_from_log: Flag = ("hide-user-data-from-log", "yes")
        .without_effect("what users stored is never logged");

    /// Logs to syslog.
    syslog_enabled: Flag = ("syslog-enabled", "no").immutable().planned(SYSLOG);

    /// Name in syslog.
    syslog_ident: Text = ("syslog-ident", "ferrous").immutable().awaits(SYSLOG);

    /// Facility in syslog.
    syslog_facility: Choice<SyslogFacility> = ("syslog-facility", "local0").immutable().awaits(SYSLOG);

    /// Draws a logo even when the log is not a terminal.
    always_show_logo: Flag = ("always-show-logo", "no").immutable()
        .without_effect("there is no logo");

    /// Warnings at start that do not stop the server.
    ignore_warnings: Text = ("ignore-warnings", "").without_effect("no warning stops the server");

    /// Logs the state of the server when it crashes.
    crash_log_enabled: Flag = ("crash-log-enabled", "yes")
        .without_effect("a panic is logged with its backtrace in any case");

    /// Tests the memory when the server crashes.
    crash_memcheck_enabled: Flag = ("crash-memcheck-enabled", "yes")
        .without_effect("memory is left to tools that can test all of it");

    /// Milliseconds of silence after which the server logs where it is.
    watchdog_period: Number<u32> = ("watchdog-period", "0").range(0, super::value::INT_MAX).hidden()
        .without_effect("no single loop can be stuck");

    /// File for all requests and replies, for tests.
    req_res_logfile: Text = ("req-res-logfile", "").immutable().hidden()
        .planned("a log of requests and replies");

    /// Microseconds from which on a command is remembered as slow; -1 for never.
    commandlog_execution_slower_than: Number<i64> = ("commandlog-execution-slower-than", "10000")
        .alias("slowlog-log-slower-than").range(-1, LONG_MAX);

    /// Slow commands that are remembered.
    commandlog_slow_execution_max_len: Number<u64> = ("commandlog-slow-execution-max-len", "128")
        .alias("slowlog-max-len").range(0, LONG_MAX);

    /// Bytes from which on a request is remembered as large; -1 for never.
    commandlog_request_larger_than: Number<i64> = ("commandlog-request-larger-than", "1048576")
        .range(-1, LONG_MAX);

    /// Large requests that are remembered.
    commandlog_large_request_max_len: Number<u64> = ("commandlog-large-request-max-len", "128")
        .range(0, LONG_MAX);

    /// Bytes from which on a reply is remembered as large; -1 for never.
    commandlog_reply_larger_than: Number<i64> = ("commandlog-reply-larger-than", "1048576")
        .range(-1, LONG_MAX);

    /// Large replies that are remembered.
    commandlog_large_reply_max_len: Number<u64> = ("commandlog-large-reply-max-len", "128")
        .range(0, LONG_MAX);

    /// Milliseconds from which on an event is remembered by LATENCY; 0 for none.
    latency_monitor_threshold: Number<u64> = ("latency-monitor-threshold", "0").range(0, LONG_MAX);

    /// Keeps a histogram of every command's latency.
    latency_tracking: Flag = ("latency-tracking", "yes");

    /// Percentiles of latency that INFO shows.
    latency_tracking_info_percentiles: Percentiles = ("latency-tracking-info-percentiles", "50 99 99.9")
        .many();
}
