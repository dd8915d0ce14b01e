//! The commands of servers that scripts may not call, so that they are refused as servers refuse them.

use ferrous_engine::command::Arity::{self, AtLeast, Exactly};
use ferrous_engine::command::{Flags, Group};
use ferrous_engine::error::CommandResult;

use super::commands::{Command, RunnerCall};

/// Every row.
pub(super) const COMMANDS: &[Command] = &[
    refused("acl", AtLeast(2)).subcommands(&[
        refused("cat", AtLeast(2)),
        refused("deluser", AtLeast(3)),
        refused("dryrun", AtLeast(4)),
        refused("genpass", AtLeast(2)),
        refused("getuser", Exactly(3)),
        refused("list", Exactly(2)),
        refused("load", Exactly(2)),
        refused("log", AtLeast(2)),
        refused("save", Exactly(2)),
        refused("setuser", AtLeast(3)),
        refused("users", Exactly(2)),
        refused("whoami", Exactly(2)),
    ]),
    refused("client", AtLeast(2)).subcommands(&[
        refused("caching", Exactly(3)),
        refused("capa", AtLeast(3)),
        refused("getname", Exactly(2)),
        refused("getredir", Exactly(2)),
        refused("id", Exactly(2)),
        refused("import-source", Exactly(3)),
        refused("info", Exactly(2)),
        refused("kill", AtLeast(3)),
        refused("list", AtLeast(2)),
        refused("no-evict", Exactly(3)),
        refused("no-touch", Exactly(3)),
        refused("pause", AtLeast(3)),
        refused("reply", Exactly(3)),
        refused("setinfo", Exactly(4)),
        refused("setname", Exactly(3)),
        refused("tracking", AtLeast(3)),
        refused("trackinginfo", Exactly(2)),
        refused("unblock", AtLeast(3)),
        refused("unpause", Exactly(2)),
    ]),
    refused("config", AtLeast(2)).subcommands(&[
        refused("get", AtLeast(3)),
        refused("resetstat", Exactly(2)),
        refused("rewrite", Exactly(2)),
        refused("set", AtLeast(4)),
    ]),
    refused("function", AtLeast(2)).subcommands(&[
        refused("delete", Exactly(3)),
        refused("dump", Exactly(2)),
        refused("flush", AtLeast(2)),
        refused("kill", Exactly(2)),
        refused("list", AtLeast(2)),
        refused("load", AtLeast(3)),
        refused("restore", AtLeast(3)),
        refused("stats", Exactly(2)),
    ]),
    refused("latency", AtLeast(2)).subcommands(&[
        refused("doctor", Exactly(2)),
        refused("graph", Exactly(3)),
        refused("histogram", AtLeast(2)),
        refused("history", Exactly(3)),
        refused("latest", Exactly(2)),
        refused("reset", AtLeast(2)),
    ]),
    refused("module", AtLeast(2)).subcommands(&[
        refused("list", Exactly(2)),
        refused("load", AtLeast(3)),
        refused("loadex", AtLeast(3)),
        refused("unload", Exactly(3)),
    ]),
    refused("script", AtLeast(2)).subcommands(&[
        refused("debug", AtLeast(3)),
        refused("exists", AtLeast(3)),
        refused("flush", AtLeast(2)),
        refused("kill", Exactly(2)),
        refused("load", Exactly(3)),
        refused("show", Exactly(3)),
    ]),
    refused("auth", AtLeast(2)),
    refused("bgrewriteaof", Exactly(1)),
    refused("bgsave", AtLeast(1)),
    refused("debug", AtLeast(2)),
    refused("discard", Exactly(1)),
    refused("eval", AtLeast(3)),
    refused("eval_ro", AtLeast(3)),
    refused("evalsha", AtLeast(3)),
    refused("evalsha_ro", AtLeast(3)),
    refused("exec", Exactly(1)),
    refused("failover", AtLeast(1)),
    refused("fcall", AtLeast(3)),
    refused("fcall_ro", AtLeast(3)),
    refused("hello", AtLeast(1)),
    refused("monitor", Exactly(1)),
    refused("multi", Exactly(1)),
    refused("psubscribe", AtLeast(2)),
    refused("psync", AtLeast(3)),
    refused("punsubscribe", AtLeast(1)),
    refused("quit", AtLeast(1)),
    refused("replconf", AtLeast(1)),
    refused("replicaof", Exactly(3)),
    refused("reset", Exactly(1)),
    refused("role", Exactly(1)),
    refused("save", Exactly(1)),
    refused("shutdown", AtLeast(1)),
    refused("slaveof", Exactly(3)),
    refused("ssubscribe", AtLeast(2)),
    refused("subscribe", AtLeast(2)),
    refused("sunsubscribe", AtLeast(1)),
    refused("sync", Exactly(1)),
    refused("unsubscribe", AtLeast(1)),
    refused("unwatch", Exactly(1)),
    refused("watch", AtLeast(2)),
];

const fn refused(name: &'static str, arity: Arity) -> Command {
    Command::new(Group::Server, name, arity, never).flags(Flags::NOSCRIPT)
}

fn never(_: &mut RunnerCall) -> CommandResult {
    unreachable!("what scripts may not call is refused before it runs")
}
