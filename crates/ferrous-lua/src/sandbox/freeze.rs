//! Read-only tables.

use crate::raise::{Outcome, Raise};
use crate::state::{Kind, Stack};

/// The light userdata at 1 in the metatable of a frozen table, with the hidden table at 2 and, at 3, what scripts get as
/// its metatable. No script can make a light userdata other than null, so none can forge it.
pub(crate) const MARK: usize = 0xf_e550;

/// Replaces the table on top by a frozen one that reads from it. `visible_metatable` is on top of it, if there is one.
pub(crate) fn freeze(stack: &mut Stack<'_>, visible_metatable: bool) -> Result<(), Raise> {
    let hidden = stack.top() - i32::from(visible_metatable);
    stack.push_table(0, 0)?;
    stack.push_table(3, 2)?;
    let metatable = stack.top();
    stack.push_light(MARK)?;
    stack.raw_set_index(metatable, 1);
    stack.push_copy(hidden)?;
    stack.raw_set_index(metatable, 2);
    if visible_metatable {
        stack.push_copy(hidden + 1)?;
        stack.raw_set_index(metatable, 3);
    }
    stack.push_copy(hidden)?;
    stack.raw_set_field(metatable, "__index")?;
    stack.push_function(refuse, 0)?;
    stack.raw_set_field(metatable, "__newindex")?;
    stack.set_metatable(metatable - 1);
    stack.replace(hidden);
    stack.set_top(hidden);
    Ok(())
}

fn refuse(_stack: &mut Stack<'_>) -> Outcome {
    Err(Raise::here("Attempt to modify a readonly table"))
}

/// True when the metatable at `index` is that of a frozen table.
pub(super) fn marks_frozen(stack: &mut Stack<'_>, index: i32) -> Result<bool, Raise> {
    stack.raw_get_index(index, 1)?;
    let top = stack.top();
    let marked = stack.kind(top) == Kind::LightUserdata && stack.address(top) == MARK;
    stack.pop(1);
    Ok(marked)
}

/// Replaces what an absent global variable reads as by an error: the table on top gets such a metatable.
pub(super) fn refuse_absent(stack: &mut Stack<'_>) -> Result<(), Raise> {
    let table = stack.top();
    stack.push_table(0, 1)?;
    stack.push_function(absent, 0)?;
    stack.raw_set_field(table + 1, "__index")?;
    stack.set_metatable(table);
    Ok(())
}

fn absent(stack: &mut Stack<'_>) -> Outcome {
    let Some(name) = stack.text(2) else {
        return Err(Raise::here("a global variable has a name"));
    };
    let name = String::from_utf8_lossy(name);
    Err(Raise::here(format!(
        "Script attempted to access nonexistent global variable '{name}'"
    )))
}
