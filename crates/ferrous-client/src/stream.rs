//! The byte stream under a connection: TCP, Unix socket or TLS.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};

use crate::{Address, ClientError, Target, tls};

/// An open stream to a server.
#[derive(Debug)]
pub(crate) enum Stream {
    /// Plain TCP.
    Tcp(TcpStream),
    /// Unix domain socket.
    Unix(UnixStream),
    /// TLS over TCP.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Opens the stream and, with TLS, completes the handshake.
    pub(crate) fn open(target: &Target) -> Result<Self, ClientError> {
        match &target.address {
            Address::Unix(path) => UnixStream::connect(path)
                .map(Self::Unix)
                .map_err(ClientError::Connect),
            Address::Tcp { host, port } => {
                let tcp = connect_tcp(host, *port, target).map_err(ClientError::Connect)?;
                match &target.tls {
                    None => Ok(Self::Tcp(tcp)),
                    Some(options) => handshake(tls::start(options, host)?, tcp),
                }
            }
        }
    }

    /// Sets how long a read may wait; `None` waits for ever.
    pub(crate) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Tcp(tcp) => tcp.set_read_timeout(timeout),
            Self::Unix(unix) => unix.set_read_timeout(timeout),
            Self::Tls(tls) => tls.sock.set_read_timeout(timeout),
        }
    }

    /// With `true`, reads and writes return `WouldBlock` instead of waiting.
    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        match self {
            Self::Tcp(tcp) => tcp.set_nonblocking(nonblocking),
            Self::Unix(unix) => unix.set_nonblocking(nonblocking),
            Self::Tls(tls) => tls.sock.set_nonblocking(nonblocking),
        }
    }

    /// True when bytes are at hand inside the TLS layer, which polling the socket cannot see.
    pub(crate) fn has_decrypted(&mut self) -> bool {
        match self {
            Self::Tcp(_) | Self::Unix(_) => false,
            Self::Tls(tls) => tls
                .conn
                .process_new_packets()
                .is_ok_and(|state| state.plaintext_bytes_to_read() > 0),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(tcp) => tcp.read(buffer),
            Self::Unix(unix) => unix.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(tcp) => tcp.write(bytes),
            Self::Unix(unix) => unix.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(_) | Self::Unix(_) => Ok(()),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(tcp) => tcp.as_fd(),
            Self::Unix(unix) => unix.as_fd(),
            Self::Tls(tls) => tls.sock.as_fd(),
        }
    }
}

/// Connects to the first address of `host` that accepts.
fn connect_tcp(host: &str, port: u16, target: &Target) -> io::Result<TcpStream> {
    let wanted = |address: &SocketAddr| target.family.admits(address);
    let mut last = io::Error::new(io::ErrorKind::NotFound, "No address of the wanted family");
    for address in (host, port).to_socket_addrs()?.filter(wanted) {
        let connected = match target.connect_timeout {
            Some(timeout) => TcpStream::connect_timeout(&address, timeout),
            None => TcpStream::connect(address),
        };
        match connected {
            Ok(tcp) => {
                tcp.set_nodelay(true)?;
                return Ok(tcp);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn handshake(connection: ClientConnection, tcp: TcpStream) -> Result<Stream, ClientError> {
    let mut tls = StreamOwned::new(connection, tcp);
    while tls.conn.is_handshaking() {
        tls.conn
            .complete_io(&mut tls.sock)
            .map_err(|error| tls::handshake_error(&error))?;
    }
    Ok(Stream::Tls(Box::new(tls)))
}
