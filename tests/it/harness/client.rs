//! One connection, driven byte by byte.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::reply::Reply;
use super::wait::PATIENCE;
use super::words;

/// A connection to a server.
///
/// It waits for a reply as long as [`PATIENCE`] says, then fails the test.
pub(crate) struct Client {
    stream: BufReader<Stream>,
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Client {
    /// Connects to a port of this machine.
    pub(crate) fn tcp(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: BufReader::new(Stream::Tcp(stream)),
        })
    }

    /// Connects to a socket in the file system.
    pub(crate) fn unix(path: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: BufReader::new(Stream::Unix(stream)),
        })
    }

    /// Sends bytes as they are.
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Sends one command.
    #[track_caller]
    pub(crate) fn send(&mut self, line: &str) {
        self.send_raw(&frame(&words(line)))
            .unwrap_or_else(|error| panic!("sending {line:?}: {error}"));
    }

    /// Reads one reply.
    #[track_caller]
    pub(crate) fn read(&mut self) -> Reply {
        Reply::read(&mut self.stream).unwrap_or_else(|error| panic!("reading a reply: {error}"))
    }

    /// Sends one command and reads its reply.
    #[track_caller]
    pub(crate) fn run(&mut self, line: &str) -> Reply {
        self.try_run(&words(line))
            .unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    /// Sends the words of one command and reads its reply, or says why not.
    pub(crate) fn try_run<A: AsRef<[u8]>>(&mut self, argv: &[A]) -> io::Result<Reply> {
        self.send_raw(&frame(argv))?;
        Reply::read(&mut self.stream)
    }

    /// Sends several commands at once, then reads all their replies.
    pub(crate) fn pipeline<A: AsRef<[u8]>>(
        &mut self,
        commands: &[Vec<A>],
    ) -> io::Result<Vec<Reply>> {
        let request: Vec<u8> = commands.iter().flat_map(|argv| frame(argv)).collect();
        self.send_raw(&request)?;
        commands
            .iter()
            .map(|_| Reply::read(&mut self.stream))
            .collect()
    }

    /// Sends one command and compares its reply with `expected`, in the notation of [`Reply`].
    #[track_caller]
    pub(crate) fn check(&mut self, line: &str, expected: &str) {
        let reply = self.run(line).to_string();
        assert!(
            reply == expected,
            "{line}\n     got {reply}\nexpected {expected}"
        );
    }

    /// Says that no more will be sent.
    pub(crate) fn finish_sending(&mut self) {
        let ended = match self.stream.get_ref() {
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Stream::Unix(stream) => stream.shutdown(Shutdown::Write),
        };
        // The server may have closed first; what it said is still to be read.
        let _ = ended;
    }

    /// Everything that comes until the server closes the connection; a reset counts as closing.
    pub(crate) fn read_to_close(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.stream.read_to_end(&mut bytes) {
            Err(error) if error.kind() != io::ErrorKind::ConnectionReset => {
                panic!(
                    "the server kept the connection open: {error} after {:?}",
                    bytes.escape_ascii().to_string()
                )
            }
            _ => bytes,
        }
    }

    /// True once the server has closed the connection, which it must do without saying anything more.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.read_to_close().is_empty()
    }
}

/// A command as the wire wants it.
fn frame<A: AsRef<[u8]>>(argv: &[A]) -> Vec<u8> {
    let mut frame = format!("*{}\r\n", argv.len()).into_bytes();
    for arg in argv.iter().map(AsRef::as_ref) {
        frame.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        frame.extend_from_slice(arg);
        frame.extend_from_slice(b"\r\n");
    }
    frame
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
