//! Lua scripts and functions.

use super::table::section;
use super::value::{Flag, LONG_MAX, Number};

section! {
    /// Lua scripts and functions.
    Scripting at scripting;

    /// Milliseconds after which a script that still runs makes others hear BUSY; 0 for never.
    busy_reply_threshold: Number<u64> = ("busy-reply-threshold", "5000").alias("lua-time-limit")
        .range(0, LONG_MAX);

    /// Gives scripts the functions that were taken from them for safety.
    lua_enable_insecure_api: Flag = ("lua-enable-insecure-api", "no").alias("lua-enable-deprecated-api")
        .hidden().protected().planned("insecure functions for scripts");
}
