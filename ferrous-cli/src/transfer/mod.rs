//! Bulk data in and out: mass insertion and replication streams.

mod pipe;
mod rdb;
mod replica;

use std::io::{self, Read};

use anyhow::bail;
use ferrous_client::{Connection, Value};

pub(crate) use pipe::run as pipe;
pub(crate) use rdb::{run as rdb, save_snapshot};
pub(crate) use replica::run as replica;

use crate::talk;

/// How the snapshot at the head of a replication stream ends.
enum Payload {
    /// After this many bytes.
    Length(u64),
    /// With these bytes.
    UntilMark([u8; MARK_BYTES]),
}

/// Length of an end mark.
const MARK_BYTES: usize = 40;

/// Sends a REPLCONF that the server may refuse: an old one does not know it.
fn replconf(connection: &mut Connection, name: &str, value: &str) -> anyhow::Result<()> {
    talk!("sending REPLCONF {name} {value}");
    if let Value::Error(message) = connection.call(["REPLCONF", name, value])? {
        talk!(
            "REPLCONF {name} error: {}",
            String::from_utf8_lossy(&message)
        );
    }
    Ok(())
}

/// Asks for a full synchronization and reads the line that announces the snapshot.
fn synchronize(connection: &mut Connection) -> anyhow::Result<Payload> {
    connection.queue(["SYNC"]);
    connection.flush()?;
    let line = loop {
        let line = read_line(connection)?;
        // While the snapshot is made, the server sends empty lines to show that it is alive.
        if !line.is_empty() {
            break line;
        }
    };
    let Some(announcement) = line.strip_prefix("$") else {
        bail!("SYNC with master failed: {line}");
    };
    if let Some(mark) = announcement.strip_prefix("EOF:") {
        return match mark.as_bytes().try_into() {
            Ok(mark) => Ok(Payload::UntilMark(mark)),
            Err(_) => bail!("SYNC with master failed: {line}"),
        };
    }
    match announcement.parse() {
        Ok(length) => Ok(Payload::Length(length)),
        Err(_) => bail!("SYNC with master failed: {line}"),
    }
}

fn read_line(connection: &mut Connection) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        connection.read_exact(&mut byte)?;
        match byte {
            [b'\n'] => break,
            [b'\r'] => {}
            _ if line.len() == 1024 => return Err(io::Error::other("Line too long")),
            [byte] => line.push(byte),
        }
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Reads the snapshot to its end and gives its bytes, without the mark, to `sink`; returns their number.
fn read_payload(
    connection: &mut Connection,
    payload: &Payload,
    mut sink: impl FnMut(&[u8]) -> io::Result<()>,
) -> anyhow::Result<u64> {
    let mut buffer = vec![0; 64 << 10];
    let mut total = 0;
    match payload {
        Payload::Length(length) => {
            while total < *length {
                let want = buffer.len().min((*length - total) as usize);
                let read = read_some(connection, &mut buffer[..want])?;
                sink(&buffer[..read])?;
                total += read as u64;
            }
        }
        Payload::UntilMark(mark) => {
            // The last bytes are held back until it is known that they are not the mark.
            let mut held = 0;
            loop {
                let read = read_some(connection, &mut buffer[held..])?;
                let filled = held + read;
                if filled >= MARK_BYTES && buffer[filled - MARK_BYTES..filled] == *mark {
                    sink(&buffer[..filled - MARK_BYTES])?;
                    return Ok(total + (filled - MARK_BYTES) as u64);
                }
                let ready = filled.saturating_sub(MARK_BYTES);
                sink(&buffer[..ready])?;
                total += ready as u64;
                buffer.copy_within(ready..filled, 0);
                held = filled - ready;
            }
        }
    }
    Ok(total)
}

fn read_some(connection: &mut Connection, buffer: &mut [u8]) -> io::Result<usize> {
    match connection.read(buffer)? {
        0 => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the server closed the connection",
        )),
        read => Ok(read),
    }
}
