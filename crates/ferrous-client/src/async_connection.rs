//! The connection for programs that run on tokio: the same words as [`Connection`](crate::Connection), awaited.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use ferrous_resp::encode_command;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::checked;
use crate::inbox::Inbox;
use crate::{Address, ClientError, Target, Value, handshake, tls};

/// An open connection. Replies come in the order of the commands.
///
/// [`AsyncConnection::receive`] and [`AsyncConnection::reply`] may be dropped while they wait, once what was
/// queued is flushed: no byte is lost, and the next call goes on where they stopped.
#[derive(Debug)]
pub struct AsyncConnection {
    target: Target,
    stream: Stream,
    output: Vec<u8>,
    inbox: Inbox,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncConnection {
    /// Connects, and does with AUTH, HELLO and SELECT what `target` asks for.
    pub async fn connect(target: &Target) -> Result<Self, ClientError> {
        let mut connection = Self::open(target).await?;
        connection.shake_hands().await?;
        Ok(connection)
    }

    /// Connects without sending anything.
    pub async fn open(target: &Target) -> Result<Self, ClientError> {
        let timeout = target.connect_timeout;
        let stream = within(timeout, Stream::open(target), timed_out_connecting).await?;
        Ok(Self {
            target: target.clone(),
            stream,
            output: Vec::new(),
            inbox: Inbox::default(),
        })
    }

    /// Connects anew to the same server; see [`Connection::reconnect`](crate::Connection::reconnect).
    pub async fn reconnect(&mut self) -> Result<(), ClientError> {
        *self = Self::connect(&self.target).await?;
        Ok(())
    }

    async fn shake_hands(&mut self) -> Result<(), ClientError> {
        let steps = handshake::steps(&self.target);
        for step in &steps {
            self.queue(&step.command);
        }
        let mut replies = Vec::with_capacity(steps.len());
        for _ in &steps {
            replies.push(self.reply().await?);
        }
        handshake::judge(&steps, replies)
    }

    /// Where this connection goes.
    pub fn address(&self) -> &Address {
        &self.target.address
    }

    /// Sends a command and returns its reply; an error reply is a value like any other.
    pub async fn call<I>(&mut self, args: I) -> Result<Value, ClientError>
    where
        I: IntoIterator<IntoIter: ExactSizeIterator, Item: AsRef<[u8]>>,
    {
        self.queue(args);
        self.reply().await
    }

    /// As [`AsyncConnection::call`], with an error reply as `Err`.
    pub async fn run<I>(&mut self, args: I) -> Result<Value, ClientError>
    where
        I: IntoIterator<IntoIter: ExactSizeIterator, Item: AsRef<[u8]>>,
    {
        checked(self.call(args).await?)
    }

    /// Appends a command to those that the next flush sends.
    pub fn queue<I>(&mut self, args: I)
    where
        I: IntoIterator<IntoIter: ExactSizeIterator, Item: AsRef<[u8]>>,
    {
        encode_command(&mut self.output, args);
    }

    /// Sends everything queued.
    pub async fn flush(&mut self) -> Result<(), ClientError> {
        if !self.output.is_empty() {
            self.stream.write_all(&self.output).await?;
            self.output.clear();
        }
        Ok(())
    }

    /// The next reply, after sending what is queued; pushes that come first are kept for
    /// [`AsyncConnection::take_push`].
    pub async fn reply(&mut self) -> Result<Value, ClientError> {
        loop {
            match self.receive().await? {
                push @ Value::Push(_) => self.inbox.pushes.push_back(push),
                value => return Ok(value),
            }
        }
    }

    /// The next message of the server, push or reply, after sending what is queued.
    pub async fn receive(&mut self) -> Result<Value, ClientError> {
        self.flush().await?;
        loop {
            if let Some(value) = self.inbox.next()? {
                return Ok(value);
            }
            let read = self.stream.read_into(self.inbox.space());
            if within(self.target.read_timeout, read, timed_out_reading).await? == 0 {
                return Err(ClientError::Closed);
            }
        }
    }

    /// The oldest push that came between replies.
    pub fn take_push(&mut self) -> Option<Value> {
        self.inbox.pushes.pop_front()
    }
}

impl Stream {
    async fn open(target: &Target) -> Result<Self, ClientError> {
        let (host, port) = match &target.address {
            Address::Unix(path) => {
                let unix = UnixStream::connect(path).await;
                return unix.map(Self::Unix).map_err(ClientError::Connect);
            }
            Address::Tcp { host, port } => (host, *port),
        };
        let tcp = connect_tcp(host, port, target)
            .await
            .map_err(ClientError::Connect)?;
        let Some(options) = &target.tls else {
            return Ok(Self::Tcp(tcp));
        };
        let (config, name) = tls::client(options, host)?;
        let tls = TlsConnector::from(config).connect(name, tcp).await;
        tls.map(|tls| Self::Tls(Box::new(tls)))
            .map_err(|error| tls::handshake_error(&error))
    }

    async fn read_into(&mut self, space: &mut Vec<u8>) -> Result<usize, ClientError> {
        let read = match self {
            Self::Tcp(tcp) => tcp.read_buf(space).await,
            Self::Unix(unix) => unix.read_buf(space).await,
            Self::Tls(tls) => tls.read_buf(space).await,
        };
        Ok(read?)
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(tcp) => tcp.write_all(bytes).await,
            Self::Unix(unix) => unix.write_all(bytes).await,
            Self::Tls(tls) => {
                tls.write_all(bytes).await?;
                // Without it, bytes may wait inside the TLS layer for more to come.
                tls.flush().await
            }
        }
    }
}

/// Connects to the first address of `host` that accepts.
async fn connect_tcp(host: &str, port: u16, target: &Target) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "No address of the wanted family");
    let addresses: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
    for address in addresses
        .into_iter()
        .filter(|address| target.family.admits(address))
    {
        match TcpStream::connect(address).await {
            Ok(tcp) => {
                tcp.set_nodelay(true)?;
                return Ok(tcp);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The outcome of `work`, or the error of a timeout that passed first.
async fn within<T>(
    timeout: Option<Duration>,
    work: impl Future<Output = Result<T, ClientError>>,
    timed_out: fn(io::Error) -> ClientError,
) -> Result<T, ClientError> {
    match timeout {
        None => work.await,
        Some(timeout) => tokio::time::timeout(timeout, work)
            .await
            .unwrap_or_else(|_| Err(timed_out(io::ErrorKind::TimedOut.into()))),
    }
}

fn timed_out_connecting(error: io::Error) -> ClientError {
    ClientError::Connect(error)
}

fn timed_out_reading(error: io::Error) -> ClientError {
    ClientError::Io(error)
}
