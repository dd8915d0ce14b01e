//! The hash slot of a key, as the Redis Cluster specification defines it: CRC16 of the hash tag,
//! modulo 16384. The CRC is the XMODEM one: polynomial 0x1021, most significant bit first, from 0.

/// The number of hash slots.
pub const SLOTS: u16 = 16_384;

const POLYNOMIAL: u16 = 0x1021;

/// The hash slot of a key. O(length), about 6 ns for 16 bytes.
#[inline]
pub fn key_slot(key: &[u8]) -> u16 {
    crc16(hash_tag(key)) % SLOTS
}

/// The part of a key that decides its slot: what is between the first `{` and the next `}`, if that
/// is not empty, else the whole key.
#[inline]
pub fn hash_tag(key: &[u8]) -> &[u8] {
    if has_brace(key) { marked_tag(key) } else { key }
}

/// True when there is a `{` in the key, which is seldom: to look for that alone, eight bytes at a time, is quicker than
/// to ask where.
#[inline]
fn has_brace(key: &[u8]) -> bool {
    const LOW_BITS: u64 = u64::from_le_bytes([1; 8]);
    const BRACES: u64 = u64::from_le_bytes([b'{'; 8]);
    let (words, tail) = key.as_chunks::<8>();
    let found = words.iter().fold(0, |found, word| {
        let differing = u64::from_le_bytes(*word) ^ BRACES;
        // The high bit of a byte comes out set when the byte is 0, or a lower one is.
        found | (differing.wrapping_sub(LOW_BITS) & !differing)
    });
    found & (LOW_BITS << 7) != 0 || tail.contains(&b'{')
}

/// The hash tag of a key in which there is a `{`.
fn marked_tag(key: &[u8]) -> &[u8] {
    let Some(open) = memchr::memchr(b'{', key) else {
        return key;
    };
    let inside = &key[open + 1..];
    match memchr::memchr(b'}', inside) {
        None | Some(0) => key,
        Some(close) => &inside[..close],
    }
}

/// The CRC16 of `bytes`, eight at a time.
pub fn crc16(bytes: &[u8]) -> u16 {
    let (chunks, tail) = bytes.as_chunks::<8>();
    let crc = chunks.iter().fold(0, |crc: u16, chunk| {
        let [high, low] = crc.to_be_bytes();
        let mut chunk = *chunk;
        chunk[0] ^= high;
        chunk[1] ^= low;
        // The CRC is linear: each byte contributes its own CRC, moved on by the bytes behind it.
        chunk
            .iter()
            .zip(&TABLES)
            .fold(0, |crc, (byte, table)| crc ^ table[usize::from(*byte)])
    });
    tail.iter().fold(crc, |crc, byte| {
        let [high, low] = crc.to_be_bytes();
        u16::from(low) << 8 ^ TABLES[7][usize::from(high ^ byte)]
    })
}

/// In row `n` the CRC of each byte with `7 - n` zero bytes behind it.
static TABLES: [[u16; 256]; 8] = tables();

const fn tables() -> [[u16; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u16) << 8;
        let mut row = 8;
        while row > 0 {
            row -= 1;
            crc = shift_byte(crc);
            tables[row][byte] = crc;
        }
        byte += 1;
    }
    tables
}

/// Moves a CRC on by one zero byte.
const fn shift_byte(mut crc: u16) -> u16 {
    let mut bit = 0;
    while bit < 8 {
        crc = if crc & 0x8000 == 0 {
            crc << 1
        } else {
            crc << 1 ^ POLYNOMIAL
        };
        bit += 1;
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_is_that_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(crc16(b""), 0);
    }

    #[test]
    fn eight_at_a_time_agrees_with_bit_by_bit() {
        let bytes: Vec<u8> = (0..200_u8).map(|byte| byte.wrapping_mul(37)).collect();
        for len in 0..bytes.len() {
            let simple = bytes[..len]
                .iter()
                .fold(0, |crc, byte| shift_byte(crc ^ u16::from(*byte) << 8));
            assert_eq!(crc16(&bytes[..len]), simple, "length {len}");
        }
    }

    #[test]
    fn hash_tags_decide_the_slot() {
        assert_eq!(key_slot(b"foo"), 12_182);
        assert_eq!(
            key_slot(b"{user1000}.following"),
            key_slot(b"{user1000}.followers")
        );
        for (key, tag) in [
            ("foo{}{bar}", "foo{}{bar}"),
            ("foo{{bar}}zap", "{bar"),
            ("foo{bar}{zap}", "bar"),
            ("foo{bar", "foo{bar"),
            ("}{a}", "a"),
            ("eight or more {a}", "a"),
            ("{behind eight}", "behind eight"),
            ("||||||||||zzzz[[", "||||||||||zzzz[["),
        ] {
            assert_eq!(hash_tag(key.as_bytes()), tag.as_bytes());
        }
    }
}
