//! `--profile`.

use super::run;

#[test]
fn lines_are_counted() {
    let script =
        "local n = 0\nfor i = 1, 100 do\n  n = n + redis.call('INCR', KEYS[1])\nend\nreturn n";
    let (reply, report, _) = run(&["--profile", "-e", script, "k"], "");
    assert_eq!(reply, "(integer) 5050\n");
    let first = report.lines().nth(2).unwrap();
    let words: Vec<_> = first.split_whitespace().collect();
    assert_eq!(&words[3..5], ["100", "100"], "{report}");
    assert!(
        first.ends_with("3      n = n + redis.call('INCR', KEYS[1])"),
        "{report}"
    );
    assert!(report.contains("and 100 calls of commands"), "{report}");
}
