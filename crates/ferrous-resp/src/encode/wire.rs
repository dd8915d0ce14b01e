//! Lengths, numbers and strings on the wire; commands.

/// Appends a command as clients send it, and as append-only files and replication streams hold it.
///
/// ```
/// let mut out = Vec::new();
/// ferrous_resp::encode_command(&mut out, ["GET", "key"]);
/// assert_eq!(out, b"*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
/// ```
pub fn encode_command<I>(out: &mut Vec<u8>, arguments: I)
where
    I: IntoIterator<IntoIter: ExactSizeIterator, Item: AsRef<[u8]>>,
{
    let arguments = arguments.into_iter();
    push_header(out, b'*', arguments.len());
    for argument in arguments {
        push_string(out, b'$', argument.as_ref());
    }
}

/// Appends a string of any bytes behind its length.
#[inline]
pub(super) fn push_string(out: &mut Vec<u8>, sigil: u8, text: &[u8]) {
    // A header has at most 23 bytes; asking once spares the appends their own growth.
    out.reserve(text.len() + 25);
    push_header(out, sigil, text.len());
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

/// Appends a first byte, a number and a line end; most numbers have one or two digits.
#[inline]
pub(super) fn push_header(out: &mut Vec<u8>, sigil: u8, number: usize) {
    let digit = |value: usize| b'0' + value as u8;
    match number {
        0..10 => out.extend_from_slice(&[sigil, digit(number), b'\r', b'\n']),
        10..100 => {
            out.extend_from_slice(&[sigil, digit(number / 10), digit(number % 10), b'\r', b'\n']);
        }
        _ => {
            out.push(sigil);
            out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}
