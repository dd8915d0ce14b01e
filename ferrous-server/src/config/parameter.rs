//! The row of a parameter: its name, what it takes, where it lives, and what a change of it brings about.

use std::borrow::Cow;
use std::fmt;

use super::Config;
use super::value::{Assign, Refusal, Staged, Value};

/// One row of the configuration table.
///
/// Rows are constants beside the values they describe. Everything that deals with parameters by name reads them:
/// files, arguments, `CONFIG GET`, `SET` and `REWRITE`, and the reference in `docs/CONFIGURATION.md`.
pub struct Parameter {
    name: &'static str,
    alias: Option<&'static str>,
    default: Preset,
    range: Option<(i128, i128)>,
    flags: u8,
    effect: Option<Effect>,
    support: Support,
    check: Option<Check>,
    meaning: &'static str,
    value: fn(&Config) -> &dyn Value,
}

/// What a text must satisfy beyond being text.
pub(super) type Check = fn(&[u8]) -> Result<(), &'static str>;

/// What the server has to do after a parameter changed; other changes are seen when the value is next read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Enter the new working directory.
    Directory,
    /// Begin or end the append-only file.
    AppendOnly,
    /// Listen on other addresses: close the sockets of those that went, open those that came.
    Bind,
    /// Listen on another port: close the sockets that there are, open those that are configured now.
    Listen,
    /// Raise the limit of open files so that `maxclients` fit.
    ClientLimit,
    /// Tell the kernel how willing it should be to kill the process when memory runs out.
    KillScore,
    /// Log from another severity on.
    LogLevel,
    /// Take keys out, if a policy allows it, until memory is below the limit.
    MemoryLimit,
    /// Close clients until they are within their limit of memory.
    ClientMemoryLimit,
    /// Let keys remember when, or how often, they were used.
    AccessClock,
    /// Tell the engine at which sizes data types change their encodings.
    Encodings,
}

/// Whether this server does what a parameter asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It does.
    Full,
    /// It tunes a feature that is still to come: it is checked and kept until then.
    Awaits(&'static str),
    /// It would turn on a feature that is still to come, so anything but its default is refused.
    Planned(&'static str),
    /// It is about a mechanism that this server does without, for this reason: it is checked and kept.
    WithoutEffect(&'static str),
}

/// The value a parameter has when nobody sets it.
#[derive(Clone, Copy)]
enum Preset {
    Text(&'static str),
    /// Depends on the machine or the moment.
    Computed(fn() -> Vec<u8>),
}

const IMMUTABLE: u8 = 1;
const HIDDEN: u8 = 1 << 1;
const SENSITIVE: u8 = 1 << 2;
const PROTECTED: u8 = 1 << 3;
const MANY: u8 = 1 << 4;
const NOT_WHILE_LOADING: u8 = 1 << 5;
const ALWAYS_WRITTEN: u8 = 1 << 6;

impl Parameter {
    /// A row whose value is at `value`, and `default`, in the spelling of a configuration file, when nobody sets it.
    pub(super) const fn new(
        name: &'static str,
        default: &'static str,
        meaning: &'static str,
        value: fn(&Config) -> &dyn Value,
    ) -> Self {
        Self {
            name,
            alias: None,
            default: Preset::Text(default),
            range: None,
            flags: 0,
            effect: None,
            support: Support::Full,
            check: None,
            meaning,
            value,
        }
    }

    /// A second name, from before the first was preferred.
    pub(super) const fn alias(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }

    /// A default that `compute` finds out instead.
    pub(super) const fn computed(mut self, compute: fn() -> Vec<u8>) -> Self {
        self.default = Preset::Computed(compute);
        self
    }

    /// The lowest and highest number, when they are not those of the value's type.
    pub(super) const fn range(mut self, lowest: i128, highest: i128) -> Self {
        self.range = Some((lowest, highest));
        self
    }

    /// What else the text must satisfy.
    pub(super) const fn check(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// Set at start only.
    pub(super) const fn immutable(self) -> Self {
        self.flagged(IMMUTABLE)
    }

    /// Found by its full name only.
    pub(super) const fn hidden(self) -> Self {
        self.flagged(HIDDEN)
    }

    /// A secret, to be kept out of logs.
    pub(super) const fn sensitive(self) -> Self {
        self.flagged(SENSITIVE)
    }

    /// Could be abused to write anywhere, so `enable-protected-configs` decides who may set it.
    pub(super) const fn protected(self) -> Self {
        self.flagged(PROTECTED)
    }

    /// Takes any number of words.
    pub(super) const fn many(self) -> Self {
        self.flagged(MANY)
    }

    /// Not set while a data set is being loaded.
    pub(super) const fn not_while_loading(self) -> Self {
        self.flagged(NOT_WHILE_LOADING)
    }

    /// Written by `CONFIG REWRITE` even at its default, which is another one next time.
    pub(super) const fn always_written(self) -> Self {
        self.flagged(ALWAYS_WRITTEN)
    }

    /// What the server has to do after a change.
    pub(super) const fn effect(mut self, effect: Effect) -> Self {
        self.effect = Some(effect);
        self
    }

    /// Tunes `feature`, which is still to come.
    pub(super) const fn awaits(mut self, feature: &'static str) -> Self {
        self.support = Support::Awaits(feature);
        self
    }

    /// Turns on `feature`, which is still to come.
    pub(super) const fn planned(mut self, feature: &'static str) -> Self {
        self.support = Support::Planned(feature);
        self
    }

    /// Accepted for the sake of existing configuration, and `reason` says why it changes nothing.
    pub(super) const fn without_effect(mut self, reason: &'static str) -> Self {
        self.support = Support::WithoutEffect(reason);
        self
    }

    const fn flagged(mut self, flag: u8) -> Self {
        self.flags |= flag;
        self
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl Parameter {
    /// The name, in lower case.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The older name, if there is one.
    pub fn old_name(&self) -> Option<&'static str> {
        self.alias
    }

    /// The value when nobody sets it; `None` when it depends on the machine or the moment.
    pub fn fixed_default(&self) -> Option<&'static str> {
        match self.default {
            Preset::Text(text) => Some(text),
            Preset::Computed(_) => None,
        }
    }

    /// What it means, in Markdown.
    pub fn meaning(&self) -> &'static str {
        self.meaning.trim_start()
    }

    /// Whether this server does what it asks for.
    pub fn support(&self) -> Support {
        self.support
    }

    /// Whether `CONFIG SET` may change it.
    pub fn is_mutable(&self) -> bool {
        self.flags & IMMUTABLE == 0
    }

    /// Whether patterns of `CONFIG GET` pass over it.
    pub fn is_hidden(&self) -> bool {
        self.flags & HIDDEN != 0
    }

    /// Whether its value is a secret, to be kept out of logs.
    pub fn is_sensitive(&self) -> bool {
        self.flags & SENSITIVE != 0
    }

    /// Whether it takes any number of words, not exactly one.
    pub fn takes_many(&self) -> bool {
        self.flags & MANY != 0
    }

    pub(super) fn is_protected(&self) -> bool {
        self.flags & PROTECTED != 0
    }

    pub(super) fn is_settable_while_loading(&self) -> bool {
        self.flags & NOT_WHILE_LOADING == 0
    }

    pub(super) fn is_always_written(&self) -> bool {
        self.flags & ALWAYS_WRITTEN != 0
    }

    pub(super) fn change_effect(&self) -> Option<Effect> {
        self.effect
    }

    /// The names it answers to.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.alias)
    }

    /// The range of its numbers, which is `whole` when the row does not narrow it.
    pub(super) fn range_within(&self, whole: (i128, i128)) -> (i128, i128) {
        self.range.unwrap_or(whole)
    }

    pub(super) fn verify(&self, text: &[u8]) -> Result<(), Refusal> {
        self.check
            .map_or(Ok(()), |check| check(text).map_err(Cow::Borrowed))
    }

    /// Where the value is.
    pub(super) fn value<'a>(&self, config: &'a Config) -> &'a dyn Value {
        (self.value)(config)
    }

    /// Checks `words` and returns the act of storing what they say.
    ///
    /// # Errors
    /// The text that clients know for what is wrong with the words.
    pub(super) fn stage<'a>(
        &self,
        config: &'a Config,
        words: &[&[u8]],
        assign: Assign,
    ) -> Result<Staged<'a>, Refusal> {
        let words = self.split(words)?;
        let staged = self.value(config).stage(self, &words, assign)?;
        match self.support {
            Support::Planned(feature) if self.departs_from_default(&words)? => {
                Err(format!("this build does not support {feature} yet").into())
            }
            _ => Ok(staged),
        }
    }

    /// Stores the default.
    pub(super) fn reset(&self, config: &Config) {
        let default = match self.default {
            Preset::Text(text) => Cow::Borrowed(text.as_bytes()),
            Preset::Computed(compute) => Cow::Owned(compute()),
        };
        let words = self
            .split(&[&default])
            .expect("one word is a number of words that every row takes");
        let store = self.value(config).stage(self, &words, Assign::Replace);
        store.expect("the default of every row passes the row's own check")();
    }

    /// The words behind the name, as the row takes them: one, or many that may also come as one with spaces between.
    fn split<'a>(&self, words: &[&'a [u8]]) -> Result<Vec<&'a [u8]>, Refusal> {
        match words {
            [b""] if self.takes_many() => Ok(Vec::new()),
            [together] if self.takes_many() => Ok(together.split(|byte| *byte == b' ').collect()),
            _ if self.takes_many() || words.len() == 1 => Ok(words.to_vec()),
            _ => Err(Cow::Borrowed("wrong number of arguments")),
        }
    }

    fn departs_from_default(&self, words: &[&[u8]]) -> Result<bool, Refusal> {
        let (asked, default) = (Config::new(), Config::new());
        self.value(&asked).stage(self, words, Assign::Replace)?();
        Ok(self.value(&asked).show() != self.value(&default).show())
    }
}
