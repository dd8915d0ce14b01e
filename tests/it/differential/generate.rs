//! Which commands are tried, and with which words.

use fastrand::Rng;

use super::{grammar, templates};
use crate::dump::FOREIGN;
use crate::harness::{Client, Reply, words};

/// A command as its words.
pub(super) type Command = Vec<Vec<u8>>;

/// The databases that commands use.
pub(super) const DATABASES: usize = 3;

/// The templates of the commands that all these servers have.
pub(super) fn known_to(clients: &mut [&mut Client]) -> Vec<&'static str> {
    let mut known = |template: &&&str| {
        let name = template.trim_start_matches('(');
        let name = name.split([' ', '|']).next().unwrap_or_default();
        clients.iter_mut().all(|client| {
            matches!(
                client.run(&format!("COMMAND INFO {name}")).items(),
                [Reply::List(..)]
            )
        })
    };
    let all = templates::ALL.iter().copied().flatten();
    all.filter(|template| known(template)).copied().collect()
}

/// The commands of the round with this seed.
pub(super) fn round(seed: u64, len: usize, templates: &[&str]) -> Vec<Command> {
    let mut rng = Rng::with_seed(seed);
    (0..len).map(|_| command(&mut rng, templates)).collect()
}

fn command(rng: &mut Rng, templates: &[&str]) -> Command {
    let template = templates[rng.usize(..templates.len())];
    let mut command = grammar::expand(template, rng, &word);
    // What takes by chance takes everything here, lest the two servers go different ways.
    let by_chance = command[0] == b"SPOP";
    if !by_chance && rng.u8(..) < 12 {
        damage(&mut command, rng);
    }
    if rng.u8(..) < 25 {
        command[0].make_ascii_lowercase();
    }
    command
}

/// Makes a command wrong, usually: what is refused must be refused with the same words.
fn damage(command: &mut Command, rng: &mut Rng) {
    // The name stays: unknown commands are tested elsewhere.
    let at = rng.usize(1..=command.len());
    match rng.u8(..4) {
        0 if at < command.len() => drop(command.remove(at)),
        1 if at < command.len() => command[at] = word("strange", rng),
        2 if at < command.len() => command.insert(at, command[at].clone()),
        _ => command.insert(at, word("strange", rng)),
    }
}

/// The words of each kind, as [`words`] reads them. Times are far enough away that no key expires while a round runs,
/// and never past, since SET would make a key that DBSIZE counts until somebody notices.
const KINDS: &[(&str, &str)] = &[
    (
        "key",
        r#"a b c d {a}1 {a}2 key:1 key:2 "key with space" """#,
    ),
    (
        "text",
        r#"hello foobar ohmytext mynewtext 0 10 "\x00\x00" " 1" 01 """#,
    ),
    (
        "strange",
        r#""" x -1 0 1.5 NX GET EX 9223372036854775808 nan "\xe9\r\n""#,
    ),
    (
        "float",
        "1.5 -0.25 3 1e3 0.1 0.2 -0 1e-5 100.125 3.0e3 5e-1 12345678.9 inf x",
    ),
    ("seconds", "0 -1 9223372036854775807 9223372036854775"),
    ("millis", "0 -1 9223372036854775807"),
    ("unix", "4102444800 4000000000 0 -1 9223372036854775807"),
    (
        "unixms",
        "4102444800000 4000000000123 0 -1 9223372036854775807",
    ),
    ("index", "0 1 2 5 -1 -2 -5 100 -100 7 8 16"),
    ("offset", "0 1 3 7 8 9 15 31 100 -1 536870912 4294967296"),
    ("dumped", "lex:1 lex:2 geo:1 geo:2 nosuch"),
    ("place", "0 1 7 8 #0 #1 #3 100 -1 #-1"),
    ("field", "u1 u8 i8 i5 u16 i16 u31 i32 u63 i64 u64 i65 x8"),
    ("bit", "0 1 1 0 2"),
    ("small", "0 1 2 3 -1"),
    ("count", "0 1 2 3 10 -1 9223372036854775807"),
    ("entry", "1-1 1-2 1-3 2-0 2 3-* 3-7 5 0 0-0 1-x"),
    ("edge", "- + 1 1-2 (1-1 (2 5 x ("),
    ("group", "g h"),
    ("sorting", "* key:* {a}* a*->f *->"),
    ("db", "0 1 2 0 1 2 0 1 2 99 -1 x"),
    (
        "pattern",
        r#"* a* ? [abc] [^a] key:? *1 {a}* "\\a" [ "" k*y* [a-c]"#,
    ),
    ("type", "string list set zset hash stream nosuch"),
    (
        "score",
        "0 1 -1 2 3 1.5 1e3 0.1 5e-1 -0 inf -inf 9007199254740993 1e308 nan x",
    ),
    (
        "bound",
        "-inf +inf inf 0 1 (1 2 (2 3.5 -1 10 (10 (0 (inf x (",
    ),
    (
        "limit",
        r#"- + [a (a [hello (hello [0 (10 [zz (foobar "[\x00" [ ( x"#,
    ),
    ("sign", "1 -1 2 -2 3 -5 0"),
    ("ordered", "lex:1 lex:2 lex:2 lex:3"),
    ("place", "geo:1 geo:2 geo:2 geo:3 b"),
    (
        "east",
        "13.361389 15.087269 0 -122.4 2.35 2.36 180 -180.5 x",
    ),
    ("north", "38.115556 37.502669 0 37.8 48.85 48.86 85 -86 x"),
    ("radius", "1 200 5000 0 20000 0.5 1e7 -1 x"),
    ("unit", "m km km mi ft KM foot"),
];

/// A word of the kind that a template names.
fn word(kind: &str, rng: &mut Rng) -> Vec<u8> {
    match kind {
        "value" => return value(rng),
        "int" => return integer(rng),
        "payload" => return words(FOREIGN[rng.usize(..FOREIGN.len())].2).remove(0),
        // Hardly ever twice the same, which GT and LT would compare to the millisecond.
        "seconds" if rng.u8(..4) > 0 => return rng.u64(1_000..1 << 30).to_string().into_bytes(),
        "millis" if rng.u8(..4) > 0 => return rng.u64(1_000_000..1 << 40).to_string().into_bytes(),
        _ => {}
    }
    let listed = KINDS.iter().find(|(name, _)| *name == kind);
    let (_, all) = listed.unwrap_or_else(|| panic!("no words of kind {kind:?}"));
    let mut all = words(all);
    all.swap_remove(rng.usize(..all.len()))
}

fn integer(rng: &mut Rng) -> Vec<u8> {
    let edges = [
        0,
        1,
        -1,
        10,
        255,
        256,
        i64::MAX,
        i64::MIN,
        i64::MAX - 1,
        i64::from(i32::MAX),
    ];
    let int = if rng.bool() {
        rng.i64(-1000..1000)
    } else {
        edges[rng.usize(..edges.len())]
    };
    int.to_string().into_bytes()
}

fn value(rng: &mut Rng) -> Vec<u8> {
    match rng.u8(..10) {
        0 => integer(rng),
        1 => word("float", rng),
        2 => word("strange", rng),
        3 => vec![b'x'; [44, 45, 64, 1000][rng.usize(..4)]],
        4 => (0..rng.usize(..20)).map(|_| rng.u8(..)).collect(),
        _ => word("text", rng),
    }
}
