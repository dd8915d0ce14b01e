//! The machine that scripts and functions run on.

use anyhow::Context;
use ferrous_lua::{
    Flags, Libraries, LibraryCode, LibraryError, Machine, Script, ScriptCache, Settings,
};
use ferrous_resp::{Encoder, Protocol};

use crate::world::World;

/// Runs scripts and functions, and answers as `EVAL` and `FCALL` do.
pub(crate) struct Runner {
    pub(crate) machine: Machine,
    scripts: ScriptCache,
    libraries: Libraries,
}

/// What a script is called with.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'a> {
    pub(crate) keys: &'a [&'a [u8]],
    pub(crate) arguments: &'a [&'a [u8]],
}

impl Runner {
    /// A machine whose scripts may use so much memory.
    pub(crate) fn new(memory_max: Option<usize>) -> Self {
        let mut machine = Machine::new(&Settings::default());
        if let Some(bytes) = memory_max {
            machine.set_memory_max(bytes);
        }
        Self {
            machine,
            scripts: ScriptCache::default(),
            libraries: Libraries::default(),
        }
    }

    /// Runs a script; its reply.
    pub(crate) fn eval(
        &mut self,
        text: &[u8],
        arguments: Arguments<'_>,
        protocol: Protocol,
        world: &mut World,
    ) -> Vec<u8> {
        let script = match Script::new(text) {
            Ok(script) => self.scripts.add(script),
            Err(refusal) => return refused(&refusal.to_string()),
        };
        if let Err(message) = self.machine.compile(&script) {
            return refused(&message);
        }
        let script = script.script();
        world.begin(script.flags().contains(Flags::NO_WRITES));
        let Arguments { keys, arguments } = arguments;
        let mut output = Vec::new();
        let mut reply = Encoder::new(&mut output, protocol);
        self.machine
            .run(&script.sha1(), keys, arguments, world, &mut reply)
            .expect("it was compiled just now");
        output
    }

    /// Takes in a library of functions, in place of one of that name; its functions.
    ///
    /// # Errors
    /// When it is not the code of a library, or a function of that name is in another one.
    pub(crate) fn load(
        &mut self,
        code: &[u8],
        world: &mut World,
    ) -> Result<Vec<String>, LibraryError> {
        let library = self.machine.load(LibraryCode::new(code)?, world)?;
        let names = library.functions().iter().map(|info| info.name.clone());
        let names = names.collect();
        self.libraries.insert(library, true)?;
        Ok(names)
    }

    /// Takes in the libraries that came with the data.
    ///
    /// # Errors
    /// When one of them is none.
    pub(crate) fn load_all(&mut self, world: &mut World) -> anyhow::Result<()> {
        for code in std::mem::take(&mut world.libraries) {
            self.load(&code, world)
                .context("the data has a library of functions that cannot be loaded")?;
        }
        Ok(())
    }

    /// Calls a function; its reply.
    pub(crate) fn fcall(
        &mut self,
        name: &[u8],
        arguments: Arguments<'_>,
        protocol: Protocol,
        world: &mut World,
    ) -> Vec<u8> {
        let Some(function) = self.libraries.function(name).cloned() else {
            return refused("Function not found");
        };
        world.begin(function.info().flags.contains(Flags::NO_WRITES));
        let Arguments { keys, arguments } = arguments;
        let mut output = Vec::new();
        let mut reply = Encoder::new(&mut output, protocol);
        self.machine
            .call(&function, keys, arguments, world, &mut reply);
        output
    }
}

/// The reply that refuses something.
pub(crate) fn refused(message: &str) -> Vec<u8> {
    let mut output = Vec::new();
    Encoder::new(&mut output, Protocol::Resp2).error(format!("ERR {message}").as_bytes());
    output
}
