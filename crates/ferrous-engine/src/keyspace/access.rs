//! The 24 bits in which every entry notes how it was used, for eviction and `OBJECT IDLETIME`/`FREQ`.
//!
//! The layouts are those of Redis: for LRU the second of the last access, modulo 2^24; for LFU 16 bits with the minute of
//! the last decay and 8 bits with a logarithmic counter (Morris 1978) that starts at 5.

use ferrous_types::random::Rng;

/// What the access field means, and the time that goes into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessClock {
    /// The last access.
    Lru {
        /// Seconds, modulo 2^24.
        second: u32,
    },
    /// How often.
    Lfu {
        /// Minutes, modulo 2^16.
        minute: u16,
        /// Hits that saturate the counter grow with this: `lfu-log-factor`.
        log_factor: u32,
        /// Minutes for the counter to lose one: `lfu-decay-time`.
        decay_minutes: u32,
    },
}

const LRU_MASK: u32 = (1 << 24) - 1;
/// Where a new key's counter starts, so that it is not the first to go.
const LFU_INIT: u8 = 5;

impl AccessClock {
    /// The LRU clock at `now_ms`.
    pub fn lru(now_ms: i64) -> Self {
        Self::Lru {
            second: (now_ms / 1000) as u32 & LRU_MASK,
        }
    }

    /// The LFU clock at `now_ms`.
    pub fn lfu(now_ms: i64, log_factor: u32, decay_minutes: u32) -> Self {
        Self::Lfu {
            minute: (now_ms / 60_000) as u16,
            log_factor,
            decay_minutes,
        }
    }

    /// The field of a new entry.
    pub fn initial(self) -> u32 {
        match self {
            Self::Lru { second } => second,
            Self::Lfu { minute, .. } => u32::from(minute) << 8 | u32::from(LFU_INIT),
        }
    }

    /// The field after one more access.
    #[inline]
    pub(super) fn touched(self, field: u32, random: &mut Rng) -> u32 {
        match self {
            Self::Lru { second } => second,
            Self::Lfu {
                minute, log_factor, ..
            } => {
                let counter = grown(self.frequency(field), log_factor, random);
                u32::from(minute) << 8 | u32::from(counter)
            }
        }
    }

    /// Seconds since the last access; 0 when the field holds a frequency.
    pub fn idle_seconds(self, field: u32) -> u32 {
        match self {
            Self::Lru { second } => second.wrapping_sub(field) & LRU_MASK,
            Self::Lfu { .. } => 0,
        }
    }

    /// The counter after the decay that is due; 0 when the field holds a time.
    pub fn frequency(self, field: u32) -> u8 {
        match self {
            Self::Lru { .. } => 0,
            Self::Lfu {
                minute,
                decay_minutes,
                ..
            } => {
                let elapsed = u32::from(minute.wrapping_sub((field >> 8) as u16));
                let periods = elapsed.checked_div(decay_minutes).unwrap_or(0);
                (field as u8).saturating_sub(periods.min(255) as u8)
            }
        }
    }

    /// The field of an entry that was last used `idle` seconds ago.
    pub fn idle_since(self, idle: u32) -> u32 {
        match self {
            Self::Lru { second } => second.wrapping_sub(idle) & LRU_MASK,
            Self::Lfu { .. } => self.initial(),
        }
    }

    /// The field of an entry whose counter is `frequency`.
    pub fn with_frequency(self, frequency: u8) -> u32 {
        match self {
            Self::Lru { second } => second,
            Self::Lfu { minute, .. } => u32::from(minute) << 8 | u32::from(frequency),
        }
    }
}

/// The counter after one hit: the higher it stands, the less likely it grows.
fn grown(counter: u8, log_factor: u32, random: &mut Rng) -> u8 {
    let base = counter.saturating_sub(LFU_INIT);
    let odds = u64::from(base) * u64::from(log_factor) + 1;
    if counter < u8::MAX && random.below(odds) == 0 {
        counter + 1
    } else {
        counter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_survives_the_clock_wrapping() {
        let clock = AccessClock::Lru { second: 3 };
        assert_eq!(clock.idle_seconds(LRU_MASK - 1), 5);
        assert_eq!(clock.idle_seconds(clock.idle_since(100)), 100);
    }

    #[test]
    fn frequency_grows_with_use_and_decays_with_time() {
        let mut random = Rng::new(1);
        let clock = AccessClock::lfu(60_000 * 1000, 10, 1);
        let mut field = clock.initial();
        for _ in 0..1000 {
            field = clock.touched(field, &mut random);
        }
        let grown = clock.frequency(field);
        assert!((10..60).contains(&grown), "{grown}");
        let later = AccessClock::lfu(60_000 * 1004, 10, 1);
        assert_eq!(later.frequency(field), grown - 4);
    }
}
