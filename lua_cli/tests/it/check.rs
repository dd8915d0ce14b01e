//! `--check`.

use super::{check, run};

#[test]
fn checks_have_statuses_for_machines() {
    check(&["--check", "-e", "return KEYS[1]"], "", "", 0);
    check(
        &["--check"],
        "return 1\nprnt()",
        "-:2:1: error: '<eof>' expected near 'prnt' [syntax]\n",
        1,
    );
    let found = r#"[{"column":8,"file":"-e","line":1,"message":"'x' is not declared","rule":"global","severity":"error"}]"#;
    let words = ["--check", "--format", "json", "-e", "return x"];
    check(&words, "", &format!("{found}\n"), 1);
    let warned = "return redis.call('RANDOMKEY')";
    let (found, _, status) = run(&["--check", "-e", warned], "");
    assert!(found.contains("warning"));
    assert_eq!(status, 0);
}
