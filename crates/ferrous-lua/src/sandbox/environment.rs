//! The global variables of scripts, of functions, and of libraries while they load.

use super::freeze::{freeze, refuse_absent};
use super::libraries;
use crate::api;
use crate::raise::{Outcome, Raise};
use crate::state::{Reference, Stack};

/// The slot of the bottom stack with the function that sees every error first.
pub(crate) const SLOT_HANDLER: i32 = 1;
/// The slot with the hidden table of a script's global variables.
const SLOT_GLOBALS: i32 = 2;
/// The slots with the names `KEYS` and `ARGV`.
const SLOT_KEYS: i32 = 3;
const SLOT_ARGV: i32 = 4;
/// How many slots are taken for good.
const SLOTS: i32 = 4;

/// What was made of a fresh state, besides what stays in the slots of its bottom stack.
pub(crate) struct Environment {
    /// The frozen global variables of functions.
    functions: Reference,
    /// The hidden table behind them while a library loads, and while its functions run.
    while_loading: Reference,
    while_running: Reference,
    /// How `cjson` is set up.
    json: Reference,
}

impl Environment {
    /// Locks up a state whose own libraries are open.
    pub(crate) fn new(stack: &mut Stack<'_>) -> Result<Self, Raise> {
        stack.push_function(describe_error, 0)?;
        debug_assert!(stack.top() == SLOT_HANDLER);
        stack.push_table(0, 48)?;
        stack.push_bytes(b"KEYS")?;
        stack.push_bytes(b"ARGV")?;
        let json = libraries::add_all(stack, SLOT_GLOBALS)?;
        stack.set_top(SLOTS);

        let while_running = function_globals(stack)?;
        for name in api::NAMES {
            api::push_for_scripts(stack)?;
            stack.raw_set_field(SLOT_GLOBALS, name)?;
        }
        let while_loading = loading_globals(stack)?;
        stack.push_kept(&while_loading)?;
        freeze(stack, false)?;
        let functions = stack.keep();

        stack.push_copy(SLOT_GLOBALS)?;
        freeze_globals(stack)?;
        stack.set_globals();
        stack.set_top(SLOTS);
        Ok(Self {
            functions,
            while_loading,
            while_running,
            json,
        })
    }

    /// Sets `KEYS` and `ARGV`.
    pub(crate) fn set_arguments(
        stack: &mut Stack<'_>,
        keys: &[&[u8]],
        arguments: &[&[u8]],
    ) -> Result<(), Raise> {
        for (slot, values) in [(SLOT_KEYS, keys), (SLOT_ARGV, arguments)] {
            stack.push_copy(slot)?;
            push_list(stack, values)?;
            stack.raw_set(SLOT_GLOBALS)?;
        }
        Ok(())
    }

    /// Makes the function on top one of a library, by the global variables that it sees.
    pub(crate) fn adopt(&self, stack: &mut Stack<'_>) -> Result<(), Raise> {
        let function = stack.top();
        stack.push_kept(&self.functions)?;
        stack.set_environment(function);
        Ok(())
    }

    /// Shows libraries what they may use while they load, or while their functions run.
    pub(crate) fn set_loading(&self, stack: &mut Stack<'_>, loading: bool) -> Result<(), Raise> {
        let top = stack.top();
        stack.push_kept(&self.functions)?;
        stack.push_metatable(top + 1)?;
        let behind = if loading {
            &self.while_loading
        } else {
            &self.while_running
        };
        stack.push_kept(behind)?;
        stack.push_copy(top + 3)?;
        stack.raw_set_index(top + 2, 2);
        stack.raw_set_field(top + 2, "__index")?;
        stack.set_top(top);
        Ok(())
    }

    /// Sets up `cjson` as at first.
    pub(crate) fn reset_json(&self, stack: &mut Stack<'_>) -> Result<(), Raise> {
        let top = stack.top();
        stack.push_kept(&self.json)?;
        crate::cjson::reset(stack, top + 1)?;
        stack.set_top(top);
        Ok(())
    }
}

/// Pushes a list of strings.
pub(crate) fn push_list(stack: &mut Stack<'_>, values: &[&[u8]]) -> Result<(), Raise> {
    stack.push_table(values.len(), 0)?;
    let list = stack.top();
    for (index, value) in values.iter().enumerate() {
        stack.push_bytes(value)?;
        stack.raw_set_index(list, index as i32 + 1);
    }
    Ok(())
}

/// Freezes the global variables on top, whose absence is an error, and adds themselves as `_G`.
fn freeze_globals(stack: &mut Stack<'_>) -> Result<(), Raise> {
    let hidden = stack.top();
    refuse_absent(stack)?;
    stack.push_copy(hidden)?;
    stack.push_metatable(hidden)?;
    freeze(stack, false)?;
    freeze(stack, true)?;
    stack.push_copy(hidden + 1)?;
    stack.raw_set_field(hidden, "_G")?;
    stack.replace(hidden);
    Ok(())
}

/// The hidden table of what functions see: as scripts, with an interface of their own and without `KEYS` and `ARGV`.
fn function_globals(stack: &mut Stack<'_>) -> Result<Reference, Raise> {
    stack.push_table(0, 48)?;
    let globals = stack.top();
    stack.push_nil()?;
    while stack.next(SLOT_GLOBALS)? {
        stack.push_copy(globals + 1)?;
        stack.insert(globals + 2);
        stack.raw_set(globals)?;
    }
    for name in api::NAMES {
        api::push_for_functions(stack)?;
        stack.raw_set_field(globals, name)?;
    }
    stack.push_copy(globals)?;
    freeze_globals(stack)?;
    stack.pop(1);
    Ok(stack.keep())
}

/// The hidden table of what libraries see while they load.
fn loading_globals(stack: &mut Stack<'_>) -> Result<Reference, Raise> {
    stack.push_table(0, 4)?;
    let globals = stack.top();
    refuse_absent(stack)?;
    for name in api::NAMES {
        api::push_for_loading(stack)?;
        refuse_absent(stack)?;
        freeze(stack, false)?;
        stack.raw_set_field(globals, name)?;
    }
    Ok(stack.keep())
}

/// Makes an error the table that error replies are made from, with the place it came from.
fn describe_error(stack: &mut Stack<'_>) -> Outcome {
    stack.set_top(1);
    if stack.kind(1) != crate::state::Kind::Table || is_frozen(stack)? {
        let text = text_of(stack);
        crate::raise::push_error_table(stack, &[b"ERR ", &text[..]].concat())?;
        stack.replace(1);
    }
    let level = stack.level(1).and_then(|level| {
        if level.is_native {
            stack.level(2)
        } else {
            Some(level)
        }
    });
    if let Some(level) = level {
        stack.push_bytes(&level.source)?;
        stack.raw_set_field(1, "source")?;
        stack.push_number(level.line.map_or(-1.0, f64::from))?;
        stack.raw_set_field(1, "line")?;
    }
    stack.set_top(1);
    Ok(1)
}

fn is_frozen(stack: &mut Stack<'_>) -> Result<bool, Raise> {
    let frozen = stack.push_metatable(1)? && super::freeze::marks_frozen(stack, 2)?;
    stack.set_top(1);
    Ok(frozen)
}

/// What `tostring` makes of the value at 1.
fn text_of(stack: &mut Stack<'_>) -> Vec<u8> {
    use crate::state::Kind;
    if let Some(text) = stack.text(1) {
        return text.to_vec();
    }
    match stack.kind(1) {
        Kind::Nil | Kind::None => b"nil".to_vec(),
        Kind::Boolean if stack.boolean(1) => b"true".to_vec(),
        Kind::Boolean => b"false".to_vec(),
        other => format!("{}: {:#x}", other.name(), stack.identity(1)).into_bytes(),
    }
}
