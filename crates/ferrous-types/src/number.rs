//! Stand-in: the real module replaces this file whole.
/// shim
pub fn parse_canonical_int(bytes: &[u8]) -> Option<i64> {
    let s = std::str::from_utf8(bytes).ok()?;
    let v: i64 = s.parse().ok()?;
    (v.to_string() == s).then_some(v)
}
/// shim
pub fn parse_float(bytes: &[u8]) -> Option<f64> { std::str::from_utf8(bytes).ok()?.parse().ok() }
/// shim
pub fn format_float(v: f64) -> String { format!("{v}") }
