//! Replies: every type, every refusal, and that what the encoder writes comes back.

use ferrous_resp::{
    Attributed, DoubleText, Encoder, Progress, Protocol, ReplyError, ReplyErrorKind, ReplyLimits,
    ReplyParser, Value,
};
use proptest::prelude::*;

/// Feeds `stream` in pieces that end at `cuts`, dropping consumed bytes as a client would.
fn parse(stream: &[u8], cuts: &[usize], limits: ReplyLimits) -> Result<Vec<Value>, ReplyError> {
    let mut parser = ReplyParser::new(limits);
    let (mut values, mut buffer, mut fed) = (Vec::new(), Vec::new(), 0);
    for cut in cuts.iter().copied().chain([stream.len()]) {
        buffer.extend_from_slice(&stream[fed..cut]);
        fed = cut;
        loop {
            let Progress { consumed, value } = parser.next(&buffer)?;
            buffer.drain(..consumed);
            match value {
                Some(value) => values.push(value),
                None => break,
            }
        }
    }
    Ok(values)
}

/// The values in `stream`, the same whether it comes at once or byte by byte.
#[track_caller]
fn parse_both_ways(stream: &[u8]) -> Result<Vec<Value>, ReplyError> {
    let at_once = parse(stream, &[], ReplyLimits::default());
    let every_byte: Vec<usize> = (0..stream.len()).collect();
    assert_eq!(
        format!("{:?}", parse(stream, &every_byte, ReplyLimits::default())),
        format!("{at_once:?}")
    );
    at_once
}

#[track_caller]
fn check(stream: &str, expected: Value) {
    assert_eq!(parse_both_ways(stream.as_bytes()), Ok(vec![expected]));
}

#[track_caller]
fn check_error(stream: &str, offset: u64, kind: ReplyErrorKind) {
    assert_eq!(
        parse_both_ways(stream.as_bytes()),
        Err(ReplyError { offset, kind }),
        "{stream:?}"
    );
}

fn bulk(text: &str) -> Value {
    Value::Bulk(text.into())
}

#[test]
fn scalars() {
    check("+OK\r\n", Value::Simple(b"OK".into()));
    check("+a\rb\nc\r\n", Value::Simple(b"a\rb\nc".into()));
    check("-ERR no\r\n", Value::Error(b"ERR no".into()));
    check(":-12\r\n", Value::Integer(-12));
    check("$2\r\n\r\n\r\n", bulk("\r\n"));
    check("$0\r\n\r\n", bulk(""));
    check("$-1\r\n", Value::Nil);
    check("*-1\r\n", Value::NilArray);
    check("_\r\n", Value::Null);
    check("#t\r\n", Value::Boolean(true));
    check(",1.5e+3\r\n", Value::Double(b"1.5e+3".to_vec()));
    check(",-inf\r\n", Value::Double(b"-inf".to_vec()));
    check("(-3492890328409238509324850943850943825024385\r\n", {
        Value::BigNumber(b"-3492890328409238509324850943850943825024385".into())
    });
    check(
        "=9\r\ntxt:hello\r\n",
        Value::Verbatim {
            format: *b"txt",
            text: b"hello".into(),
        },
    );
    check("!5\r\nERR x\r\n", Value::BlobError(b"ERR x".into()));
    assert!(matches!(
        parse_both_ways(b",nan\r\n,-nan\r\n").as_deref(),
        Ok([a, b]) if [a, b].iter().all(|value| value.as_double().is_some_and(f64::is_nan))
    ));
}

#[test]
fn aggregates() {
    check(
        "*2\r\n:1\r\n*1\r\n$-1\r\n",
        Value::Array(vec![Value::Integer(1), Value::Array(vec![Value::Nil])]),
    );
    check("*0\r\n", Value::Array(vec![]));
    check("%1\r\n+k\r\n~1\r\n:1\r\n", {
        Value::Map(vec![(
            Value::Simple(b"k".into()),
            Value::Set(vec![Value::Integer(1)]),
        )])
    });
    check(
        ">2\r\n$7\r\nmessage\r\n_\r\n",
        Value::Push(vec![bulk("message"), Value::Null]),
    );
}

#[test]
fn attributes_belong_to_the_value_behind_them() {
    let attributed = |key: i64, value| {
        let attributes = vec![(Value::Integer(key), Value::Null)];
        Value::Attributed(Box::new(Attributed { attributes, value }))
    };
    check("|1\r\n:1\r\n_\r\n:7\r\n", attributed(1, Value::Integer(7)));
    check(
        "|1\r\n:1\r\n_\r\n$?\r\n;1\r\na\r\n;0\r\n",
        attributed(1, bulk("a")),
    );
    check("|1\r\n:1\r\n_\r\n*2\r\n|1\r\n:2\r\n_\r\n:8\r\n:9\r\n", {
        attributed(
            1,
            Value::Array(vec![attributed(2, Value::Integer(8)), Value::Integer(9)]),
        )
    });
    let both = vec![
        (Value::Integer(1), Value::Null),
        (Value::Integer(2), Value::Null),
    ];
    check("|1\r\n:1\r\n_\r\n|1\r\n:2\r\n_\r\n*0\r\n", {
        Value::Attributed(Box::new(Attributed {
            attributes: both,
            value: Value::Array(vec![]),
        }))
    });
}

#[test]
fn streams() {
    check("$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n", bulk("Hello"));
    check(
        "*?\r\n:1\r\n*?\r\n.\r\n.\r\n",
        Value::Array(vec![Value::Integer(1), Value::Array(vec![])]),
    );
    check("~?\r\n:1\r\n.\r\n", Value::Set(vec![Value::Integer(1)]));
    check(
        "%?\r\n:1\r\n:2\r\n.\r\n",
        Value::Map(vec![(Value::Integer(1), Value::Integer(2))]),
    );
}

#[test]
fn refusals() {
    use ReplyErrorKind as Kind;
    check_error("+OK\r\nx", 5, Kind::UnknownType(b'x'));
    for line in [
        "$-2\r\n", "$\r\n", "$+1\r\n", "*01\r\n", "%-1\r\n", ">?\r\n", "|?\r\n", "!-1\r\n",
        ";?\r\n",
    ] {
        check_error(line, 0, Kind::Length);
    }
    check_error("$536870913\r\n", 0, Kind::TooLong(536_870_912));
    check_error("*4294967296\r\n", 0, Kind::TooManyElements(4_294_967_295));
    check_error("$1\r\nabc", 0, Kind::MissingCrlf);
    check_error(":1x\r\n", 0, Kind::Integer);
    check_error(":9223372036854775808\r\n", 0, Kind::Integer);
    check_error("(1e3\r\n", 0, Kind::BigNumber);
    check_error(",1..2\r\n", 0, Kind::Double);
    check_error("#true\r\n", 0, Kind::Boolean);
    check_error("_x\r\n", 0, Kind::Null);
    check_error("=3\r\ntxt\r\n", 0, Kind::Verbatim);
    check_error("*1\r\n;1\r\na\r\n", 4, Kind::MisplacedChunk);
    check_error("$?\r\n:1\r\n", 4, Kind::MisplacedChunk);
    check_error(".\r\n", 0, Kind::MisplacedEnd);
    check_error("*1\r\n.\r\n", 4, Kind::MisplacedEnd);
    check_error("%?\r\n:1\r\n.\r\n", 8, Kind::MisplacedEnd);
    check_error("*?\r\n|0\r\n.\r\n", 8, Kind::MisplacedEnd);
    check_error(&"*1\r\n".repeat(513), 2048, Kind::TooDeep(512));
}

#[test]
fn limits_hold_for_lines_and_streams() {
    let limits = ReplyLimits {
        bulk_bytes_max: 4,
        ..ReplyLimits::default()
    };
    let kind = |stream: &str| parse(stream.as_bytes(), &[], limits).map_err(|error| error.kind);
    assert_eq!(kind("+1234\r\n"), Ok(vec![Value::Simple(b"1234".into())]));
    for stream in ["+12345\r\n", "+123456", "$?\r\n;3\r\nabc\r\n;2\r\nde\r\n"] {
        assert_eq!(kind(stream), Err(ReplyErrorKind::TooLong(4)), "{stream:?}");
    }
}

fn scalars_of_resp2() -> BoxedStrategy<Value> {
    let line = "[ -~]{0,12}".prop_map(String::into_bytes);
    prop_oneof![
        line.clone().prop_map(Value::Simple),
        line.prop_map(Value::Error),
        any::<i64>().prop_map(Value::Integer),
        prop::collection::vec(any::<u8>(), 0..130).prop_map(Value::Bulk),
    ]
    .boxed()
}

fn values_of_resp2() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![4 => scalars_of_resp2(), 1 => Just(Value::Nil), 1 => Just(Value::NilArray)];
    leaf.prop_recursive(4, 64, 12, |inner| {
        prop::collection::vec(inner, 0..12).prop_map(Value::Array)
    })
}

fn values_of_resp3() -> impl Strategy<Value = Value> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..20);
    let leaf = prop_oneof![
        4 => scalars_of_resp2(),
        1 => Just(Value::Null),
        1 => any::<f64>().prop_map(|value| Value::Double(DoubleText::new(value).to_vec())),
        1 => any::<bool>().prop_map(Value::Boolean),
        1 => "-?[0-9]{1,40}".prop_map(|digits| Value::BigNumber(digits.into_bytes())),
        1 => (any::<[u8; 3]>(), bytes()).prop_map(|(format, text)| Value::Verbatim { format, text }),
        1 => bytes().prop_map(Value::BlobError),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        let elements = prop::collection::vec(inner.clone(), 0..8);
        let pairs = prop::collection::vec((inner.clone(), inner.clone()), 0..4);
        let plain = inner.prop_filter("attributes merge", |value| {
            !matches!(value, Value::Attributed(_))
        });
        prop_oneof![
            elements.clone().prop_map(Value::Array),
            elements.clone().prop_map(Value::Set),
            elements.prop_map(Value::Push),
            pairs.clone().prop_map(Value::Map),
            (pairs, plain).prop_map(|(attributes, value)| {
                Value::Attributed(Box::new(Attributed { attributes, value }))
            }),
        ]
    })
}

/// Whether `values` come back from the encoder's bytes, however they are cut.
fn round_trip(
    values: Vec<Value>,
    cuts: &[prop::sample::Index],
    protocol: Protocol,
) -> Result<(), TestCaseError> {
    let mut stream = Vec::new();
    for value in &values {
        value.encode(&mut Encoder::new(&mut stream, protocol));
    }
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    cuts.sort_unstable();
    prop_assert_eq!(parse(&stream, &cuts, ReplyLimits::default()), Ok(values));
    Ok(())
}

/// Bytes that get deep into the parser more often than random ones.
fn hostile_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"\r\n"[..],
        b"\r",
        b"\n",
        b"*",
        b"%",
        b"~",
        b">",
        b"|",
        b"$",
        b"=",
        b"!",
        b";",
        b"0",
        b"1",
        b"-1",
        b"?",
        b":1\r\n",
        b"_\r\n",
        b".\r\n",
        b";0\r\n",
        b"$?\r\n",
        b"*?\r\n",
        b"%?\r\n",
        b"|1\r\n",
        b"*2\r\n",
        b"%1\r\n",
        b"$1\r\na\r\n",
        b";1\r\na\r\n",
        b",nan\r\n",
        b"#t\r\n",
        b"(9\r\n",
        b"\xff",
        b"\0",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn resp2_round_trips(
        values in prop::collection::vec(values_of_resp2(), 1..3),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        round_trip(values, &cuts, Protocol::Resp2)?;
    }

    #[test]
    fn resp3_round_trips(
        values in prop::collection::vec(values_of_resp3(), 1..3),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        round_trip(values, &cuts, Protocol::Resp3)?;
    }

    #[test]
    fn hostile_bytes_fare_the_same_however_they_come(stream in hostile_bytes()) {
        let _ = parse_both_ways(&stream);
    }
}
