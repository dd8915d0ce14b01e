//! Requests: what released servers accept and refuse, and that the cut between reads never matters.

use ferrous_resp::{
    Arguments, Encoder, Limits, Protocol, ProtocolError, RequestParser, Status, encode_command,
};
use proptest::prelude::*;

type Commands = Vec<Vec<Vec<u8>>>;

const STRANGER: Limits = Limits {
    bulk_bytes_max: 512 * 1024 * 1024,
    authenticated: false,
};

/// Feeds `stream` to a parser in pieces that end at `cuts`, dropping what is parsed as a server would.
fn parse(stream: &[u8], cuts: &[usize], limits: &Limits) -> Result<Commands, ProtocolError> {
    let mut parser = RequestParser::default();
    let mut arguments = Arguments::default();
    let mut commands = Vec::new();
    let mut buffer = Vec::new();
    let mut fed = 0;
    for cut in cuts.iter().copied().chain([stream.len()]) {
        buffer.extend_from_slice(&stream[fed..cut]);
        fed = cut;
        let mut at = 0;
        loop {
            arguments.clear();
            let mut taken = Vec::new();
            let whole = parser.whole(&buffer, at, limits, |argument| taken.push(argument));
            let status = parser.next(&buffer, at, limits, &mut arguments);
            if let Some(end) = whole {
                assert_eq!(status, Ok(Status::Complete { end }));
                assert!(arguments.request(&buffer).iter().eq(taken));
            }
            match status? {
                Status::Complete { end } => {
                    commands.push(
                        arguments
                            .request(&buffer)
                            .iter()
                            .map(<[u8]>::to_vec)
                            .collect(),
                    );
                    at = end;
                }
                Status::Incomplete { start, missing } => {
                    assert!(missing > 0 && arguments.is_empty());
                    buffer.drain(..start);
                    break;
                }
            }
        }
    }
    Ok(commands)
}

/// The commands in `stream`, the same whether it comes at once or byte by byte.
#[track_caller]
fn parse_both_ways(stream: &[u8], limits: &Limits) -> Result<Commands, ProtocolError> {
    let at_once = parse(stream, &[], limits);
    let every_byte: Vec<usize> = (0..stream.len()).collect();
    if stream.len() < 1000 {
        assert_eq!(parse(stream, &every_byte, limits), at_once, "byte by byte");
    }
    at_once
}

#[track_caller]
fn check(stream: &[u8], expected: &[&[&[u8]]]) {
    let commands = parse_both_ways(stream, &Limits::default()).expect("a valid stream");
    assert_eq!(commands, expected);
}

#[track_caller]
fn check_error(stream: &[u8], limits: &Limits, expected: &[u8]) {
    let error = parse_both_ways(stream, limits).expect_err("a protocol error");
    let mut reply = Vec::new();
    error.encode(&mut Encoder::new(&mut reply, Protocol::Resp2));
    let expected = [b"-ERR Protocol error: ", expected, b"\r\n"].concat();
    assert_eq!(
        reply.escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
}

#[test]
fn multibulk_requests() {
    check(b"*1\r\n$4\r\nPING\r\n", &[&[b"PING"]]);
    check(b"*2\r\n$0\r\n\r\n$2\r\n\r\n\r\n", &[&[b"", b"\r\n"]]);
    check(
        b"*1\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\nc\r\n",
        &[&[b"a"], &[b"b"], &[b"c"]],
    );
}

#[test]
fn what_is_whole_is_taken_at_once() {
    let taken = |stream: &[u8]| {
        let mut arguments = Vec::new();
        let end = RequestParser::default().whole(stream, 0, &Limits::default(), |argument| {
            arguments.push(argument.len());
        });
        end.map(|end| (end, arguments))
    };
    for len in [0, 9, 10, 99, 100, 12_345, 99_999] {
        let value = vec![b'v'; len];
        let mut stream = Vec::new();
        encode_command(&mut stream, [b"SET".as_slice(), b"k", &value]);
        assert_eq!(taken(&stream), Some((stream.len(), vec![3, 1, len])));
        assert_eq!(taken(&stream[..stream.len() - 1]), None);
    }
    for other in [
        "PING\r\n",
        "*0\r\n",
        "*1\r\n$04\r\nPING\r\n",
        "*1\r\n$4\r\nPINGxx",
    ] {
        assert_eq!(taken(other.as_bytes()), None, "{other}");
    }
}

#[test]
fn empty_requests_are_skipped() {
    check(
        b"*0\r\n*-1\r\n*-9223372036854775808\r\n*1\r\n$1\r\na\r\n",
        &[&[b"a"]],
    );
    check(b"\r\n\n   \r\nPING\r\n\r\n", &[&[b"PING"]]);
}

#[test]
fn inline_requests() {
    check(b"PING\n", &[&[b"PING"]]);
    check(
        b"set \"a b\" 'c'\r\nget x\"y\"\r\n",
        &[&[b"set", b"a b", b"c"], &[b"get", b"xy"]],
    );
    // Behind a NUL no newline is found, so the request never ends.
    check(b"PING a\0b\r\nPING\r\n", &[]);
}

/// Each was sent to redis-server 7.0.15 and valkey-server 9.1. They differ for a missing line feed and for a
/// NUL in a number: the former takes the one and waits for more after the other, the latter refuses
/// both at once, as here.
#[test]
fn protocol_errors() {
    let count: [&[u8]; 11] = [
        b"*\r\n",
        b"*a\r\n",
        b"* 1\r\n",
        b"*+1\r\n",
        b"*01\r\n",
        b"*-\r\n",
        b"*-0\r\n",
        b"*1\0\r\n",
        b"*2147483648\r\n",
        b"*99999999999999999999999\r\n",
        b"*-99999999999999999999999\r\n",
    ];
    for stream in count {
        check_error(stream, &Limits::default(), b"invalid multibulk length");
    }
    let length: [&[u8]; 8] = [
        b"$-1\r\n",
        b"$\r\n",
        b"$04\r\nPING\r\n",
        b"$ 4\r\nPING\r\n",
        b"$4\0\r\nPING\r\n",
        b"$\xc3\xa9\r\n",
        b"$536870913\r\n",
        b"$9999999999999999999999\r\n",
    ];
    for stream in length {
        check_error(
            &[b"*1\r\n", stream].concat(),
            &Limits::default(),
            b"invalid bulk length",
        );
    }
    let crlf: [&[u8]; 5] = [
        b"*1\rX",
        b"*0\rX",
        b"*1\r\n$4\rYPING\r\n",
        b"*1\r\n$4\r\nPING\rx",
        b"*1\r\n$4\r\nPINGab",
    ];
    for stream in crlf {
        check_error(stream, &Limits::default(), b"invalid CRLF in request");
    }
    for stream in [&b"ECHO \"a\r\n"[..], b"ECHO 'a'b\r\n", b"PI\"NG\n"] {
        check_error(stream, &Limits::default(), b"unbalanced quotes in request");
    }
}

#[test]
fn an_argument_that_is_no_bulk_string_is_quoted() {
    let cases: [(&[u8], &[u8]); 6] = [
        (b"X4\r\n", b"X"),
        (b"\r\n", b" "),
        (b"\n\r\n", b" "),
        (b"\xff\r\n", b"\xff"),
        (b"\0\r\n", b"\0"),
        (b"\t\r\n", b"\t"),
    ];
    for (line, shown) in cases {
        let expected = [b"expected '$', got '", shown, b"'"].concat();
        check_error(&[b"*1\r\n", line].concat(), &Limits::default(), &expected);
    }
    // As long as the line has no end, nothing is wrong yet.
    check(b"*1\r\nX", &[]);
}

#[test]
fn strangers_may_announce_little() {
    check_error(b"*11\r\n", &STRANGER, b"unauthenticated multibulk length");
    check_error(
        b"*1\r\n$16385\r\n",
        &STRANGER,
        b"unauthenticated bulk length",
    );
    check_error(b"*2147483648\r\n", &STRANGER, b"invalid multibulk length");
    check_error(b"*1\r\n$536870913\r\n", &STRANGER, b"invalid bulk length");
    assert_eq!(parse_both_ways(b"*10\r\n$16384\r\n", &STRANGER), Ok(vec![]));
}

#[test]
fn lines_have_an_end_within_64_kib() {
    let digits = |count| vec![b'1'; count];
    let cases: [(&[u8], &[u8]); 3] = [
        (b"", b"too big inline request"),
        (b"*", b"too big mbulk count string"),
        (b"$", b"too big bulk count string"),
    ];
    for (sigil, expected) in cases {
        let before: &[u8] = if sigil == b"$" { b"*1\r\n" } else { b"" };
        let fits = [before, sigil, &digits(65536 - sigil.len())].concat();
        assert_eq!(parse_both_ways(&fits, &Limits::default()), Ok(vec![]));
        check_error(&[&fits[..], b"1"].concat(), &Limits::default(), expected);
    }
}

#[test]
fn missing_bytes_are_announced_not_allocated() {
    let mut parser = RequestParser::default();
    let mut arguments = Arguments::default();
    let mut next = |buffer: &[u8]| parser.next(buffer, 0, &Limits::default(), &mut arguments);
    let missing = |missing| Ok(Status::Incomplete { start: 0, missing });
    assert_eq!(next(b"*2147483647\r\n"), missing(1));
    assert_eq!(next(b"*2147483647\r\n$536870912\r\n"), missing(536_870_914));
    assert_eq!(
        next(b"*2147483647\r\n$536870912\r\nab"),
        missing(536_870_912)
    );
}

#[test]
fn an_error_leaves_only_whole_requests_in_a_batch() {
    let buffer = b"*1\r\n$1\r\na\r\n*2\r\n$1\r\nb\r\n!1\r\n";
    let mut parser = RequestParser::default();
    let mut arguments = Arguments::default();
    let limits = Limits::default();
    let first = parser.next(buffer, 0, &limits, &mut arguments);
    assert_eq!(first, Ok(Status::Complete { end: 11 }));
    let second = parser.next(buffer, 11, &limits, &mut arguments);
    assert_eq!(second, Err(ProtocolError::ExpectedBulk(b'!')));
    assert_eq!(arguments.len(), 1);
    assert_eq!(&arguments.slice(0..1, buffer)[0], b"a");
}

#[test]
fn an_idle_connection_costs_little() {
    assert!(size_of::<RequestParser>() <= 56);
}

fn commands() -> impl Strategy<Value = Commands> {
    let argument = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..24),
        1 => prop::collection::vec(any::<u8>(), 90..1100),
    ];
    prop::collection::vec(prop::collection::vec(argument, 1..6), 0..8)
}

/// `commands` as requests, and places to cut the stream at.
fn stream_and_cuts() -> impl Strategy<Value = (Commands, Vec<u8>, Vec<usize>)> {
    (
        commands(),
        prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    )
        .prop_map(|(commands, cuts)| {
            let mut stream = Vec::new();
            for command in &commands {
                encode_command(&mut stream, command);
            }
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.sort_unstable();
            (commands, stream, cuts)
        })
}

/// Bytes that get deep into the parser more often than random ones.
fn hostile_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"*"[..],
        b"$",
        b"\r\n",
        b"\r",
        b"\n",
        b"0",
        b"1",
        b"2",
        b"3",
        b"-1",
        b"99",
        b"\"",
        b"'",
        b"\\x4",
        b"\\",
        b" ",
        b"ab",
        b"\0",
        b"\xff",
        b"*1\r\n$1\r\n",
        b"$2\r\nxy\r\n",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn cuts_do_not_matter((commands, stream, cuts) in stream_and_cuts()) {
        prop_assert_eq!(parse(&stream, &cuts, &Limits::default()), Ok(commands));
    }

    #[test]
    fn a_batch_parses_as_its_requests((commands, stream, _) in stream_and_cuts()) {
        let mut parser = RequestParser::default();
        let mut arguments = Arguments::default();
        let (mut at, mut ranges) = (0, Vec::new());
        loop {
            let first = arguments.len();
            match parser.next(&stream, at, &Limits::default(), &mut arguments) {
                Ok(Status::Complete { end }) => at = end,
                other => {
                    prop_assert_eq!(other, Ok(Status::Incomplete { start: stream.len(), missing: 1 }));
                    break;
                }
            }
            ranges.push(first..arguments.len());
        }
        let parsed: Commands = ranges
            .into_iter()
            .map(|range| arguments.slice(range, &stream).iter().map(<[u8]>::to_vec).collect())
            .collect();
        prop_assert_eq!(parsed, commands);
    }

    #[test]
    fn hostile_bytes_fare_the_same_however_they_come(stream in hostile_bytes()) {
        let _ = parse_both_ways(&stream, &Limits::default());
    }

    #[test]
    fn quoted_arguments_come_back(command in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 1..5)) {
        let mut line = Vec::new();
        for argument in &command {
            let escapes = argument.iter().flat_map(|byte| format!("\\x{byte:02x}").into_bytes());
            line.push(b'"');
            line.extend(escapes);
            line.extend_from_slice(b"\" ");
        }
        line.push(b'\n');
        prop_assert_eq!(parse(&line, &[], &Limits::default()), Ok(vec![command]));
    }
}
