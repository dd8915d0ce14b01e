//! Runs a script, here or on a live server, and prints its reply.

use std::process::ExitCode;

use anyhow::{Context, anyhow};
use ferrous_client::{Connection, Target, Value, apply_uri};
use ferrous_resp::Protocol;

use crate::options::Options;
use crate::runner::{Arguments, Runner, refused};
use crate::say;
use crate::world::{World, parse};

/// Runs a script or a function; the status tells whether its reply is an error.
pub(crate) fn run(options: &Options, script: &[u8]) -> anyhow::Result<ExitCode> {
    let (keys, arguments) = options.keys_and_arguments();
    let arguments = Arguments {
        keys: &keys,
        arguments: &arguments,
    };
    if let Some(uri) = &options.server {
        return print(&on_server(uri, script, options, arguments)?);
    }
    let reply = here(options, script, arguments)?;
    print(&parse(&reply).ok_or_else(|| anyhow!("the script left no whole reply"))?)
}

/// Prints a reply as `redis-cli` does; the status tells whether it is an error.
fn print(reply: &Value) -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    ferrous_client::print::standard(&mut text, reply);
    say(&text)?;
    Ok(match reply {
        Value::Error(_) | Value::BlobError(_) => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

fn here(options: &Options, script: &[u8], arguments: Arguments<'_>) -> anyhow::Result<Vec<u8>> {
    let mut runner = Runner::new(options.memory_limit);
    let mut world = World::new(options)?;
    Ok(perform(&mut runner, &mut world, options, script, arguments))
}

/// Runs what the options ask for: the script, or a function of the library that it is.
fn perform(
    runner: &mut Runner,
    world: &mut World,
    options: &Options,
    script: &[u8],
    arguments: Arguments<'_>,
) -> Vec<u8> {
    let protocol = options.protocol();
    let Some(name) = &options.function else {
        return runner.eval(script, arguments, protocol, world);
    };
    match runner.load(script, world) {
        Ok(_) => runner.fcall(name.as_bytes(), arguments, protocol, world),
        Err(error) => refused(&error.to_string()),
    }
}

fn on_server(
    uri: &str,
    script: &[u8],
    options: &Options,
    arguments: Arguments<'_>,
) -> anyhow::Result<Value> {
    let mut target = Target::default();
    apply_uri(&mut target, uri)
        .with_context(|| format!("{uri} is no URI such as redis://host:6379/0"))?;
    if options.protocol() == Protocol::Resp3 {
        target.protocol = ferrous_client::Protocol::Resp3;
    }
    let mut connection = Connection::connect(&target)
        .with_context(|| format!("cannot connect to {}", target.address))?;
    let (name, what) = match &options.function {
        None => (&b"EVAL"[..], script),
        Some(function) => (&b"FCALL"[..], function.as_bytes()),
    };
    let count = arguments.keys.len().to_string();
    let mut command = vec![name, what, count.as_bytes()];
    command.extend_from_slice(arguments.keys);
    command.extend_from_slice(arguments.arguments);
    connection
        .call(&command)
        .context("the server did not answer the script")
}
