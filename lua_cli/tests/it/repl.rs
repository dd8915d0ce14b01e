//! `-i`.

use super::{file, path, run};

#[track_caller]
fn answers(words: &[&str], input: &str, expected: &str) {
    let words = [&["-i"], words].concat();
    let (shown, _, status) = run(&words, input);
    assert_eq!((&*shown, status), (expected, 0), "{input}");
}

#[test]
fn pieces_share_global_variables() {
    answers(
        &[],
        "x = 1\nlocal y = 2\nx, 'a'\ny\n",
        "1\n\"a\"\n(error) ERR user_script:1: Script attempted to access nonexistent global variable 'y'\n",
    );
    answers(&[], "function f(a)\n  return a * 2\nend\nf(21)\n", "42\n");
    answers(
        &[],
        "redis.call = 1\nprint(1)\n",
        "(error) ERR user_script:1: Attempt to modify a readonly table\n(error) ERR user_script:1: Script attempted to access nonexistent global variable 'print'\n",
    );
    answers(
        &[],
        "x y\nif\n",
        "(error) user_script:1: '=' expected near 'y'\n(error) the last piece is not finished\n",
    );
}

#[test]
fn commands_work_on_the_same_keys() {
    let input =
        "redis.call('SET', KEYS[1], ARGV[1])\n:redis GET k\n:keys a b\n#KEYS\n:r\n:quit\n5\n";
    let expected = "{[\"ok\"]=\"OK\"}\n\"v\"\n2\n(error) there is no such command of the prompt; :help lists them\n";
    answers(&["k", ",", "v"], input, expected);
    answers(
        &[],
        "redis.call('NOSUCH')\nredis.call('SELECT', 3)\nredis.call('SET', 'a', 1)\nredis.call('DBSIZE')\n",
        "(error) ERR Unknown Redis command called from script\n{[\"ok\"]=\"OK\"}\n{[\"ok\"]=\"OK\"}\n1\n",
    );
}

#[test]
fn files_are_loaded() {
    let piece = file(b"function twice(a)\n return 2 * a\nend\n");
    let data = file(b"SET n 4\n");
    let input = format!(
        ":load {}\n:data {}\ntwice(redis.call('GET', 'n'))\n",
        path(&piece),
        path(&data)
    );
    answers(&[], &input, "8\n");
}

#[test]
fn limits_hold() {
    let (shown, _, _) = run(&["-i", "--time-limit", "20"], "while true do end\n1\n");
    assert_eq!(
        shown,
        "(error) ERR the script was ended after 20 ms, its --time-limit\n1\n"
    );
}
