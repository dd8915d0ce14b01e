//! `cjson`, `cmsgpack`, `bit` and `struct` against what released servers answer.

use crate::harness::{check, fails, list, text};

#[test]
fn json_written() {
    text("return cjson.encode({})", "{}");
    text("return cjson.encode({1,2,3})", "[1,2,3]");
    text("return cjson.encode({[1]=1,[4]=2})", "[1,null,null,2]");
    text("return cjson.encode({1,nil,3})", "[1,null,3]");
    text("return cjson.encode({[1.5]=1})", "{\"1.5\":1}");
    text("return cjson.encode({[0]=1})", "{\"0\":1}");
    text("return cjson.encode({[1e10]=1})", "{\"10000000000\":1}");
    text(
        "return cjson.encode('a/b\"\\\\\\b\\f\\n\\r\\t\\127\\1é')",
        "\"a\\/b\\\"\\\\\\b\\f\\n\\r\\t\\u007f\\u0001é\"",
    );
    text(
        "return cjson.encode(1e15)..cjson.encode(3.14159265358979)",
        "1e+153.1415926535898",
    );
    text(
        "return cjson.encode(cjson.null)..cjson.encode(nil)",
        "nullnull",
    );
    text(
        "local t = {} for i = 1, 999 do t = {t} end return '' .. #cjson.encode(t)",
        "2000",
    );
    text(
        "cjson.encode_sparse_array(true, 1, 1) return cjson.encode({1,nil,3})",
        "{\"1\":1,\"3\":3}",
    );
    text(
        "cjson.encode_invalid_numbers('null') return cjson.encode(1/0)",
        "null",
    );
    text(
        "cjson.encode_invalid_numbers(true) return cjson.encode(1/0)",
        "inf",
    );
    text(
        "cjson.encode_number_precision(3) return cjson.encode(1/3)",
        "0.333",
    );
    text(
        "local own = cjson.new() own.encode_number_precision(3) return own.encode(1/3)..' '..cjson.encode(1/3)",
        "0.333 0.33333333333333",
    );
}

#[test]
fn json_refused_to_write() {
    let refused = |value: &str, reason: &str| {
        fails(
            &format!("return cjson.encode({value})"),
            &format!("user_script:1: Cannot serialise {reason}"),
        );
    };
    refused("{[1]=1,[20]=2}", "table: excessively sparse array");
    refused(
        "{[true]=1}",
        "boolean: table key must be a number or string",
    );
    refused("{f=function() end}", "function: type not supported");
    refused("0/0", "number: must not be NaN or Inf");
    refused(
        "coroutine.create(function() end)",
        "thread: type not supported",
    );
    fails(
        "local t = {} for i = 1, 1001 do t = {t} end cjson.encode(t)",
        "user_script:1: Cannot serialise, excessive nesting (1001)",
    );
    fails(
        "cjson.encode(1, 2)",
        "user_script:1: bad argument #1 to 'encode' (expected 1 argument)",
    );
}

#[test]
fn json_read() {
    list(
        "return cjson.decode('[1, -2.5, 1e5, true, false, \"a\"]')",
        "1 -2.5 100000 true false a",
    );
    list(
        "return cjson.decode('[NaN, -Infinity, inf, 0x10, 010, +1, 1.]')",
        "nan -inf inf 16 10 1 1",
    );
    text(
        "return tostring(cjson.decode('null') == cjson.null)",
        "true",
    );
    text(
        "return cjson.decode('{\"a\":[1,{\"b\":\"c\"}]}').a[2].b",
        "c",
    );
    text(
        "return cjson.decode('\"\\\\ud83d\\\\ude00\\\\u00e9 \\\\/\"')",
        "😀é /",
    );
    check(
        "return #cjson.decode(string.rep('[', 1000)..string.rep(']', 1000))",
        ":1\n",
    );
    check("return cjson.decode('[1]\\0')", "*1\n:1\n");
    check("return cjson.decode(5)", ":5\n");
}

#[test]
fn json_refused_to_read() {
    let refused = |json: &str, problem: &str, at: usize| {
        fails(
            &format!("cjson.decode('{json}')"),
            &format!("user_script:1: Expected {problem} at character {at}"),
        );
    };
    refused("", "value but found T_END", 1);
    refused("{", "object key string but found T_END", 2);
    refused("[1,", "value but found T_END", 4);
    refused("[1 2]", "comma or array end but found T_NUMBER", 4);
    refused("{\"a\" 1}", "colon but found T_NUMBER", 6);
    refused("{1:1}", "object key string but found T_NUMBER", 2);
    refused("{\"a\":1,}", "object key string but found T_OBJ_END", 8);
    refused("{\"a\":1 2}", "comma or object end but found T_NUMBER", 8);
    refused("nul", "value but found invalid token", 1);
    refused("1 2", "the end but found T_NUMBER", 3);
    refused("\"a", "value but found unexpected end of string", 3);
    refused("\"\\\\x\"", "value but found invalid escape code", 2);
    refused(
        "\"\\\\ud800\"",
        "value but found invalid unicode escape code",
        2,
    );
    refused(
        "\"\\\\u12\"",
        "value but found invalid unicode escape code",
        2,
    );
    refused("[.5]", "value but found invalid token", 2);
    refused("[-]", "value but found invalid number", 2);
    refused("[1]x", "the end but found invalid token", 4);
    fails(
        "cjson.decode('\\0[1]')",
        "user_script:1: JSON parser does not support UTF-16 or UTF-32",
    );
    fails(
        "cjson.decode({})",
        "user_script:1: bad argument #1 to 'decode' (string expected, got table)",
    );
    fails(
        "cjson.decode(string.rep('[', 1001))",
        "user_script:1: Found too many nested data structures (1001) at character 1001",
    );
    fails(
        "cjson.decode_invalid_numbers(false) cjson.decode('[0x1]')",
        "user_script:1: Expected value but found invalid number at character 2",
    );
}

#[test]
fn json_options() {
    list("return {cjson.encode_sparse_array()}", "false 2 10");
    list(
        "return {cjson.encode_max_depth(), cjson.decode_max_depth(), cjson.encode_number_precision()}",
        "1000 1000 14",
    );
    list(
        "return {cjson.encode_keep_buffer(), cjson.encode_invalid_numbers(), cjson.decode_invalid_numbers()}",
        "true false true",
    );
    fails(
        "cjson.encode_max_depth(0)",
        "user_script:1: bad argument #1 to 'encode_max_depth' (expected integer between 1 and 2147483647)",
    );
    fails(
        "cjson.encode_number_precision(17)",
        "user_script:1: bad argument #1 to 'encode_number_precision' (expected integer between 1 and 14)",
    );
    fails(
        "cjson.encode_invalid_numbers('x')",
        "user_script:1: bad argument #1 to 'encode_invalid_numbers' (invalid option 'x')",
    );
    fails(
        "cjson.encode_max_depth(1, 2)",
        "user_script:1: bad argument #2 to 'encode_max_depth' (found too many arguments)",
    );
}

const HEX: &str = "local function hex(s) return (s:gsub('.', function(c) return string.format('%02x', string.byte(c)) end)) end ";

#[track_caller]
fn packed(arguments: &str, expected: &str) {
    text(
        &format!("{HEX} return hex(cmsgpack.pack({arguments}))"),
        expected,
    );
}

#[test]
fn messagepack_written() {
    packed(
        "1,-1,127,128,255,256,65535,65536,4294967295,4294967296",
        "01ff7fcc80ccffcd0100cdffffce00010000ceffffffffcf0000000100000000",
    );
    packed(
        "-32,-33,-128,-129,-32768,-32769,-2147483648,-2147483649",
        "e0d0dfd080d1ff7fd18000d2ffff7fffd280000000d3ffffffff7fffffff",
    );
    packed(
        "1.5,3.14159,1e300,nil,true,false,'a'",
        "ca3fc00000cb400921f9f01b866ecb7e37e43c8800759cc0c3c2a161",
    );
    packed(
        "{},{1,2,3},{a=1},{1,nil,3},{[1.5]=1},{[0]=1}",
        "909301020381a16101820101030381ca3fc0000001810001",
    );
    packed(
        "function() end,1/0,2^53,2^63,-2^63",
        "c0ca7f800000cf0020000000000000ca5f000000d38000000000000000",
    );
    packed("string.rep('x', 32)", &format!("d920{}", "78".repeat(32)));
    text(
        &format!(
            "{HEX} local a = {{}} local t = a for i = 1, 20 do t[1] = {{}} t = t[1] end return hex(cmsgpack.pack(a))"
        ),
        "91919191919191919191919191919191c0",
    );
    fails(
        "cmsgpack.pack()",
        "user_script:1: bad argument #0 to 'pack' (MessagePack pack needs input.)",
    );
}

#[test]
fn messagepack_read() {
    list("return {cmsgpack.unpack('\\1\\2\\3')}", "1 2 3");
    list("return {cmsgpack.unpack_one('\\1\\2\\3')}", "1 1");
    list("return {cmsgpack.unpack_one('\\1\\2\\3', 2)}", "-1 3");
    list("return {cmsgpack.unpack_one('\\1\\2\\3', 3)}", "-1");
    list("return {cmsgpack.unpack_limit('\\1\\2\\3', 2)}", "2 1 2");
    list(
        "return {cmsgpack.unpack_limit('\\1\\2\\3', 2, 1)}",
        "-1 2 3",
    );
    list("return {cmsgpack.unpack_limit('\\1\\2\\3', 0)}", "1 2 3");
    list(
        "return {cmsgpack.unpack('\\205\\1\\0\\206\\0\\1\\0\\0\\208\\255\\209\\255\\0\\211\\255\\255\\255\\255\\255\\255\\255\\0\\255')}",
        "256 65536 -1 -256 -256 -1",
    );
    list(
        "return cmsgpack.unpack(cmsgpack.pack({1, 2.5, 'x', true}))",
        "1 2.5 x true",
    );
}

#[test]
fn messagepack_refused() {
    let refused =
        |bytes: &str, problem: &str| fails(&format!("cmsgpack.unpack('{bytes}')"), problem);
    for cut in [
        "\\146\\1",
        "\\221\\127\\255\\255\\255",
        "\\223\\127\\255\\255\\255",
        "\\219\\127\\255\\255\\255",
        "\\217\\5abc",
    ] {
        refused(cut, "user_script:1: Missing bytes in input.");
    }
    refused("\\193", "user_script:1: Bad data format in input.");
    refused("\\196\\3abc", "user_script:1: Bad data format in input.");
    refused("\\129\\192\\1", "table index is nil");
    refused(
        "\\129\\203\\127\\248\\0\\0\\0\\0\\0\\0\\1",
        "table index is NaN",
    );
    fails(
        "cmsgpack.unpack_one('\\1\\2\\3', 4)",
        "user_script:1: Start offset 4 greater than input length 3.",
    );
    fails(
        "cmsgpack.unpack_one('\\1\\2\\3', -1)",
        "user_script:1: Invalid request to unpack with offset of -1 and limit of 3.",
    );
    fails(
        "cmsgpack.unpack({})",
        "user_script:1: bad argument #1 to 'unpack' (string expected, got table)",
    );
    fails(
        "cmsgpack.unpack(string.rep('\\1', 10000))",
        "user_script:1: bad argument #1 to 'unpack' (too many return values at once; use unpack_one or unpack_limit instead.)",
    );
}

#[test]
fn bits() {
    text(
        "return bit.tohex(1)..bit.tohex(-1, 4)..bit.tohex(255, -4)..bit.tohex(1, 0)",
        "00000001ffff00FF",
    );
    list(
        "return {bit.tobit(4294967295), bit.bnot(0), bit.band(255, 15, 7), bit.bor(1, 2), bit.bxor(1, 3)}",
        "-1 -1 7 3 2",
    );
    list(
        "return {bit.lshift(1, 33), bit.rshift(-1, 1), bit.arshift(-8, 1), bit.rol(1, 33), bit.ror(1, 1), bit.bswap(1)}",
        "2 2147483647 -4 2 -2147483648 16777216",
    );
    list(
        "return {bit.tobit(1e20), bit.tobit(0.5), bit.tobit(1.5), bit.tobit(2.5), bit.tobit('5'), bit.tobit(0/0)}",
        "2025163840 0 2 2 5 0",
    );
    fails(
        "bit.band()",
        "user_script:1: bad argument #1 to 'band' (number expected, got no value)",
    );
    fails(
        "bit.band('x')",
        "user_script:1: bad argument #1 to 'band' (number expected, got string)",
    );
    fails(
        "bit.lshift(1)",
        "user_script:1: bad argument #2 to 'lshift' (number expected, got no value)",
    );
}

#[test]
fn layouts_packed() {
    let packed = |arguments: &str, expected: &str| {
        text(
            &format!("{HEX} return hex(struct.pack({arguments}))"),
            expected,
        );
    };
    packed(
        "'<bBhHlLiITfd',1,2,3,4,5,6,7,8,11,1.5,2.5",
        "0102030004000500000000000000060000000000000007000000080000000b000000000000000000c03f0000000000000440",
    );
    packed(
        "'>!4 b i x s c0 c3','1',258,'hello','ab','xyzw'",
        "01000000000001020068656c6c6f00616278797a",
    );
    packed("'!b i',1,2", "0100000002000000");
    packed("'>I4',1", "00000001");
    packed("'h',70000", "7011");
    fails(
        "struct.pack('z')",
        "user_script:1: bad argument #1 to 'pack' (invalid format option 'z')",
    );
    fails(
        "struct.pack('>B','a')",
        "user_script:1: bad argument #2 to 'pack' (number expected, got string)",
    );
    fails(
        "struct.pack('c3','a')",
        "user_script:1: bad argument #3 to 'pack' (string too short)",
    );
}

#[test]
fn layouts_unpacked() {
    list("return {struct.unpack('b','a')}", "97 2");
    list("return {struct.unpack('s','abc\\0de')}", "abc 5");
    list("return {struct.unpack('bc0','\\3abcd')}", "abc 5");
    list("return {struct.unpack('c2','abc')}", "ab 3");
    list("return {struct.unpack('I3','abc')}", "6513249 4");
    list(
        "return {struct.unpack('>i16',string.rep('\\255', 16))}",
        "-1 17",
    );
    list(
        "return {struct.unpack('<fd','\\0\\0\\192\\63\\0\\0\\0\\0\\0\\0\\4\\64')}",
        "1.5 2.5 13",
    );
    let short = "user_script:1: bad argument #2 to 'unpack' (data string too short)";
    for call in [
        "'i','a'",
        "'c2','abc',3",
        "'b','abc',-1",
        "'b','abc',4",
        "'b','abc',5",
    ] {
        fails(&format!("struct.unpack({call})"), short);
    }
    fails(
        "struct.unpack('b','abc',0)",
        "user_script:1: bad argument #3 to 'unpack' (offset must be 1 or greater)",
    );
    fails(
        "struct.unpack('c0','abc')",
        "user_script:1: format 'c0' needs a previous size",
    );
    fails(
        "struct.unpack('s','abc')",
        "user_script:1: unfinished string in data",
    );
}

#[test]
fn layout_sizes() {
    for (format, expected) in [
        ("c2147483647c2147483647", ":4294967294"),
        ("I32", ":32"),
        ("y", ":0"),
        ("!i", ":4"),
        ("bi", ":5"),
        ("!4bd", ":12"),
        ("!8bd", ":16"),
    ] {
        check(
            &format!("return struct.size('{format}')"),
            &format!("{expected}\n"),
        );
    }
    for (format, problem) in [
        ("I9223372036854775807", "integral size overflow"),
        ("I33", "integral size 33 is larger than limit of 32"),
        (
            "s",
            "bad argument #1 to 'size' (option 's' has no fixed size)",
        ),
        (
            "c0",
            "bad argument #1 to 'size' (option 'c0' has no fixed size)",
        ),
        ("!3i", "alignment 3 is not a power of 2"),
    ] {
        fails(
            &format!("return struct.size('{format}')"),
            &format!("user_script:1: {problem}"),
        );
    }
}
