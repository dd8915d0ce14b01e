//! What Linux tells of a process or thread in `/proc/…/stat`.

use std::fs;

/// Times in seconds, memory in bytes. All zero where the system tells nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ProcStat {
    /// Processor time in user mode.
    pub(super) user_s: f64,
    /// Processor time in the kernel.
    pub(super) system_s: f64,
    /// The same, of children that have ended.
    pub(super) children_user_s: f64,
    /// The same, of children that have ended.
    pub(super) children_system_s: f64,
    /// Memory that is resident.
    pub(super) rss_bytes: u64,
}

impl ProcStat {
    /// Of the whole process.
    pub(crate) fn of_process() -> Self {
        Self::read("/proc/self/stat")
    }

    /// Of its first thread.
    pub(super) fn of_main_thread() -> Self {
        Self::read(&format!("/proc/self/task/{}/stat", std::process::id()))
    }

    fn read(path: &str) -> Self {
        let ticks_per_s = rustix::param::clock_ticks_per_second() as f64;
        let text = fs::read_to_string(path).unwrap_or_default();
        Self::parse(&text, ticks_per_s, rustix::param::page_size() as u64).unwrap_or_default()
    }

    /// Fields by the numbers that proc(5) gives them; the second, a name in parentheses, may hold anything.
    fn parse(text: &str, ticks_per_s: f64, page_bytes: u64) -> Option<Self> {
        let (_, behind_name) = text.rsplit_once(')')?;
        let fields: Vec<&str> = behind_name.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        let seconds = |number: usize| Some(field(number)? as f64 / ticks_per_s);
        Some(Self {
            user_s: seconds(14)?,
            system_s: seconds(15)?,
            children_user_s: seconds(16)?,
            children_system_s: seconds(17)?,
            rss_bytes: field(24)? * page_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_manual() {
        let text = "7 (a) b) S 1 7 7 0 -1 4194304 500 0 0 0 250 125 50 25 20 0 4 0 99 1000000 321 18446744073709551615";
        let expected = ProcStat {
            user_s: 2.5,
            system_s: 1.25,
            children_user_s: 0.5,
            children_system_s: 0.25,
            rss_bytes: 321 * 4096,
        };
        assert_eq!(ProcStat::parse(text, 100.0, 4096), Some(expected));
        assert_eq!(ProcStat::parse("7 (a) S 1", 100.0, 4096), None);
    }
}
