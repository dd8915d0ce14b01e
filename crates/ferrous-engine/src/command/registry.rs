//! Every command a program knows, found by name in any case.
//!
//! Lookup is on the path of every request: a name's first eight bytes and its length hash into an open-addressed array
//! that is at most a quarter full and holds these bytes, so a hit costs one probe and one comparison of words as a rule.

use super::{Categories, Command, Description};

/// A command's place in the registry: small and dense, so that per-command counters are an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(pub u16);

/// A command or subcommand as the registry holds it.
#[derive(Debug)]
pub struct Registered<H: 'static> {
    /// Its place.
    pub id: CommandId,
    /// The name users see: `get`, `client|kill`.
    pub full_name: Box<str>,
    /// What it is.
    pub description: &'static Description,
    /// What runs.
    pub handler: H,
    /// Its ACL categories, implied ones included.
    pub categories: Categories,
    /// Whether it may change a value that is there, rather than replace or delete it.
    pub edits: bool,
    /// The container of a subcommand.
    pub parent: Option<CommandId>,
    /// Its subcommands, in declared order.
    pub subcommands: Vec<CommandId>,
}

/// The command table.
#[derive(Debug)]
pub struct Registry<H: 'static> {
    commands: Vec<Registered<H>>,
    /// Open-addressed, by name hash.
    slots: Box<[Slot]>,
    /// Names that differ from the declared ones (`rename-command`), lower-case; empty hides the command.
    names: Vec<Box<str>>,
}

impl<H: Copy> Registry<H> {
    /// A table of no commands.
    pub fn new() -> Self {
        Self {
            commands: Vec::new(),
            slots: Box::default(),
            names: Vec::new(),
        }
    }

    /// Adds rows and their subcommands; `wrap` turns their handlers into the table's.
    ///
    /// A container that is there already keeps its row and gains the subcommands: its rows may come from several hosts.
    pub fn add<R: Copy>(&mut self, families: &[&'static [Command<R>]], wrap: impl Fn(R) -> H) {
        for row in families.iter().copied().flatten() {
            let known = self.position(row.description.name);
            let parent = known.unwrap_or_else(|| self.push(row, &wrap, None));
            for sub in row.subcommands {
                let id = self.push(sub, &wrap, Some(parent));
                self.commands[usize::from(parent.0)].subcommands.push(id);
            }
        }
        self.index();
    }

    /// The place of the command declared as `name`.
    fn position(&self, name: &str) -> Option<CommandId> {
        let declared =
            |command: &&Registered<H>| command.parent.is_none() && command.description.name == name;
        self.commands
            .iter()
            .find(declared)
            .map(|command| command.id)
    }

    fn push<R: Copy>(
        &mut self,
        row: &'static Command<R>,
        wrap: &impl Fn(R) -> H,
        parent: Option<CommandId>,
    ) -> CommandId {
        let id = CommandId(self.commands.len() as u16);
        let name = row.description.name;
        let full_name = match parent {
            Some(parent) => format!("{}|{name}", self.get(parent).full_name).into_boxed_str(),
            None => name.into(),
        };
        self.names.push(name.into());
        self.commands.push(Registered {
            id,
            full_name,
            description: &row.description,
            handler: wrap(row.handler),
            categories: categories(row),
            edits: row.description.edits(),
            parent,
            subcommands: Vec::new(),
        });
        id
    }

    /// Gives `name` another name, or none when `renamed` is empty. False when there is no such command.
    pub fn rename(&mut self, name: &[u8], renamed: &str) -> bool {
        let Some(id) = self.find(name).map(|command| command.id) else {
            return false;
        };
        self.names[usize::from(id.0)] = renamed.to_ascii_lowercase().into();
        self.index();
        true
    }

    fn index(&mut self) {
        let size = (self.commands.len() * 4).next_power_of_two();
        let mut slots = vec![Slot::EMPTY; size].into_boxed_slice();
        for command in self
            .commands
            .iter()
            .filter(|command| command.parent.is_none())
        {
            let name = self.names[usize::from(command.id.0)].as_bytes();
            if name.is_empty() {
                continue;
            }
            let mut at = hash(head(name), name.len()) & (size - 1);
            while !slots[at].is_empty() {
                at = (at + 1) & (size - 1);
            }
            slots[at] = Slot::of(name, command.id);
        }
        self.slots = slots;
    }

    /// The command called `name`, in any case.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<&Registered<H>> {
        let mask = self.slots.len().checked_sub(1)?;
        let head = head(name);
        let mut at = hash(head, name.len()) & mask;
        loop {
            let slot = &self.slots[at];
            if slot.is_empty() {
                return None;
            }
            if slot.fits(head, name.len()) && self.ends_alike(slot.id, name) {
                return Some(self.get(slot.id));
            }
            at = (at + 1) & mask;
        }
    }

    /// True when the name of `id`, which is as long as `name` and begins like it, goes on like it.
    #[inline]
    fn ends_alike(&self, id: CommandId, name: &[u8]) -> bool {
        name.len() <= WORD_BYTES
            || self.names[usize::from(id.0)].as_bytes()[WORD_BYTES..]
                .eq_ignore_ascii_case(&name[WORD_BYTES..])
    }

    /// The subcommand of `container` called `name`, in any case.
    pub fn find_subcommand(
        &self,
        container: &Registered<H>,
        name: &[u8],
    ) -> Option<&Registered<H>> {
        let mut subcommands = container.subcommands.iter().map(|id| self.get(*id));
        subcommands.find(|sub| sub.description.name.as_bytes().eq_ignore_ascii_case(name))
    }

    /// The command that `argv` calls: the subcommand when a container is named with one that exists.
    ///
    /// # Errors
    /// The container, when it has no such subcommand.
    pub fn resolve<A: AsRef<[u8]>>(
        &self,
        argv: &[A],
    ) -> Option<Result<&Registered<H>, &Registered<H>>> {
        let command = self.find(argv.first()?.as_ref())?;
        if command.subcommands.is_empty() {
            return Some(Ok(command));
        }
        Some(match argv.get(1) {
            None => Ok(command),
            Some(word) => self.find_subcommand(command, word.as_ref()).ok_or(command),
        })
    }

    /// The command or subcommand that users write as `client|kill` or `get`, in any case.
    pub fn find_full(&self, name: &[u8]) -> Option<&Registered<H>> {
        let mut words = name.splitn(2, |byte| *byte == b'|');
        let command = self.find(words.next()?)?;
        match words.next() {
            None => Some(command),
            Some(word) => self.find_subcommand(command, word),
        }
    }

    /// The command at `id`.
    pub fn get(&self, id: CommandId) -> &Registered<H> {
        &self.commands[usize::from(id.0)]
    }

    /// Every command and subcommand, in the order they were added.
    pub fn all(&self) -> &[Registered<H>] {
        &self.commands
    }

    /// Every command that is not a subcommand.
    pub fn top_level(&self) -> impl Iterator<Item = &Registered<H>> {
        self.commands
            .iter()
            .filter(|command| command.parent.is_none())
    }
}

impl<H: Copy> Default for Registry<H> {
    fn default() -> Self {
        Self::new()
    }
}

const WORD_BYTES: usize = size_of::<u64>();

/// One place of the index of names: the beginning of a name, to be compared as one word.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The name's first eight bytes, lower-case.
    head: u64,
    /// The bits of `head` that a name has to share: all but the one by which the cases of a letter differ.
    relevant: u64,
    /// The length of the name; 0 in an empty slot.
    len: u32,
    id: CommandId,
}

impl Slot {
    const EMPTY: Self = Self {
        head: 0,
        relevant: 0,
        len: 0,
        id: CommandId(0),
    };

    fn of(name: &[u8], id: CommandId) -> Self {
        let head = head(name);
        let bits = |byte: u8| {
            if byte.is_ascii_alphabetic() {
                !CASE
            } else {
                u8::MAX
            }
        };
        Self {
            head,
            relevant: u64::from_le_bytes(head.to_le_bytes().map(bits)),
            len: name.len() as u32,
            id,
        }
    }

    fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    fn fits(&self, head: u64, len: usize) -> bool {
        (self.head ^ head) & self.relevant == 0 && self.len as usize == len
    }
}

/// The bit by which the cases of a letter differ.
const CASE: u8 = 0x20;

/// The first eight bytes of a name as a little-endian number, with zeros behind a shorter one.
#[inline]
fn head(name: &[u8]) -> u64 {
    if let Some(word) = name.first_chunk::<WORD_BYTES>() {
        return u64::from_le_bytes(*word);
    }
    if let (Some(low), Some(high)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        // Bytes that both have are the same in both.
        let behind = 8 * (name.len() - 4) as u32;
        return u64::from(u32::from_le_bytes(*low))
            | u64::from(u32::from_le_bytes(*high)) << behind;
    }
    let byte = |index: usize| {
        name.get(index)
            .map_or(0, |byte| u64::from(*byte) << (8 * index))
    };
    byte(0) | byte(1) | byte(2)
}

/// Hashes a name's beginning and length without regard to the case of letters.
///
/// Setting bit 5 folds the letters; it also folds a few punctuation marks together, which costs a comparison at worst.
#[inline]
fn hash(head: u64, len: usize) -> usize {
    const FOLD: u64 = u64::from_le_bytes([CASE; WORD_BYTES]);
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    (((head | FOLD) ^ len as u64).wrapping_mul(MULTIPLIER) >> 32) as usize
}

/// The ACL categories of a row, implied ones included. A container has none of its family: only its subcommands do
/// something.
fn categories<R>(row: &Command<R>) -> Categories {
    let description = &row.description;
    let implied = Categories::implied(description.flags, description.group);
    let of_family = if row.subcommands.is_empty() {
        Categories::NONE
    } else {
        description.group.category()
    };
    implied
        .without(of_family.with(description.outside))
        .with(description.categories)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Arity, Flags, Group};

    const ROWS: &[Command<u8>] = &[
        Command::new(Group::String, "get", Arity::Exactly(2), 1)
            .flags(Flags::READONLY.with(Flags::FAST)),
        Command::new(Group::Connection, "client", Arity::AtLeast(2), 2).subcommands(&[
            Command::new(Group::Connection, "id", Arity::Exactly(2), 3),
            Command::new(Group::Connection, "kill", Arity::AtLeast(3), 4).flags(Flags::ADMIN),
        ]),
        Command::new(Group::Geo, "georadiusbymember_ro", Arity::AtLeast(5), 5),
    ];

    fn registry() -> Registry<u8> {
        let mut registry = Registry::new();
        registry.add(&[ROWS], |handler| handler);
        registry
    }

    #[test]
    fn names_are_found_in_any_case() {
        let registry = registry();
        assert_eq!(registry.find(b"GeT").map(|found| found.handler), Some(1));
        assert_eq!(
            registry
                .find(b"GEORADIUSBYMEMBER_RO")
                .map(|found| found.handler),
            Some(5)
        );
        for other in [
            "gets",
            "ge",
            "g%t",
            "get\0",
            "georadiusbymember-ro",
            "georadiusbymember_rx",
        ] {
            assert!(registry.find(other.as_bytes()).is_none(), "{other}");
        }
        assert!(registry.find(b"").is_none());
    }

    #[test]
    fn containers_resolve_to_their_subcommands() {
        let registry = registry();
        let resolve = |argv: &[&str]| {
            registry.resolve(argv).map(|found| {
                found
                    .map(|command| command.handler)
                    .map_err(|command| command.handler)
            })
        };
        assert_eq!(resolve(&["client", "KILL", "x"]), Some(Ok(4)));
        assert_eq!(resolve(&["client", "nope"]), Some(Err(2)));
        assert_eq!(resolve(&["client"]), Some(Ok(2)));
        assert_eq!(resolve(&["nope"]), None);
        assert_eq!(
            registry
                .find_full(b"CLIENT|kill")
                .map(|found| &*found.full_name),
            Some("client|kill")
        );
    }

    #[test]
    fn a_container_gains_rows_of_another_host() {
        const MORE: &[Command<u8>] =
            &[
                Command::new(Group::Connection, "client", Arity::AtLeast(2), 9).subcommands(&[
                    Command::new(Group::Connection, "list", Arity::AtLeast(2), 6),
                ]),
            ];
        let mut registry = registry();
        registry.add(&[MORE], |handler| handler);
        let handler = |name: &[u8]| registry.find_full(name).map(|found| found.handler);
        assert_eq!(handler(b"client"), Some(2));
        assert_eq!(handler(b"client|id"), Some(3));
        assert_eq!(handler(b"client|list"), Some(6));
        assert_eq!(registry.top_level().count(), ROWS.len());
    }

    #[test]
    fn categories_follow_from_flags_and_group() {
        let registry = registry();
        let names: Vec<_> = registry
            .find(b"get")
            .into_iter()
            .flat_map(|command| command.categories.names())
            .collect();
        assert_eq!(names, ["read", "string", "fast"]);
        let container = registry.find(b"client").map(|found| found.categories);
        assert_eq!(
            container,
            Some(Categories::SLOW),
            "its family's are its subcommands'"
        );
    }

    #[test]
    fn a_renamed_command_answers_to_its_new_name_alone() {
        let mut registry = registry();
        assert!(registry.rename(b"GET", "Fetch"));
        assert!(registry.find(b"get").is_none());
        assert_eq!(registry.find(b"fetch").map(|found| found.handler), Some(1));
        assert!(registry.rename(b"fetch", ""));
        assert!(registry.find(b"fetch").is_none());
    }
}
