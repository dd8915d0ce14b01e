//! The text of the script that is debugged, its breakpoints, and where it is.

/// A script's lines.
pub(super) struct Listing {
    lines: Vec<String>,
    breakpoints: Vec<u32>,
    /// The line that runs next.
    pub(super) current: u32,
}

/// As many breakpoints as released servers have room for.
const BREAKPOINTS_MAX: usize = 64;

impl Listing {
    pub(super) fn new(script: &[u8]) -> Self {
        let text = String::from_utf8_lossy(script);
        Self {
            lines: text.lines().map(str::to_owned).collect(),
            breakpoints: Vec::new(),
            current: 1,
        }
    }

    pub(super) fn is_breakpoint(&self, line: u32) -> bool {
        self.breakpoints.contains(&line)
    }

    pub(super) fn has_line(&self, line: u32) -> bool {
        line >= 1 && line as usize <= self.lines.len()
    }

    /// Halts there from now on; false when there are too many.
    pub(super) fn add(&mut self, line: u32) -> bool {
        let fits = self.breakpoints.len() < BREAKPOINTS_MAX;
        if fits && !self.is_breakpoint(line) {
            self.breakpoints.push(line);
        }
        fits
    }

    /// Halts there no longer; false when it did not.
    pub(super) fn remove(&mut self, line: u32) -> bool {
        let before = self.breakpoints.len();
        self.breakpoints.retain(|known| *known != line);
        self.breakpoints.len() < before
    }

    pub(super) fn remove_all(&mut self) {
        self.breakpoints.clear();
    }

    pub(super) fn breakpoints(&self) -> &[u32] {
        &self.breakpoints
    }

    /// A line, marked when it is the current one and when it has a breakpoint.
    pub(super) fn line(&self, line: u32) -> String {
        let arrow = if line == self.current { "->" } else { "  " };
        let mark = if self.is_breakpoint(line) { '#' } else { ' ' };
        let text = self.lines.get(line as usize - 1);
        format!("{arrow}{mark}{line:<3} {}", text.map_or("", String::as_str))
    }

    /// A line with so many others before and after it.
    pub(super) fn around(&self, line: u32, context: u32) -> String {
        let last = self.lines.len() as u32;
        let from = line.saturating_sub(context).max(1);
        let lines = from..=line.saturating_add(context).min(last);
        let lines: Vec<_> = lines.map(|line| self.line(line)).collect();
        lines.join("\n")
    }
}
