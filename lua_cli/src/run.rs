//! Runs a script, here or on a live server, and prints its reply.

use std::process::ExitCode;

use anyhow::{Context, anyhow};
use ferrous_client::{Connection, Target, Value, apply_uri};
use ferrous_resp::Protocol;

use crate::debug::Debugger;
use crate::excerpt;
use crate::options::Options;
use crate::profile::Profile;
use crate::runner::{Arguments, Runner, refused};
use crate::say;
use crate::trace;
use crate::world::{Watch, World, parse, tell};

/// Runs a script or a function; the status tells whether its reply is an error.
pub(crate) fn run(options: &Options, script: &[u8]) -> anyhow::Result<ExitCode> {
    let (keys, arguments) = options.keys_and_arguments();
    let arguments = Arguments {
        keys: &keys,
        arguments: &arguments,
    };
    if let Some(uri) = &options.server {
        return print(script, &on_server(uri, script, options, arguments)?);
    }
    let reply = here(options, script, arguments)?;
    let reply = parse(&reply).ok_or_else(|| anyhow!("the script left no whole reply"))?;
    print(script, &reply)
}

/// Prints a reply as `redis-cli` does, and the line that an error came from on standard error; the status tells whether it
/// is one.
fn print(script: &[u8], reply: &Value) -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    ferrous_client::print::standard(&mut text, reply);
    say(&text)?;
    let (Value::Error(error) | Value::BlobError(error)) = reply else {
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(excerpt) = excerpt::of(script, error) {
        tell(excerpt.as_bytes());
    }
    Ok(ExitCode::FAILURE)
}

fn here(options: &Options, script: &[u8], arguments: Arguments<'_>) -> anyhow::Result<Vec<u8>> {
    let mut watch = if options.debug {
        Watch::Debugger(Box::new(Debugger::new(script)))
    } else if options.profile {
        Watch::Profile(Profile::new(script))
    } else {
        Watch::None
    };
    loop {
        let mut runner = Runner::new(options.memory_limit);
        let mut world = World::new(options)?;
        runner.load_all(&mut world)?;
        runner
            .machine
            .set_line_events(!matches!(watch, Watch::None));
        world.watch = watch;
        if options.effects {
            world.dataset.keep_effects();
        }
        let reply = perform(&mut runner, &mut world, options, script, arguments);
        watch = world.watch;
        if options.effects {
            tell(trace::effects(world.dataset.effects()).as_bytes());
        }
        match &mut watch {
            Watch::Profile(profile) => tell(profile.report().as_bytes()),
            // Nothing of the last run is left: the data is loaded anew.
            Watch::Debugger(debugger) if debugger.restarts => {
                debugger.rewind();
                continue;
            }
            Watch::None | Watch::Debugger(_) => {}
        }
        return Ok(reply);
    }
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
