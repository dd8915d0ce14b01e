//! A look inside, and a test that the arithmetic holds on this machine.

use std::fmt::Write as _;

use ferrous_types::hyperloglog::{self as hll, Corrupted, Encoding, Registers};

use super::{corrupted, peek, store};
use crate::call::{
    Call, Command,
    DataHandler::{InTurn, Keys},
};
use crate::command::{Arg, Arity, DocFlags, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::Key;

const NO_KEY: CommandError = CommandError::fixed("ERR The specified key does not exist");
const NOT_SPARSE: CommandError = CommandError::fixed("ERR HLL encoding is not sparse");

pub(super) const PFDEBUG: Command = Command::new(
    Group::Hyperloglog,
    "pfdebug",
    Arity::Exactly(3),
    Keys(pfdebug),
)
.flags(Flags::ADMIN.with(Flags::DENYOOM).with(Flags::WRITE))
.doc_flags(DocFlags::SYSCMD)
.keys(&[KeySpec::at(2).flags(KeyFlags::RW.with(KeyFlags::ACCESS))])
.args(&[Arg::string("subcommand"), Arg::key("key")])
.since("2.8.9")
.cost("O(1), at a large constant")
.summary("Shows the registers, runs or encoding of a HyperLogLog, or makes it dense.");

fn pfdebug(call: &mut Call) -> CommandResult {
    let key = call.args.key(2);
    let mut bytes = peek(call.db, &key)?.ok_or(NO_KEY)?;
    if call.args.is(1, "GETREG") {
        make_dense(call, &key, &mut bytes)?;
        let mut registers = Registers::new();
        registers.absorb(&bytes).map_err(corrupted)?;
        call.reply.array(registers.values().len());
        for &value in registers.values() {
            call.reply.integer(i64::from(value));
        }
    } else if call.args.is(1, "DECODE") {
        if hll::encoding(&bytes) != Some(Encoding::Sparse) {
            return Err(NOT_SPARSE);
        }
        call.reply
            .bulk(decoded(&bytes).map_err(corrupted)?.as_bytes());
    } else if call.args.is(1, "ENCODING") {
        let name: &[u8] = match hll::encoding(&bytes) {
            Some(Encoding::Dense) => b"dense",
            _ => b"sparse",
        };
        call.reply.simple(name);
    } else if call.args.is(1, "TODENSE") {
        let converted = make_dense(call, &key, &mut bytes)?;
        call.reply.integer(i64::from(converted));
    } else {
        return Err(CommandError::quoting([
            b"ERR Unknown PFDEBUG subcommand '",
            CommandError::shown(call.args.get(1)),
            b"'",
        ]));
    }
    Ok(())
}

/// Stores the HyperLogLog in dense form; true when it was not.
fn make_dense(call: &mut Call, key: &Key<'_>, bytes: &mut Vec<u8>) -> CommandResult<bool> {
    if hll::encoding(bytes) == Some(Encoding::Dense) {
        return Ok(false);
    }
    hll::make_dense(bytes).map_err(corrupted)?;
    store(call.db, key, bytes);
    call.db.modified(key);
    call.db.dirty(1);
    Ok(true)
}

/// The runs of a sparse HyperLogLog: `z` and `Z` for short and long ones of zeros, `v` with the value for others.
fn decoded(bytes: &[u8]) -> Result<String, Corrupted> {
    let mut text = String::new();
    for run in hll::runs(bytes) {
        let hll::Run { value, len, long } = run?;
        let written = match (value, long) {
            (0, true) => write!(text, "Z:{len} "),
            (0, false) => write!(text, "z:{len} "),
            (value, _) => write!(text, "v:{value},{len} "),
        };
        written.expect("a string takes whatever is written");
    }
    text.truncate(text.trim_end().len());
    Ok(text)
}

pub(super) const PFSELFTEST: Command = Command::new(
    Group::Hyperloglog,
    "pfselftest",
    Arity::Exactly(1),
    InTurn(pfselftest),
)
.flags(Flags::ADMIN)
.doc_flags(DocFlags::SYSCMD)
.since("2.8.9")
.cost("O(1), at a very large constant")
.summary("Tests the arithmetic of HyperLogLogs.");

/// Elements of the largest set that the self-test estimates.
const ELEMENTS: u64 = 100_000;
/// The standard error of an estimate from 16,384 registers.
const RELATIVE_ERROR: f64 = 1.04 / 128.0;

/// Adds elements to a sparse and to a dense HyperLogLog: both must agree, and their estimates be near the truth.
fn pfselftest(call: &mut Call) -> CommandResult {
    let start = call.db.random().below(u64::MAX / 2);
    self_test(start, call.limits.sparse_hyperloglog_bytes)?;
    call.reply.ok();
    Ok(())
}

fn self_test(start: u64, sparse_max_bytes: usize) -> CommandResult {
    let (mut growing, mut dense) = (hll::empty(), hll::empty());
    hll::make_dense(&mut dense).map_err(corrupted)?;
    for (count, element) in (1..=ELEMENTS).zip(start..) {
        let element = element.to_le_bytes();
        hll::add(&mut growing, &element, sparse_max_bytes).map_err(corrupted)?;
        hll::add_dense(&mut dense, &element).map_err(corrupted)?;
        if count.is_power_of_two() || count == ELEMENTS {
            check(&growing, &dense, count)?;
        }
    }
    Ok(())
}

fn check(growing: &[u8], dense: &[u8], count: u64) -> CommandResult {
    let estimate = hll::count(dense).map_err(corrupted)?;
    if hll::count(growing).map_err(corrupted)? != estimate {
        return Err(CommandError::new(format!(
            "TESTFAILED sparse and dense registers differ at {count} elements"
        )));
    }
    // Six standard errors are met once in 10^9; small sets are off by whole elements.
    let tolerance = (6.0 * RELATIVE_ERROR * count as f64).ceil().max(10.0) as u64;
    if estimate.abs_diff(count) > tolerance {
        return Err(CommandError::new(format!(
            "TESTFAILED {count} elements were taken for {estimate}"
        )));
    }
    Ok(())
}
