//! Libraries of functions: what their first line says, what they hold, and the registry of all of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ferrous_resp::split_line;
use thiserror::Error;

use crate::flags::Flags;
use crate::state::Reference;

/// Why a library is refused, in the words of released servers.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LibraryError {
    /// Its first line does not begin with `#!`.
    #[error("Missing library metadata")]
    NoMetadata,
    /// Its first line has no end.
    #[error("Invalid library metadata")]
    Unterminated,
    /// It names another language.
    #[error("Engine '{0}' not found")]
    Engine(String),
    /// It says something that is not defined.
    #[error("Invalid metadata value given: {0}")]
    Option(String),
    /// It has two names.
    #[error("Invalid metadata value, name argument was given multiple times")]
    NamedTwice,
    /// It has no name.
    #[error("Library name was not given")]
    NoName,
    /// Its name has other characters.
    #[error(
        "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"
    )]
    Name,
    /// Its code is no Lua.
    #[error("Error compiling function: {0}")]
    Compile(String),
    /// Its code failed.
    #[error("Error registering functions: {0}")]
    Run(String),
    /// It has no functions.
    #[error("No functions registered")]
    Empty,
    /// There is one of that name.
    #[error("Library '{0}' already exists")]
    LibraryExists(String),
    /// There is one of that name among those that others are added to.
    #[error("Library {0} already exists")]
    LibraryTaken(String),
    /// Another library has a function of that name.
    #[error("Function {0} already exists")]
    FunctionExists(String),
    /// There is none of that name.
    #[error("Library not found")]
    NotFound,
}

/// True when libraries and functions may have that name.
pub(crate) fn is_name(name: &[u8]) -> bool {
    !name.is_empty()
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// The code of a library with its first line read, not yet run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryCode {
    name: String,
    code: Box<[u8]>,
    shebang_bytes: usize,
}

impl LibraryCode {
    /// Reads the first line of `code`.
    ///
    /// # Errors
    /// When that is not as it must be.
    pub fn new(code: &[u8]) -> Result<Self, LibraryError> {
        if !code.starts_with(b"#!") {
            return Err(LibraryError::NoMetadata);
        }
        let end = code
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or(LibraryError::Unterminated)?;
        let words = split_line(&code[..end]).ok_or(LibraryError::Unterminated)?;
        let words: Vec<String> = words
            .iter()
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect();
        let mut words = words.iter().map(String::as_str);
        let engine = words.next().unwrap_or_default();
        let engine = engine.strip_prefix("#!").unwrap_or(engine);
        if !engine.eq_ignore_ascii_case("lua") {
            return Err(LibraryError::Engine(engine.to_owned()));
        }
        let mut name = None;
        for option in words {
            let given = option
                .split_once('=')
                .filter(|(key, _)| key.eq_ignore_ascii_case("name"))
                .ok_or_else(|| LibraryError::Option(option.to_owned()))?;
            if name.replace(given.1).is_some() {
                return Err(LibraryError::NamedTwice);
            }
        }
        let name = name.ok_or(LibraryError::NoName)?;
        if !is_name(name.as_bytes()) {
            return Err(LibraryError::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            code: code.into(),
            shebang_bytes: end,
        })
    }

    /// The name of the library.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All of it, as it arrived.
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    pub(crate) fn source(&self) -> &[u8] {
        &self.code[self.shebang_bytes..]
    }
}

/// What a library says of one of its functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionInfo {
    /// Its name, unique among all libraries.
    pub name: String,
    /// What it is for.
    pub description: Option<Vec<u8>>,
    /// What it declares.
    pub flags: Flags,
}

/// The functions that a library being loaded has registered.
#[derive(Default)]
pub(crate) struct Registration {
    pub(crate) functions: Vec<(FunctionInfo, Reference)>,
}

impl Registration {
    pub(crate) fn contains(&self, name: &str) -> bool {
        let mut functions = self.functions.iter();
        functions.any(|(info, _)| info.name.eq_ignore_ascii_case(name))
    }
}

/// A library whose code has run.
#[derive(Debug)]
pub struct Library {
    /// Unlike that of any other, so that a machine knows which ones it has.
    pub(crate) id: u64,
    code: LibraryCode,
    functions: Vec<FunctionInfo>,
}

impl Library {
    pub(crate) fn new(code: LibraryCode, functions: Vec<FunctionInfo>) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            code,
            functions,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.code.name()
    }

    /// Its code.
    pub fn code(&self) -> &LibraryCode {
        &self.code
    }

    /// Its functions, in the order in which they were registered.
    pub fn functions(&self) -> &[FunctionInfo] {
        &self.functions
    }
}

/// A function of a library.
#[derive(Clone, Debug)]
pub struct Function {
    /// The library.
    pub library: Arc<Library>,
    pub(crate) index: usize,
}

impl Function {
    /// What the library says of it.
    pub fn info(&self) -> &FunctionInfo {
        &self.library.functions[self.index]
    }
}

/// All libraries.
#[derive(Clone, Debug, Default)]
pub struct Libraries {
    by_name: BTreeMap<String, Arc<Library>>,
    /// By their names in lower case, for capitals make no difference to functions.
    functions: HashMap<String, Function>,
}

impl Libraries {
    /// Adds a library, in place of one of that name if `replace`.
    ///
    /// # Errors
    /// When its name, or that of one of its functions, is taken; nothing is changed then.
    pub fn insert(&mut self, library: Arc<Library>, replace: bool) -> Result<(), LibraryError> {
        let old = self.by_name.get(library.name());
        if old.is_some() && !replace {
            return Err(LibraryError::LibraryExists(library.name().to_owned()));
        }
        let taken = library.functions.iter().find(|function| {
            let owner = self
                .functions
                .get(&function.name.to_ascii_lowercase())
                .map(|known| &known.library);
            owner.is_some_and(|owner| owner.name() != library.name())
        });
        if let Some(function) = taken {
            return Err(LibraryError::FunctionExists(function.name.clone()));
        }
        if old.is_some() {
            self.remove_functions(library.name());
        }
        for (index, info) in library.functions.iter().enumerate() {
            let function = Function {
                library: Arc::clone(&library),
                index,
            };
            let name = info.name.to_ascii_lowercase();
            self.functions.insert(name, function);
        }
        self.by_name.insert(library.name().to_owned(), library);
        Ok(())
    }

    /// Removes a library.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn remove(&mut self, name: &str) -> Result<(), LibraryError> {
        if self.by_name.remove(name).is_none() {
            return Err(LibraryError::NotFound);
        }
        self.remove_functions(name);
        Ok(())
    }

    fn remove_functions(&mut self, library: &str) {
        self.functions
            .retain(|_, function| function.library.name() != library);
    }

    /// Adds all of `others`, in place of those of the same names if `replace`.
    ///
    /// # Errors
    /// As [`Libraries::insert`]; nothing is changed then.
    pub fn merge(&mut self, others: &Self, replace: bool) -> Result<(), LibraryError> {
        let mut merged = self.clone();
        for library in others.iter() {
            let inserted = merged.insert(Arc::clone(library), replace);
            inserted.map_err(|error| match error {
                LibraryError::LibraryExists(name) => LibraryError::LibraryTaken(name),
                error => error,
            })?;
        }
        *self = merged;
        Ok(())
    }

    /// The function of that name, in capitals or not.
    pub fn function(&self, name: &[u8]) -> Option<&Function> {
        let name = std::str::from_utf8(name).ok()?;
        let as_given = self.functions.get(name);
        as_given.or_else(|| self.functions.get(&name.to_ascii_lowercase()))
    }

    /// The library of that name.
    pub fn library(&self, name: &str) -> Option<&Arc<Library>> {
        self.by_name.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Library>> {
        self.by_name.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// How many functions they have.
    pub fn function_count(&self) -> usize {
        self.functions.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(code: &str, message: &str) {
        let error = LibraryCode::new(code.as_bytes()).expect_err("the first line is refused");
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn first_lines() {
        let names = "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";
        refused("return 1", "Missing library metadata");
        refused("#!lua name=a", "Invalid library metadata");
        refused("#!lua\n", "Library name was not given");
        refused("#!lua name=a-b\n", names);
        refused("#!lua name=\n", names);
        refused("#!js name=a\n", "Engine 'js' not found");
        refused("#! name=a\n", "Engine '' not found");
        refused("#!lua name=\"a\n", "Invalid library metadata");
        refused(
            "#!lua foo=a name=b\n",
            "Invalid metadata value given: foo=a",
        );
        refused(
            "#!lua name=a name=b\n",
            "Invalid metadata value, name argument was given multiple times",
        );
    }

    #[test]
    fn names_may_stand_in_quotes() {
        let code =
            LibraryCode::new(b"#!lua name=\"a\"\n").expect("the first line is as it must be");
        assert_eq!(code.name(), "a");
    }

    #[test]
    fn functions_are_found_whatever_their_case() {
        let mut libraries = Libraries::default();
        libraries
            .insert(library("a", &["Name"]), false)
            .expect("it is the first");
        assert!(libraries.function(b"nAME").is_some());
        let taken = libraries.insert(library("b", &["NAME"]), false);
        assert_eq!(taken, Err(LibraryError::FunctionExists("NAME".to_owned())));
        let mut others = Libraries::default();
        others
            .insert(library("a", &["g"]), false)
            .expect("it is the first");
        let taken = libraries.merge(&others, false);
        assert_eq!(taken, Err(LibraryError::LibraryTaken("a".to_owned())));
    }

    fn library(name: &str, functions: &[&str]) -> Arc<Library> {
        let code = LibraryCode::new(format!("#!lua name={name}\n").as_bytes());
        let functions = functions.iter().map(|name| FunctionInfo {
            name: (*name).to_owned(),
            description: None,
            flags: Flags::NONE,
        });
        let code = code.expect("the first line is as it must be");
        Arc::new(Library::new(code, functions.collect()))
    }

    #[test]
    fn names_are_unique() {
        let mut libraries = Libraries::default();
        libraries
            .insert(library("a", &["f", "g"]), false)
            .expect("it is the first");
        let again = libraries.insert(library("a", &["h"]), false);
        assert_eq!(again, Err(LibraryError::LibraryExists("a".to_owned())));
        let taken = libraries.insert(library("b", &["g"]), false);
        assert_eq!(taken, Err(LibraryError::FunctionExists("g".to_owned())));
        libraries
            .insert(library("a", &["g"]), true)
            .expect("it replaces itself");
        assert!(libraries.function(b"f").is_none());
        assert_eq!(libraries.function_count(), 1);
        libraries.remove("a").expect("it is there");
        assert_eq!(libraries.remove("a"), Err(LibraryError::NotFound));
        assert!(libraries.is_empty() && libraries.function_count() == 0);
    }
}
