//! A Lua machine: runs scripts and functions for one thread.

use std::collections::HashMap;
use std::sync::Arc;

use ferrous_resp::{Encoder, Protocol};

use crate::cache::{CachedScript, DigestMap};
use crate::convert;
use crate::host::Host;
use crate::library::{Function, Libraries, Library, LibraryCode, LibraryError, Registration};
use crate::raise::{Failure, Raise};
use crate::rand48::Rand48;
use crate::sandbox::{Environment, SLOT_HANDLER, push_list};
use crate::script::{Script, Sha1};
use crate::state::{self, Kind, Reference, Stack, State};

/// How a machine is set up.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The memory that scripts may use, in bytes. A script that wants more fails.
    pub memory_max: usize,
    /// What `math.random` starts from; by default the same as in released servers.
    pub random_seed: Option<i32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            memory_max: 1 << 30,
            random_seed: None,
        }
    }
}

/// What a run came to; its reply is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// A value.
    Value,
    /// An error: one of the script's own, to be counted.
    Error,
    /// An error that a command replied and the script passed on: it was counted then.
    CommandError,
}

/// A compiled script.
struct Compiled {
    function: Reference,
    script: Arc<CachedScript>,
}

/// Runs scripts and functions, one at a time, on the thread that made it.
///
/// Scripts share nothing but read-only tables: what one does cannot be seen by the next.
pub struct Machine {
    pub(crate) state: State,
    pub(crate) environment: Environment,
    scripts: DigestMap<Compiled>,
    /// The functions of loaded libraries, by the library's id and the place of the function in it.
    libraries: HashMap<u64, Vec<Option<Reference>>>,
}

/// Compiled scripts that the cache forgot are dropped when there are more than so many in all.
const COMPILED_MAX: usize = 1024;

impl Machine {
    /// A machine without scripts.
    pub fn new(settings: &Settings) -> Self {
        let mut state = State::new(settings.memory_max);
        state.open_libraries();
        let environment = state
            .enter(Environment::new)
            .expect("a fresh state has room for its environment");
        state.set_line_events(false);
        if let Some(seed) = settings.random_seed {
            state.shared().random.set(Rand48::new(seed));
        }
        Self {
            state,
            environment,
            scripts: DigestMap::default(),
            libraries: HashMap::new(),
        }
    }

    /// The memory in use, in bytes.
    pub fn memory_used(&self) -> usize {
        self.state.shared().memory_used()
    }

    /// Changes how much memory scripts may use.
    pub fn set_memory_max(&mut self, bytes: usize) {
        self.state.shared().set_memory_max(bytes);
    }

    /// Tells the host of each new line of a script from now on, or no longer.
    pub fn set_line_events(&mut self, on: bool) {
        self.state.set_line_events(on);
    }

    /// The script of that digest, if it is compiled and the cache still knows it.
    pub fn script(&self, sha1: &Sha1) -> Option<&Script> {
        self.scripts
            .get(sha1)
            .filter(|compiled| compiled.script.is_live())
            .map(|compiled| compiled.script.script())
    }

    /// Compiles a script unless it is compiled already.
    ///
    /// # Errors
    /// The message when it is no Lua, as released servers answer EVAL.
    pub fn compile(&mut self, script: &Arc<CachedScript>) -> Result<(), String> {
        let sha1 = script.script().sha1();
        if let Some(compiled) = self.scripts.get_mut(&sha1) {
            compiled.script = Arc::clone(script);
            return Ok(());
        }
        if self.scripts.len() >= COMPILED_MAX {
            self.forget_scripts(CachedScript::is_live);
        }
        let function = self.state.enter(|stack| load(stack, script.script()))?;
        let script = Arc::clone(script);
        self.scripts.insert(sha1, Compiled { function, script });
        Ok(())
    }

    /// Whether a script is Lua, without keeping it.
    ///
    /// # Errors
    /// As [`Machine::compile`].
    pub fn check(&mut self, script: &Script) -> Result<(), String> {
        self.state.enter(|stack| {
            let function = load(stack, script)?;
            stack.release(function);
            Ok(())
        })
    }

    /// Drops the compiled scripts that are not to be kept.
    pub fn forget_scripts(&mut self, keep: impl Fn(&CachedScript) -> bool) {
        let gone: Vec<_> = self
            .scripts
            .extract_if(|_, compiled| !keep(&compiled.script))
            .collect();
        self.state.enter(|stack| {
            for (_, compiled) in gone {
                stack.release(compiled.function);
            }
        });
    }

    /// Runs a compiled script and writes its reply. `None`, with nothing written, when it is not compiled.
    ///
    /// # Panics
    /// When the host panics: the machine is as usable as before.
    pub fn run(
        &mut self,
        sha1: &Sha1,
        keys: &[&[u8]],
        arguments: &[&[u8]],
        host: &mut dyn Host,
        out: &mut Encoder<'_>,
    ) -> Option<Completion> {
        let compiled = self.scripts.get(sha1)?;
        compiled.script.note_use();
        let (environment, name) = (&self.environment, sha1.as_str());
        Some(self.state.run(host, |stack| {
            let top = stack.top();
            let completion = begin(stack, environment)
                .and_then(|()| Environment::set_arguments(stack, keys, arguments))
                .and_then(|()| stack.push_kept(&compiled.function))
                .and_then(|()| finish(stack, 0, name, out));
            end(stack, top, completion, out)
        }))
    }

    /// Runs the code of a library and returns what it registered.
    ///
    /// # Errors
    /// When it is no Lua, fails, or registers nothing.
    pub fn load(
        &mut self,
        code: LibraryCode,
        host: &mut dyn Host,
    ) -> Result<Arc<Library>, LibraryError> {
        let registered = self.register(&code, host)?;
        if registered.is_empty() {
            return Err(LibraryError::Empty);
        }
        let (functions, references): (Vec<_>, Vec<_>) = registered.into_iter().unzip();
        let library = Arc::new(Library::new(code, functions));
        let references = references.into_iter().map(Some).collect();
        self.libraries.insert(library.id, references);
        Ok(library)
    }

    fn register(
        &mut self,
        code: &LibraryCode,
        host: &mut dyn Host,
    ) -> Result<Vec<(crate::library::FunctionInfo, Reference)>, LibraryError> {
        let environment = &self.environment;
        self.state.run(host, |stack| {
            let top = stack.top();
            stack
                .shared()
                .registration
                .set(Some(Registration::default()));
            let result = run_library(stack, environment, code);
            let registration = stack.shared().registration.take().unwrap_or_default();
            stack.set_top(top);
            match result {
                Ok(()) => Ok(registration.functions),
                Err(error) => {
                    for (_, function) in registration.functions {
                        stack.release(function);
                    }
                    Err(error)
                }
            }
        })
    }

    /// Drops the functions of libraries that are not among `libraries`.
    pub fn forget_libraries(&mut self, libraries: &Libraries) {
        let known = |id: &u64| libraries.iter().any(|library| library.id == *id);
        let gone: Vec<_> = self.libraries.extract_if(|id, _| !known(id)).collect();
        self.state.enter(|stack| {
            for function in gone
                .into_iter()
                .flat_map(|(_, functions)| functions)
                .flatten()
            {
                stack.release(function);
            }
        });
    }

    /// Calls a function and writes its reply. A library that this machine has not seen is loaded first.
    ///
    /// # Panics
    /// As [`Machine::run`].
    pub fn call(
        &mut self,
        function: &Function,
        keys: &[&[u8]],
        arguments: &[&[u8]],
        host: &mut dyn Host,
        out: &mut Encoder<'_>,
    ) -> Completion {
        if let Err(error) = self.ensure_loaded(&function.library, host) {
            out.error(format!("ERR {error}").as_bytes());
            return Completion::Error;
        }
        let known = self.libraries.get(&function.library.id);
        let kept = known.and_then(|functions| functions[function.index].as_ref());
        let Some(kept) = kept else {
            out.error(b"ERR Function not found");
            return Completion::Error;
        };
        let (environment, name) = (&self.environment, function.info().name.as_str());
        self.state.run(host, |stack| {
            let top = stack.top();
            let completion = begin(stack, environment)
                .and_then(|()| stack.push_kept(kept))
                .and_then(|()| push_list(stack, keys))
                .and_then(|()| push_list(stack, arguments))
                .and_then(|()| finish(stack, 2, name, out));
            end(stack, top, completion, out)
        })
    }

    fn ensure_loaded(
        &mut self,
        library: &Arc<Library>,
        host: &mut dyn Host,
    ) -> Result<(), LibraryError> {
        if self.libraries.contains_key(&library.id) {
            return Ok(());
        }
        // The order in which code registers functions may differ from run to run.
        let mut registered = self.register(library.code(), host)?;
        let functions = library.functions().iter().map(|info| {
            let found = registered
                .iter()
                .position(|(own, _)| own.name == info.name)?;
            Some(registered.swap_remove(found).1)
        });
        let functions = functions.collect();
        self.libraries.insert(library.id, functions);
        Ok(())
    }
}

/// Compiles a script and keeps the function.
fn load(stack: &mut Stack<'_>, script: &Script) -> Result<Reference, String> {
    let top = stack.top();
    let loaded = stack.load(script.source(), b"@user_script");
    let message = match loaded {
        Ok(true) => return Ok(stack.keep()),
        Ok(false) => String::from_utf8_lossy(stack.bytes(top + 1).unwrap_or_default()).into_owned(),
        Err(_) => "stack overflow".to_owned(),
    };
    stack.set_top(top);
    Err(format!("Error compiling script (new function): {message}"))
}

/// Undoes what earlier scripts may have set up for themselves.
pub(crate) fn begin(stack: &mut Stack<'_>, environment: &Environment) -> Result<(), Raise> {
    let shared = stack.shared();
    shared.protocol.set(Protocol::Resp2);
    if shared.json_touched.take() {
        environment.reset_json(stack)?;
    }
    Ok(())
}

/// Calls the function below the last `arguments` values and writes what comes of it.
fn finish(
    stack: &mut Stack<'_>,
    arguments: i32,
    name: &str,
    out: &mut Encoder<'_>,
) -> Result<Completion, Raise> {
    match stack.call(arguments, 1, SLOT_HANDLER) {
        Ok(()) => {
            let completion = error_in_result(stack)?;
            let protocol = stack.shared().protocol.get();
            convert::write(stack, protocol, out)?;
            Ok(completion)
        }
        Err(failure) => report(stack, failure, name, out),
    }
}

/// Whether the value on top is an error reply.
fn error_in_result(stack: &mut Stack<'_>) -> Result<Completion, Raise> {
    let value = stack.top();
    if stack.kind(value) != Kind::Table {
        return Ok(Completion::Value);
    }
    stack.raw_get_field(value, "err")?;
    let is_error = stack.kind(value + 1) == Kind::String;
    stack.set_top(value);
    if is_error {
        return counted(stack, value);
    }
    Ok(Completion::Value)
}

fn counted(stack: &mut Stack<'_>, table: i32) -> Result<Completion, Raise> {
    stack.raw_get_field(table, "ignore_error_stats_update")?;
    let ignored = stack.boolean(stack.top());
    stack.pop(1);
    Ok(if ignored {
        Completion::CommandError
    } else {
        Completion::Error
    })
}

/// Writes the error that a run ended with, which is on top.
fn report(
    stack: &mut Stack<'_>,
    failure: Failure,
    name: &str,
    out: &mut Encoder<'_>,
) -> Result<Completion, Raise> {
    let value = stack.top();
    let mut message = failure_text(stack, failure)?;
    if stack.kind(value) != Kind::Table {
        let text = &message[..message.len().min(100)];
        let message = [
            format!("ERR Error running script {name}, ").as_bytes(),
            text,
        ]
        .concat();
        out.error(&message);
        return Ok(Completion::Error);
    }
    let (source, line) = (
        field_text(stack, value, "source")?,
        field_text(stack, value, "line")?,
    );
    if let (Some(source), Some(line)) = (source, line) {
        let place = [&source[..], b":", &line, b"."].concat();
        message.extend_from_slice(format!(" script: {name}, on ").as_bytes());
        message.extend_from_slice(&place);
    }
    out.error(&message);
    counted(stack, value)
}

/// What the error that a run ended with, which is on top, says.
pub(crate) fn failure_text(stack: &mut Stack<'_>, failure: Failure) -> Result<Vec<u8>, Raise> {
    let value = stack.top();
    if failure == Failure::Memory {
        stack.collect_garbage();
    }
    if stack.kind(value) != Kind::Table {
        let text = stack.text(value).unwrap_or(b"execution failure");
        return Ok(text.to_vec());
    }
    Ok(field_text(stack, value, "err")?.unwrap_or(b"ERR unknown error".to_vec()))
}

fn field_text(stack: &mut Stack<'_>, table: i32, name: &str) -> Result<Option<Vec<u8>>, Raise> {
    stack.raw_get_field(table, name)?;
    let top = stack.top();
    let text = stack.text(top).map(|text| {
        // It becomes part of a line, which a zero ends as it does in released servers.
        text.split(|byte| *byte == 0)
            .next()
            .unwrap_or_default()
            .to_vec()
    });
    stack.pop(1);
    Ok(text)
}

/// Leaves the stack as it was.
fn end(
    stack: &mut Stack<'_>,
    top: i32,
    completion: Result<Completion, Raise>,
    out: &mut Encoder<'_>,
) -> Completion {
    end_quietly(stack, top);
    completion.unwrap_or_else(|_| {
        out.error(b"ERR stack overflow");
        Completion::Error
    })
}

/// Leaves the stack as it was, and what a script set up for itself as well.
pub(crate) fn end_quietly(stack: &mut Stack<'_>, top: i32) {
    stack.set_top(top);
    let shared = stack.shared();
    if shared.collector_touched.take() {
        stack.reset_collector();
    }
    give_garbage_back(stack);
    let shared = stack.shared();
    if let Some(random) = shared.random_before.take() {
        shared.random.set(random);
    }
}

/// A run that leaves more behind than this, and twice what the last one had to leave, is cleared up after at once.
const GARBAGE_BYTES_MAX: usize = 32 << 20;

/// Collects what a script has left behind, when that is much: the next one may be long in coming.
fn give_garbage_back(stack: &mut Stack<'_>) {
    let left = &stack.shared().left_by_collection;
    if stack.shared().memory_used() > GARBAGE_BYTES_MAX.max(2 * left.get()) {
        stack.collect_garbage();
        state::give_back();
        left.set(stack.shared().memory_used());
    }
}

/// Runs the code of a library with nothing to see but the interface for that.
fn run_library(
    stack: &mut Stack<'_>,
    environment: &Environment,
    code: &LibraryCode,
) -> Result<(), LibraryError> {
    let overflow = |_| LibraryError::Run("stack overflow".to_owned());
    let top = stack.top();
    begin(stack, environment).map_err(overflow)?;
    let loaded = stack
        .load(code.source(), b"@user_function")
        .map_err(overflow)?;
    if !loaded {
        return Err(LibraryError::Compile(lossy(stack.text(top + 1))));
    }
    environment.adopt(stack).map_err(overflow)?;
    environment.set_loading(stack, true).map_err(overflow)?;
    let called = stack.call(0, 0, SLOT_HANDLER);
    environment.set_loading(stack, false).map_err(overflow)?;
    if called.is_ok() {
        return Ok(());
    }
    let error = match stack.kind(top + 1) {
        Kind::Table => field_text(stack, top + 1, "err").map_err(overflow)?,
        _ => stack.text(top + 1).map(<[u8]>::to_vec),
    };
    Err(LibraryError::Run(lossy(error.as_deref())))
}

fn lossy(text: Option<&[u8]>) -> String {
    String::from_utf8_lossy(text.unwrap_or(b"unknown error")).into_owned()
}
