//! Values become replies and replies become values.

use ferrous_resp::Protocol;

use crate::harness::{Bench, check, text};

#[test]
fn values() {
    check("return 3.99", ":3\n");
    check("return -3.99", ":-3\n");
    check("return 1e20", ":-9223372036854775808\n");
    check("return 'a'", "$1\na\n");
    check("return true", ":1\n");
    check("return false", "$-1\n");
    check("return nil", "$-1\n");
    check("return", "$-1\n");
    check("return {1,2,nil,4}", "*2\n:1\n:2\n");
    check(
        "return {1,{2,{3}},'x',true,false,1.5}",
        "*6\n:1\n*2\n:2\n*1\n:3\n$1\nx\n:1\n$-1\n:1\n",
    );
    check("return {ok='a\\r\\nb'}", "+a  b\n");
    check("return {err='abc'}", "-abc\n");
    check("return {err='-abc'}", "--abc\n");
    check(
        "return {err='MY error\\r\\nline\\r\\n'}",
        "-MY error  line\n",
    );
    check("return {double=3.25}", "$4\n3.25\n");
    check("return {map={a=1}}", "*2\n$1\na\n:1\n");
    check("return {set={a=true}}", "*1\n$1\na\n");
    check("return {big_number='123'}", "$3\n123\n");
    check(
        "return {verbatim_string={format='txt',string='abc'}}",
        "$3\nabc\n",
    );
    check("return function() end", "$-1\n");
    check("return {}", "*0\n");
    check("return redis", "*0\n");
}

#[test]
fn values_in_resp3() {
    let mut bench = Bench::new();
    for (body, expected) in [
        ("return {double=3.25}", ",3.25\r\n"),
        (
            "return {map={a={1,2}}}",
            "%1\r\n$1\r\na\r\n*2\r\n:1\r\n:2\r\n",
        ),
        ("return {set={a=true}}", "~1\r\n$1\r\na\r\n"),
        ("return {map={}}", "%0\r\n"),
        ("return {big_number='12\\r\\n3'}", "(12  3\r\n"),
        (
            "return {verbatim_string={format='txt',string='abc'}}",
            "=7\r\ntxt:abc\r\n",
        ),
        ("return true", ":1\r\n"),
        ("return false", "_\r\n"),
        ("redis.setresp(3) return true", "#t\r\n"),
        ("redis.setresp(3) return {false}", "*1\r\n#f\r\n"),
        ("return true", ":1\r\n"),
    ] {
        let reply = bench.eval_as(Protocol::Resp3, body, &[], &[]);
        assert_eq!(String::from_utf8_lossy(&reply), expected, "{body}");
    }
}

#[test]
fn a_table_without_end_is_cut_where_the_stack_ends() {
    let reply = Bench::new().eval("local a = {} local b = {a} a[1] = b return a");
    let levels = reply.matches("*1\r\n").count();
    assert!(levels > 7000, "{levels} levels");
    assert!(reply.ends_with("*1\r\n-ERR reached lua stack limit\r\n"));
}

#[test]
fn what_replies_are_in_scripts() {
    let show = "local function show(v) if type(v) ~= 'table' then return type(v)..':'..tostring(v) end \
                local names = {} for k in pairs(v) do names[#names+1] = tostring(k) end table.sort(names) \
                for i, k in ipairs(names) do names[i] = k..'='..(v[k] == nil and show(v[tonumber(k)]) or show(v[k])) end \
                return '{'..table.concat(names, ' ')..'}' end ";
    for (reply, protocol, expected) in [
        (":5", 2, "number:5"),
        ("$1\\r\\na", 2, "string:a"),
        ("$-1", 2, "boolean:false"),
        ("*-1", 2, "boolean:false"),
        ("+OK", 2, "{ok=string:OK}"),
        (
            "-BAD thing",
            2,
            "{err=string:BAD thing ignore_error_stats_update=boolean:true}",
        ),
        (
            "-BAD",
            2,
            "{err=string:ERR BAD ignore_error_stats_update=boolean:true}",
        ),
        ("*2\\r\\n:1\\r\\n$-1", 2, "{1=number:1 2=boolean:false}"),
        ("_", 3, "nil:nil"),
        ("#t", 3, "boolean:true"),
        (",3.5", 3, "{double=number:3.5}"),
        (",inf", 3, "{double=number:inf}"),
        ("(123", 3, "{big_number=string:123}"),
        (
            "=5\\r\\ntxt:a",
            3,
            "{verbatim_string={format=string:txt string=string:a}}",
        ),
        ("%1\\r\\n$1\\r\\na\\r\\n:1", 3, "{map={a=number:1}}"),
        ("~1\\r\\n$1\\r\\na", 3, "{set={a=boolean:true}}"),
        ("|1\\r\\n+a\\r\\n:1\\r\\n:2", 3, "number:2"),
    ] {
        let body = format!(
            "{show} redis.setresp({protocol}) return show(redis.pcall('RAW', '{reply}\\r\\n'))"
        );
        text(&body, expected);
    }
}

#[test]
fn arguments_keep_their_precision() {
    for (number, expected) in [
        ("9007199254740991", "9007199254740991"),
        ("0.1", "0.1"),
        ("1e17", "100000000000000000"),
        ("-5", "-5"),
        ("1e21", "1e+21"),
    ] {
        text(&format!("return redis.call('ECHO', {number})"), expected);
    }
}

#[test]
fn keys_and_arguments() {
    let mut bench = Bench::new();
    let body = "return {KEYS[1], ARGV[1], ARGV[2], #KEYS, #ARGV}";
    let reply = bench.eval_as(Protocol::Resp2, body, &[b"k"], &[b"a", b"\0\xff"]);
    assert_eq!(
        reply,
        b"*5\r\n$1\r\nk\r\n$1\r\na\r\n$2\r\n\0\xff\r\n:1\r\n:2\r\n"
    );
    let reply = bench.eval_as(Protocol::Resp2, body, &[], &[]);
    assert_eq!(reply, b"*0\r\n", "the table ends at its first nil");
}
