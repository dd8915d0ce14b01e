//! Whatever the arguments are, a command answers: none panics, and none looks up a key that its row does not find.

use ferrous_engine::command::{
    Arg, ArgFlags, ArgKind, BeginSearch, FindKeys, KeyIndexes, Registered,
};
use ferrous_types::random::Rng;

use crate::host::Recorder;

const SEED: u64 = 20_261_125;
/// Calls of each command.
const CALLS: usize = 60;

/// Words of every kind. Numbers are small where they would ask for memory, or too large to be taken.
const KEYS: &[&str] = &["a", "b", "c", "d", "store", ""];
const INTEGERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "7",
    "100",
    "-9223372036854775808",
    "x",
];
const DOUBLES: &[&str] = &["0", "1.5", "-2", "inf", "-inf", "nan", "10", "x", "(1"];
const TEXTS: &[&str] = &[
    "v", "m", "7", "", "-", "+", "$", ">", "*", "(1", "[a", "1-1", "5-*", "0", "u8", "#1", "STORE",
    "streams", "\0",
];
const PATTERNS: &[&str] = &["*", "a*->f", "#", "nosort", "[", ""];

/// Makes calls.
struct Calls {
    rng: Rng,
}

impl Calls {
    fn chance(&mut self, percent: u64) -> bool {
        self.rng.below(100) < percent
    }

    fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.rng.below(words.len() as u64) as usize]
    }

    /// Adds a call's words in the order of its syntax.
    fn add_all(&mut self, syntax: &[Arg], argv: &mut Vec<&'static str>) {
        for arg in syntax {
            let wanted = !arg.flags.contains(ArgFlags::OPTIONAL) || self.chance(40);
            let times = match wanted {
                false => 0,
                true if arg.flags.contains(ArgFlags::MULTIPLE) => 1 + self.rng.below(3),
                true => 1,
            };
            for time in 0..times {
                self.add(arg, time == 0, argv);
            }
        }
    }

    fn add(&mut self, arg: &Arg, first: bool, argv: &mut Vec<&'static str>) {
        if !arg.token.is_empty() && (first || arg.flags.contains(ArgFlags::MULTIPLE_TOKEN)) {
            argv.push(arg.token);
        }
        match arg.kind {
            ArgKind::Key(_) => argv.push(self.one_of(KEYS)),
            ArgKind::Integer | ArgKind::UnixTime => argv.push(self.one_of(INTEGERS)),
            ArgKind::Double => argv.push(self.one_of(DOUBLES)),
            ArgKind::String => argv.push(self.one_of(TEXTS)),
            ArgKind::Pattern(_) => argv.push(self.one_of(PATTERNS)),
            ArgKind::PureToken => {}
            ArgKind::Block => self.add_all(arg.children, argv),
            ArgKind::OneOf => {
                let chosen = self.rng.below(arg.children.len() as u64) as usize;
                self.add(&arg.children[chosen], true, argv);
            }
        }
    }

    /// Takes a word away, adds one, or replaces one; not those that name the command.
    fn damage(&mut self, fixed: usize, argv: &mut Vec<&'static str>) {
        let at = fixed + self.rng.below((argv.len() - fixed + 1) as u64) as usize;
        let pool = [KEYS, INTEGERS, DOUBLES, TEXTS, PATTERNS][self.rng.below(5) as usize];
        let word = self.one_of(pool);
        match self.rng.below(3) {
            0 if at < argv.len() => drop(argv.remove(at)),
            1 if at < argv.len() => argv[at] = word,
            _ => argv.insert(at, word),
        }
    }

    /// A call of a command whose name is `name`.
    fn call(&mut self, name: &[&'static str], syntax: &[Arg]) -> Vec<&'static str> {
        let mut argv = name.to_vec();
        self.add_all(syntax, &mut argv);
        while self.chance(40) {
            self.damage(name.len(), &mut argv);
        }
        argv
    }
}

#[test]
fn no_arguments_make_a_command_panic() {
    let mut host = Recorder::new();
    let rows = host.rows();
    let mut calls = Calls {
        rng: Rng::new(SEED),
    };
    println!("seed {SEED}");
    for _ in 0..CALLS {
        for (name, syntax) in &rows {
            let argv = calls.call(name, syntax);
            let argv: Vec<&[u8]> = argv.iter().map(|word| word.as_bytes()).collect();
            // Refusals are as good as replies here.
            let _ = host.try_run(&argv);
        }
    }
}

/// Keys at fixed places are there in every call that the arity admits, so that a command may read them before it has
/// looked at anything else.
#[test]
fn keys_at_fixed_places_are_in_every_call() {
    let host = Recorder::new();
    let check = |command: &Registered<_>| {
        let description = command.description;
        let shortest = (0..64).find(|count| description.arity.accepts(*count));
        let argv = vec![b"word".as_slice(); shortest.expect("a short call is admitted")];
        for spec in description.keys {
            let fixed = matches!(spec.begin, BeginSearch::Index(_));
            if fixed && matches!(spec.find, FindKeys::Range { .. }) {
                let found = spec.find(&argv, &mut KeyIndexes::new());
                assert!(found.is_ok(), "{} has its keys", command.full_name);
            }
        }
    };
    host.registry().all().iter().for_each(check);
}
