//! `MEMORY DOCTOR`: what the figures mean to somebody who does not read them every day.

use crate::info::{Memory, human_bytes};

const MIB: u64 = 1 << 20;
/// Below this, any ratio is noise.
const WORTH_A_VISIT_BYTES: u64 = 5 * MIB;
/// Buffers of clients above this, on average, are no longer small change.
const CLIENT_BYTES_MAX: u64 = 200 << 10;

/// A complaint: when it applies, and what to say then.
struct Complaint {
    applies: fn(&Memory, clients: usize) -> bool,
    advice: &'static str,
}

const COMPLAINTS: &[Complaint] = &[
    Complaint {
        applies: |memory, _| memory.peak as f64 > memory.used as f64 * 1.5,
        advice: "High peak: memory use was once more than half as high again as it is now. The resident size may \
                 stay up for a while. MEMORY PURGE hands unused pages back.",
    },
    Complaint {
        applies: |memory, _| {
            memory.rss as f64 > memory.used as f64 * 1.4
                && memory.fragmentation_bytes() > 10 * MIB as i64
        },
        advice: "Low occupancy: the process holds over 1.4 times the bytes it uses. If a large data set was deleted \
                 lately this passes as new keys move in; MEMORY PURGE helps meanwhile.",
    },
    Complaint {
        applies: |memory, _| {
            let (active, used) = (memory.allocator.active, memory.allocator.allocated);
            active as f64 > used as f64 * 1.1 && active.saturating_sub(used) > 10 * MIB
        },
        advice: "Scattered blocks: pages in use have holes that add up to more than a tenth. Sizes of values that \
                 change all the time do this; a restart lays them out anew.",
    },
    Complaint {
        applies: |memory, clients| memory.clients / clients.max(1) as u64 > CLIENT_BYTES_MAX,
        advice: "Full hands: clients hold large buffers, 200 KB each and more. Look for big pipelines and slow \
                 readers in CLIENT LIST (qbuf-free, omem).",
    },
];

/// The opinion on `memory` of a server with this many keys and clients.
pub(super) fn examine(memory: &Memory, keys: usize, clients: usize) -> String {
    if memory.used < WORTH_A_VISIT_BYTES {
        let used = human_bytes(memory.used);
        return format!(
            "A server of {used} with {keys} keys? Come back when you have put on some weight.\n"
        );
    }
    let found: Vec<_> = COMPLAINTS
        .iter()
        .filter(|complaint| (complaint.applies)(memory, clients))
        .collect();
    if found.is_empty() {
        return "Memory is as fit as a fiddle made of iron. Nothing to prescribe.\n".to_owned();
    }
    let advice: Vec<_> = found.iter().map(|complaint| complaint.advice).collect();
    format!(
        "I had a look at the memory. Things to mention: {}\n\n * {}\n",
        advice.len(),
        advice.join("\n\n * ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocator::AllocatorStats;

    fn memory(used: u64, peak: u64, rss: u64) -> Memory {
        let allocator = AllocatorStats {
            allocated: used,
            active: used,
            resident: rss,
        };
        Memory {
            used,
            peak,
            startup: 0,
            tables: 0,
            clients: 0,
            rss,
            allocator,
        }
    }

    #[test]
    fn each_complaint_is_found_and_health_is_praised() {
        assert!(examine(&memory(MIB, MIB, MIB), 1, 1).contains("weight"));
        assert!(examine(&memory(100 * MIB, 100 * MIB, 110 * MIB), 1, 1).contains("fit"));
        assert!(examine(&memory(100 * MIB, 200 * MIB, 110 * MIB), 1, 1).contains("High peak"));
        assert!(examine(&memory(100 * MIB, 100 * MIB, 200 * MIB), 1, 1).contains("Low occupancy"));
        let crowded = Memory {
            clients: 10 * MIB,
            ..memory(100 * MIB, 100 * MIB, 100 * MIB)
        };
        assert!(examine(&crowded, 1, 10).contains("Full hands"));
        let scattered = AllocatorStats {
            allocated: 100 * MIB,
            active: 120 * MIB,
            resident: 120 * MIB,
        };
        let scattered = Memory {
            allocator: scattered,
            ..memory(100 * MIB, 100 * MIB, 100 * MIB)
        };
        assert!(examine(&scattered, 1, 10).contains("Scattered"));
    }
}
