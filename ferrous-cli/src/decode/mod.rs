//! Values as what they hold: JSON, `MessagePack`, compressed data, bytes.

mod msgpack;

use std::io::Read;

use ferrous_client::Value;
use flate2::read::GzDecoder;

/// Most bytes that compressed data may grow to: a view for people needs no more.
const INFLATED_BYTES_MAX: u64 = 64 << 20;

/// A way to look at a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decoder {
    /// Whatever fits.
    Auto,
    Json,
    MessagePack,
    Gzip,
    Zstd,
    Hex,
}

const NAMES: [(Decoder, &str); 6] = [
    (Decoder::Auto, "auto"),
    (Decoder::Json, "json"),
    (Decoder::MessagePack, "msgpack"),
    (Decoder::Gzip, "gzip"),
    (Decoder::Zstd, "zstd"),
    (Decoder::Hex, "hex"),
];

impl Decoder {
    /// The decoder of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(_, other)| *other == name)
            .map(|(decoder, _)| *decoder)
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(decoder, _)| *decoder == self)
            .map_or("", |(_, name)| name)
    }

    /// The view of a reply, ending with a line end; `None` when it is not of this kind.
    pub(crate) fn decode(self, reply: &Value) -> Option<Vec<u8>> {
        let Value::Bulk(bytes) = reply else {
            return None;
        };
        let mut text = self.decode_bytes(bytes)?;
        text.push(b'\n');
        Some(text)
    }

    fn decode_bytes(self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Json => pretty(&serde_json::from_slice(bytes).ok()?),
            Self::MessagePack => pretty(&msgpack::decode(bytes)?),
            Self::Gzip => inflate(GzDecoder::new(bytes)),
            Self::Zstd => inflate(zstd::Decoder::new(bytes).ok()?),
            Self::Hex => Some(hex_dump(bytes)),
            Self::Auto => match bytes {
                [0x1f, 0x8b, ..] => Self::Gzip.decode_inner(bytes),
                [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd.decode_inner(bytes),
                [b'{' | b'[', ..] => Self::Json.decode_bytes(bytes),
                // Only an array or a map is surely MessagePack: any byte is some value of it.
                [0x80..=0x9f | 0xdc..=0xdf, ..] => Self::MessagePack.decode_bytes(bytes),
                _ => None,
            },
        }
    }

    /// Unpacks, then looks at what was packed.
    fn decode_inner(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let inner = self.decode_bytes(bytes)?;
        Some(Self::Json.decode_bytes(&inner).unwrap_or(inner))
    }
}

fn pretty(value: &serde_json::Value) -> Option<Vec<u8>> {
    serde_json::to_vec_pretty(value).ok()
}

fn inflate(packed: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    packed
        .take(INFLATED_BYTES_MAX)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

/// Two hexadecimal digits for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        crate::append!(digits, "{byte:02x}");
    }
    digits
}

/// Offset, sixteen bytes, their characters.
fn hex_dump(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.chunks(16).enumerate().map(|(index, chunk)| {
        let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = chunk
            .iter()
            .map(|&byte| {
                if (0x20..0x7f).contains(&byte) {
                    char::from(byte)
                } else {
                    '.'
                }
            })
            .collect();
        format!("{:08x}  {:<47}  |{text}|", index * 16, hex.join(" "))
    });
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(decoder: Decoder, bytes: &[u8], expected: Option<&str>) {
        let text = decoder.decode(&Value::Bulk(bytes.to_vec()));
        assert_eq!(
            text.map(|text| String::from_utf8(text).unwrap()).as_deref(),
            expected
        );
    }

    #[test]
    fn views_of_values() {
        check(Decoder::Json, b"{\"a\":1}", Some("{\n  \"a\": 1\n}\n"));
        check(
            Decoder::Auto,
            b"\x82\xa1a\x01\xa1b\xc0",
            Some("{\n  \"a\": 1,\n  \"b\": null\n}\n"),
        );
        check(Decoder::Auto, b"plain", None);
        check(
            Decoder::Hex,
            b"ab\0",
            Some("00000000  61 62 00                                         |ab.|\n"),
        );
        check(Decoder::Gzip, b"not gzip", None);
    }

    #[test]
    fn packed_json_is_unpacked_and_shown() {
        let packed = zstd::encode_all(&b"[1]"[..], 0).unwrap();
        check(Decoder::Auto, &packed, Some("[\n  1\n]\n"));
    }
}
