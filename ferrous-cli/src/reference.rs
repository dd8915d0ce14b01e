//! `docs/CLI.md`: the parts of it that are made of the tables must be fresh.

use crate::options::flag_rows;
use crate::repl::{colon_rows, setting_rows};

/// Puts `text` between the marks of `part`, in place of what stands there.
fn replace_part(page: &str, part: &str, text: &str) -> String {
    let (start, end) = (
        format!("<!-- {part} -->\n"),
        format!("<!-- end of {part} -->"),
    );
    let (before, rest) = page.split_once(&start).expect("the page has the mark");
    let (_, after) = rest.split_once(&end).expect("the page has the end mark");
    format!("{before}{start}\n{text}\n{end}{after}")
}

fn table(head: [&str; 2], rows: impl IntoIterator<Item = (String, String)>) -> String {
    let mut text = format!("| {} | {} |\n| --- | --- |\n", head[0], head[1]);
    for (left, right) in rows {
        let right = right
            .replace('|', "\\|")
            .replace('<', "\\<")
            .replace('*', "\\*");
        crate::append!(text, "| `{}` | {right} |\n", left.replace('|', "\\|"));
    }
    text
}

fn flags() -> String {
    let mut text = String::new();
    for (title, rows) in flag_rows() {
        crate::append!(
            text,
            "### {title}\n\n{}\n",
            table(["flag", "meaning"], rows)
        );
    }
    text.trim_end().to_owned() + "\n"
}

fn owned(rows: impl IntoIterator<Item = (&'static str, &'static str)>) -> Vec<(String, String)> {
    let own = |(left, right): (&str, &str)| (left.to_owned(), right.to_owned());
    rows.into_iter().map(own).collect()
}

/// `FERROUS_BLESS=1 cargo test` writes the generated parts anew.
#[test]
fn the_page_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/CLI.md");
    let page = std::fs::read_to_string(path).expect("docs/CLI.md can be read");
    let fresh = [
        ("flags", flags()),
        (
            "colon commands",
            table(["command", "meaning"], owned(colon_rows())),
        ),
        (
            "settings",
            table(["setting", "meaning"], owned(setting_rows())),
        ),
    ]
    .iter()
    .fold(page.clone(), |page, (part, text)| {
        replace_part(&page, part, text)
    });
    if std::env::var_os("FERROUS_BLESS").is_some() {
        std::fs::write(path, &fresh).expect("docs/ can be written");
    } else {
        assert!(
            page == fresh,
            "docs/CLI.md is not fresh: run the tests with FERROUS_BLESS=1"
        );
    }
}
