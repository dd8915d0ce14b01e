//! HyperLogLog: how many different elements were seen, within 0.81 %, in at most 12 KiB.
//!
//! A HyperLogLog is a string value, so these are functions over its bytes, which are those of Redis,
//! bit for bit:
//!
//! ```text
//! 0      4          5       8                    16
//! +------+----------+-------+--------------------+------------------------------+
//! | HYLL | encoding | 0 0 0 | cached cardinality | 16384 registers              |
//! |      | 0 or 1   |       | u64 little-endian  | as `dense` or `sparse` says  |
//! +------+----------+-------+--------------------+------------------------------+
//! ```
//!
//! The highest bit of the cached cardinality says that it is stale. Each element hashes to a register
//! and a run of zero bits; a register keeps the longest run it saw. A new value is sparse, and becomes
//! dense when it outgrows `hll-sparse-max-bytes` or a run outgrows what the sparse form can say.
//!
//! The bytes may come from a client's `SET`: every function checks what it reads and answers
//! [`Corrupted`] rather than believing it.

mod dense;
mod estimate;
mod murmur;
mod sparse;

pub use self::estimate::Registers;
pub use self::sparse::{Run, Runs};

/// Registers of every HyperLogLog.
pub const REGISTERS: usize = 1 << INDEX_BITS;

/// Bits of the hash that choose the register.
const INDEX_BITS: u32 = 14;

/// Bits of the hash whose trailing zeros are counted.
const RUN_BITS: u32 = u64::BITS - INDEX_BITS;

/// Bytes before the registers.
const HEADER_BYTES: usize = 16;

const MAGIC: &[u8; 4] = b"HYLL";
const ENCODING: usize = 4;
const DENSE: u8 = 0;
const SPARSE: u8 = 1;

/// Where the cached cardinality is, and the bit of its last byte that says it is stale.
const CACHE: std::ops::Range<usize> = 8..16;
const STALE: u8 = 0x80;

/// The bytes are not those of a HyperLogLog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Corrupted HLL object detected")]
pub struct Corrupted;

/// How the registers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Six bits for each register.
    Dense,
    /// Runs of registers with the same value.
    Sparse,
}

/// A HyperLogLog that has seen nothing, in sparse form, with a valid cached cardinality of 0.
pub fn empty() -> Vec<u8> {
    let mut hll = vec![0; HEADER_BYTES];
    hll[..MAGIC.len()].copy_from_slice(MAGIC);
    hll[ENCODING] = SPARSE;
    sparse::push_zeros(&mut hll, REGISTERS);
    hll
}

/// The encoding that the header tells, or `None` when this is no HyperLogLog.
///
/// That is all that commands check before they work on a string. The runs of a sparse one may still
/// prove to be corrupted. O(1).
pub fn encoding(hll: &[u8]) -> Option<Encoding> {
    if hll.len() < HEADER_BYTES || !hll.starts_with(MAGIC) {
        return None;
    }
    match hll[ENCODING] {
        DENSE if hll.len() == HEADER_BYTES + dense::BYTES => Some(Encoding::Dense),
        SPARSE => Some(Encoding::Sparse),
        _ => None,
    }
}

/// Adds an element; true when that changed a register. The cached cardinality is stale then.
///
/// O(1) when dense, O(`sparse_max_bytes`) when sparse.
///
/// # Errors
/// [`Corrupted`], and nothing changed.
pub fn add(hll: &mut Vec<u8>, element: &[u8], sparse_max_bytes: usize) -> Result<bool, Corrupted> {
    let (register, value) = observe(element);
    let changed = raise(hll, register, value, sparse_max_bytes)?;
    if changed {
        mark_stale(hll);
    }
    Ok(changed)
}

/// As [`add`], to a HyperLogLog in dense form, which keeps its length. O(1).
///
/// # Errors
/// [`Corrupted`] when it is in another form, and nothing changed.
pub fn add_dense(hll: &mut [u8], element: &[u8]) -> Result<bool, Corrupted> {
    if encoding(hll) != Some(Encoding::Dense) {
        return Err(Corrupted);
    }
    let (register, value) = observe(element);
    let changed = dense::raise(&mut hll[HEADER_BYTES..], register, value);
    if changed {
        mark_stale(hll);
    }
    Ok(changed)
}

/// Marks the cached cardinality as stale, as `PFADD` does to a value it creates.
pub fn mark_stale(hll: &mut [u8]) {
    if let Some(last) = hll.get_mut(CACHE.end - 1) {
        *last |= STALE;
    }
}

/// The cached cardinality, unless it is stale.
pub fn cached_count(hll: &[u8]) -> Option<u64> {
    let cache = hll.get(CACHE)?.try_into().ok()?;
    let count = u64::from_le_bytes(cache);
    (count >> 63 == 0).then_some(count)
}

/// Caches the cardinality that [`count`] has computed.
pub fn cache_count(hll: &mut [u8], count: u64) {
    if let Some(cache) = hll.get_mut(CACHE) {
        cache.copy_from_slice(&count.to_le_bytes());
    }
}

/// Estimates the number of different elements added, without using the cache. O(registers).
///
/// # Errors
/// [`Corrupted`].
pub fn count(hll: &[u8]) -> Result<u64, Corrupted> {
    let histogram = match encoding(hll).ok_or(Corrupted)? {
        Encoding::Dense => dense::histogram(&hll[HEADER_BYTES..]),
        Encoding::Sparse => sparse::histogram(&hll[HEADER_BYTES..])?,
    };
    Ok(estimate::cardinality(&histogram))
}

/// Brings the value into dense form, keeping the cached cardinality. O(registers).
///
/// # Errors
/// [`Corrupted`], and nothing changed.
pub fn make_dense(hll: &mut Vec<u8>) -> Result<(), Corrupted> {
    if encoding(hll).ok_or(Corrupted)? == Encoding::Dense {
        return Ok(());
    }
    let mut registers = vec![0; dense::BYTES];
    let mut at = 0;
    for run in runs(hll) {
        let run = run?;
        for register in at..at + run.len {
            dense::set(&mut registers, register, run.value);
        }
        at += run.len;
    }
    hll.truncate(HEADER_BYTES);
    hll[ENCODING] = DENSE;
    hll.append(&mut registers);
    Ok(())
}

/// The runs of a sparse HyperLogLog, as `PFDEBUG DECODE` shows them; together they cover all
/// registers, or the last item is [`Corrupted`].
pub fn runs(hll: &[u8]) -> Runs<'_> {
    Runs::new(hll.get(HEADER_BYTES..).unwrap_or_default())
}

/// Raises each register to at least that of `registers`, as `PFMERGE` does to its destination.
///
/// # Errors
/// [`Corrupted`]; some registers may have been raised by then.
pub fn merge(
    hll: &mut Vec<u8>,
    registers: &Registers,
    sparse_max_bytes: usize,
) -> Result<(), Corrupted> {
    for (register, &value) in registers.values().iter().enumerate() {
        if value > 0 {
            raise(hll, register, value, sparse_max_bytes)?;
        }
    }
    mark_stale(hll);
    Ok(())
}

/// Raises a register to at least `value`; true when it was lower.
fn raise(
    hll: &mut Vec<u8>,
    register: usize,
    value: u8,
    sparse_max_bytes: usize,
) -> Result<bool, Corrupted> {
    if encoding(hll).ok_or(Corrupted)? == Encoding::Sparse {
        match sparse::raise(hll, HEADER_BYTES, register, value, sparse_max_bytes)? {
            sparse::Raised::Yes => return Ok(true),
            sparse::Raised::No => return Ok(false),
            sparse::Raised::TooBig => make_dense(hll)?,
        }
    }
    Ok(dense::raise(&mut hll[HEADER_BYTES..], register, value))
}

/// The register that an element belongs to, and the length of its run: 1 to 51.
fn observe(element: &[u8]) -> (usize, u8) {
    let hash = murmur::hash(element);
    let register = hash as usize & (REGISTERS - 1);
    // The bit above the counted ones ends every run.
    let run = (hash >> INDEX_BITS | 1 << RUN_BITS).trailing_zeros() + 1;
    (register, run as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPARSE_MAX_BYTES: usize = 3000;

    fn filled(n: u32) -> Vec<u8> {
        let mut hll = empty();
        for number in 0..n {
            add(&mut hll, number.to_string().as_bytes(), SPARSE_MAX_BYTES).unwrap();
        }
        hll
    }

    fn registers(hll: &[u8]) -> Registers {
        let mut registers = Registers::new();
        registers.absorb(hll).unwrap();
        registers
    }

    #[test]
    fn a_new_value_is_one_run_of_zeros() {
        assert_eq!(empty(), b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff");
        assert_eq!(cached_count(&empty()), Some(0));
        assert_eq!(count(&empty()), Ok(0));
    }

    #[test]
    fn both_forms_hold_the_same_registers() {
        for n in [0, 1, 100, 1000] {
            let sparse = filled(n);
            let mut dense = sparse.clone();
            make_dense(&mut dense).unwrap();
            assert_eq!(encoding(&sparse), Some(Encoding::Sparse));
            assert_eq!(encoding(&dense), Some(Encoding::Dense));
            assert_eq!(registers(&sparse).values(), registers(&dense).values());
            assert_eq!(count(&sparse), count(&dense));
        }
    }

    #[test]
    fn the_estimate_is_close() {
        for n in [10, 1000, 50_000] {
            let count = count(&filled(n)).unwrap() as f64;
            assert!((count / f64::from(n) - 1.0).abs() < 0.02, "{n}: {count}");
        }
    }

    #[test]
    fn merging_is_seeing_what_both_saw() {
        let mut merged = filled(50);
        merge(&mut merged, &registers(&filled(900)), SPARSE_MAX_BYTES).unwrap();
        assert_eq!(
            registers(&merged).values(),
            registers(&filled(900)).values()
        );
        assert_eq!(registers(&merged).count(), count(&filled(900)).unwrap());
        assert_eq!(cached_count(&merged), None);
    }

    #[test]
    fn adding_makes_the_cache_stale_and_caching_makes_it_valid() {
        let mut hll = empty();
        assert_eq!(add(&mut hll, b"a", SPARSE_MAX_BYTES), Ok(true));
        assert_eq!(cached_count(&hll), None);
        cache_count(&mut hll, 1);
        assert_eq!(add(&mut hll, b"a", SPARSE_MAX_BYTES), Ok(false));
        assert_eq!(cached_count(&hll), Some(1));
    }

    #[test]
    fn headers_that_lie_are_refused() {
        let mut short_dense = empty();
        short_dense[ENCODING] = DENSE;
        for bytes in [
            &b""[..],
            b"HYLL\x01",
            b"HYLX\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff",
            &short_dense,
        ] {
            assert_eq!(encoding(bytes), None);
            assert_eq!(count(bytes), Err(Corrupted));
            assert_eq!(make_dense(&mut bytes.to_vec()), Err(Corrupted));
            assert_eq!(
                add(&mut bytes.to_vec(), b"a", SPARSE_MAX_BYTES),
                Err(Corrupted)
            );
        }
    }

    #[test]
    fn runs_past_the_last_register_are_refused() {
        // One register too many, one too few, cut inside an opcode, and runs that wrapped 16-bit
        // counters in older servers.
        let tails: [&[u8]; 5] = [
            b"\x7f\xff\x00",
            b"\x7f\xfe",
            b"\x7f\xfe\x7f",
            b"",
            &[0x7f, 0xff].repeat(40_000),
        ];
        for tail in tails {
            let mut hll = empty();
            hll.truncate(HEADER_BYTES);
            hll.extend_from_slice(tail);
            let before = hll.clone();
            assert_eq!(count(&hll), Err(Corrupted));
            assert_eq!(Registers::new().absorb(&hll), Err(Corrupted));
            assert_eq!(make_dense(&mut hll), Err(Corrupted));
            assert_eq!(hll, before);
        }
    }
}
