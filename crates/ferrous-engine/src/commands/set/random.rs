//! Members by chance.

use ferrous_resp::Encoder;
use ferrous_types::random::Rng;
use ferrous_types::{Element, Set};

use super::read::reply_members;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::draw::draw_repeatedly;
use crate::commands::element::reply_element;
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{EventClasses, Key};

/// Members that one command of the log removes at most.
const REPEATED_MAX: usize = 1024;

pub(super) const SPOP: Command = Command::new(Group::Set, "spop", Arity::AtLeast(2), Keys(spop))
    .flags(Flags::WRITE.with(Flags::FAST))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))])
    .args(&[
        Arg::key("key"),
        Arg::integer("count").optional().since("3.2.0"),
    ])
    .since("1.0.0")
    .history(&[("3.2.0", "Takes a count.")])
    .tips(&["nondeterministic_output"])
    .cost("O(n), n = members taken")
    .summary("Takes a random member of a set, or several.");

fn spop(call: &mut Call) -> CommandResult {
    match call.args.len() {
        2 => pop_one(call),
        3 => pop_several(call),
        _ => Err(CommandError::SYNTAX),
    }
}

fn pop_one(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let mut random = fork(call);
    let popped = call.db.edit(&key, |set: &mut Set| {
        set.pop(&mut random, |member| member.to_bytes().into_owned())
    })?;
    let Some(member) = popped.flatten() else {
        call.reply.nil();
        return Ok(());
    };
    call.reply.bulk(&member);
    call.db.repeat(&[b"SREM", key.bytes, &member]);
    call.db.changed(&key, EventClasses::SET, "spop", 1);
    Ok(())
}

fn pop_several(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let count = call.args.count_or(2, 0, CommandError::NOT_POSITIVE)?;
    let mut random = fork(call);
    let reply = &mut *call.reply;
    let popped = call.db.edit(&key, |set: &mut Set| {
        if count >= set.len() {
            reply_members(reply, set);
            return Popped::All(set.len());
        }
        Popped::Some(pop_some(set, count, &mut random))
    })?;
    match popped {
        None => call.reply.set(0),
        Some(Popped::All(count)) => remove_all(call, &key, count),
        Some(Popped::Some(members)) => {
            call.reply.set(members.len());
            for member in &members {
                call.reply.bulk(member);
            }
            if !members.is_empty() {
                repeat_removal(call, &key, &members);
                call.db
                    .changed(&key, EventClasses::SET, "spop", members.len() as u64);
            }
        }
    }
    Ok(())
}

/// What several members come to.
enum Popped {
    /// So many were all; they are not removed yet.
    All(usize),
    /// These, and others are left.
    Some(Vec<Vec<u8>>),
}

fn pop_some(set: &mut Set, count: usize, random: &mut Rng) -> Vec<Vec<u8>> {
    let mut members = Vec::with_capacity(count);
    set.sample(count, random, |member| {
        members.push(member.to_bytes().into_owned());
    });
    for member in &members {
        set.remove(member);
    }
    members
}

/// Removes a set all members of which are taken.
fn remove_all(call: &mut Call, key: &Key<'_>, count: usize) {
    call.db.notify(EventClasses::SET, "spop", key);
    call.db.remove(key);
    call.db.repeat(&[b"DEL", key.bytes]);
    call.db
        .changed(key, EventClasses::GENERIC, "del", count as u64);
}

/// Has the members removed by name when this is repeated.
fn repeat_removal(call: &mut Call, key: &Key<'_>, members: &[Vec<u8>]) {
    if !call.db.wants_effects() {
        return;
    }
    for members in members.chunks(REPEATED_MAX) {
        let mut argv: Vec<&[u8]> = vec![b"SREM", key.bytes];
        argv.extend(members.iter().map(Vec::as_slice));
        call.db.repeat(&argv);
    }
}

/// A generator of its own, for use while the database is borrowed.
fn fork(call: &mut Call) -> Rng {
    Rng::new(call.db.random().next_u64())
}

pub(super) const SRANDMEMBER: Command = Command::new(
    Group::Set,
    "srandmember",
    Arity::AtLeast(2),
    Keys(srandmember),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::integer("count").optional().since("2.6.0"),
])
.since("1.0.0")
.history(&[("2.6.0", "Takes a count.")])
.tips(&["nondeterministic_output"])
.cost("O(n), n = members returned")
.summary("Returns a random member of a set, or several, which may repeat when asked for.");

fn srandmember(call: &mut Call) -> CommandResult {
    let count = match call.args.len() {
        2 => None,
        3 => Some(call.args.signed(2)?),
        _ => return Err(CommandError::SYNTAX),
    };
    let bytes_max = call.limits.reply_bytes_max;
    let mut random = fork(call);
    let set = call.db.collection::<Set>(&call.args.key(1))?;
    match (set, count) {
        (None, None) => call.reply.nil(),
        (None, Some(_)) => call.reply.array(0),
        (Some(set), None) => {
            if let Some(member) = set.random(&mut random) {
                reply_element(call.reply, member);
            }
        }
        (Some(set), Some(count @ 0..)) => {
            let count = set.len().min(count as usize);
            call.reply.array(count);
            set.sample(count, &mut random, |member| {
                reply_element(call.reply, member);
            });
        }
        (Some(set), Some(count)) => {
            let count = count.unsigned_abs() as usize;
            reply_repeating(call.reply, set, count, bytes_max, &mut random);
        }
    }
    Ok(())
}

/// Replies with `count` draws, each of which may be any member.
fn reply_repeating(
    reply: &mut Encoder<'_>,
    set: &Set,
    count: usize,
    bytes_max: usize,
    random: &mut Rng,
) {
    reply.array(count);
    if count < set.len() {
        draw_repeatedly(reply, count, bytes_max, |reply| {
            if let Some(member) = set.random(random) {
                reply_element(reply, member);
            }
        });
        return;
    }
    // Laid out once, a member is found at once in every encoding.
    let members: Vec<Element<'_>> = set.iter().collect();
    draw_repeatedly(reply, count, bytes_max, |reply| {
        let drawn = random.below(members.len() as u64) as usize;
        reply_element(reply, members[drawn]);
    });
}
