//! Listening sockets, and what a new connection goes through before it is served.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::Context as _;
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::task::JoinHandle;

use super::Stream;
use super::connection::Connection;
use crate::client::{Address, ClientHandle, Session};
use crate::server::{Server, now_ms};

use std::os::fd::AsRawFd;

/// How long to wait after accepting failed for want of descriptors or memory.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

const PROTECTED: &str = "-DENIED Ferrous is running in protected mode because protected mode is enabled and no password is set for the \
default user. In this mode connections are only accepted from the loopback interface. If you want to connect from \
external computers to Ferrous you may adopt one of the following solutions: 1) Just disable protected mode sending the \
command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Ferrous from the same host the \
server is running, however MAKE SURE Ferrous is not publicly accessible from internet if you do so. Use CONFIG REWRITE to \
make this change permanent. 2) Alternatively you can just disable the protected mode by editing the configuration \
file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server \
manually just for testing, restart it with the '--protected-mode no' option. 4) Set up an authentication password for \
the default user. NOTE: You only need to do one of the above things in order for the server to start accepting \
connections from the outside.\r\n";

/// The sockets a server listens on; dropping it stops listening.
pub(crate) struct Listeners(Vec<JoinHandle<()>>);

impl Drop for Listeners {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// Opens every socket that the configuration names and accepts connections from now on.
///
/// # Errors
/// When an address cannot be bound that is not marked as optional by a leading `-`, or none can be.
pub(crate) fn listen(server: &Arc<Server>) -> anyhow::Result<Listeners> {
    let config = &server.config;
    let mut tasks = Vec::new();
    let port = config.network.port.get();
    if port != 0 {
        for address in config.network.bind.load().iter() {
            let text = &*address.host;
            match bind_tcp(text, port, config.network.tcp_backlog.get()) {
                Ok(listener) => tasks.push(tokio::spawn(accept_tcp(Arc::clone(server), listener))),
                Err(error) if address.optional && is_absent(&error) => {}
                Err(error) => {
                    tracing::warn!(
                        "Could not create server TCP listening socket {text}:{port}: bind: {error}"
                    );
                    return Err(error).with_context(|| {
                        format!("Failed listening on port {port} (TCP), aborting.")
                    });
                }
            }
        }
    }
    let path = config.network.unixsocket.to_string_lossy();
    if !path.is_empty() {
        let listener = bind_unix(&path, config.network.unixsocketperm.get())
            .with_context(|| format!("Failed opening Unix socket {path}"))?;
        tasks.push(tokio::spawn(accept_unix(
            Arc::clone(server),
            listener,
            path.as_str().into(),
        )));
    }
    anyhow::ensure!(
        !tasks.is_empty(),
        "Configured to not listen anywhere, exiting."
    );
    Ok(Listeners(tasks))
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    ) || matches!(
        error.raw_os_error(),
        Some(libc::EAFNOSUPPORT | libc::EPROTONOSUPPORT)
    )
}

fn bind_tcp(text: &str, port: u16, backlog: i32) -> io::Result<TcpListener> {
    let ip = match text {
        "*" => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        "::*" => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        text => resolve(text)?,
    };
    let socket = Socket::new(
        Domain::for_address(SocketAddr::new(ip, port)),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if ip.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::new(ip, port).into())?;
    socket.listen(backlog)?;
    TcpListener::from_std(socket.into())
}

fn resolve(text: &str) -> io::Result<IpAddr> {
    use std::net::ToSocketAddrs;
    if let Ok(ip) = text.parse() {
        return Ok(ip);
    }
    let mut found = (text, 0).to_socket_addrs()?;
    found
        .next()
        .map(|address| address.ip())
        .ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

fn bind_unix(path: &str, permissions: u32) -> io::Result<UnixListener> {
    // A socket file that an earlier run left behind would make bind fail.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Nobody may connect before the permissions stand, so the file is made without any.
    let listener = with_umask(0o777, || UnixListener::bind(path))?;
    let permissions = if permissions == 0 { 0o777 } else { permissions };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(permissions))?;
    Ok(listener)
}

fn with_umask<T>(mask: u32, work: impl FnOnce() -> T) -> T {
    let before = rustix::process::umask(rustix::fs::Mode::from_raw_mode(mask));
    let result = work();
    rustix::process::umask(before);
    result
}

async fn accept_tcp(server: Arc<Server>, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => admit_tcp(&server, stream, peer),
            Err(error) => accept_failed(&error).await,
        }
    }
}

async fn accept_unix(server: Arc<Server>, listener: UnixListener, path: Box<str>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let address = Address::Unix(path.clone());
                admit(&server, Stream::Unix(stream), address.clone(), address);
            }
            Err(error) => accept_failed(&error).await,
        }
    }
}

async fn accept_failed(error: &io::Error) {
    if !matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted
    ) {
        tracing::warn!("Error accepting a client connection: {error}");
        tokio::time::sleep(ACCEPT_RETRY).await;
    }
}

fn admit_tcp(server: &Arc<Server>, stream: TcpStream, peer: SocketAddr) {
    // Failing to set an option costs latency or a late notice of a dead peer, not the connection.
    let _ = stream.set_nodelay(true);
    let keepalive = u64::from(server.config.network.tcp_keepalive.get());
    if keepalive > 0 {
        let every = Duration::from_secs((keepalive / 3).max(1));
        let options = TcpKeepalive::new()
            .with_time(Duration::from_secs(keepalive))
            .with_interval(every)
            .with_retries(3);
        let _ = SockRef::from(&stream).set_tcp_keepalive(&options);
    }
    let Ok(local) = stream.local_addr() else {
        return;
    };
    let loopback = peer.ip().to_canonical().is_loopback();
    if !loopback
        && server.config.security.protected_mode.get()
        && !server.config.security.password_required()
    {
        turn_away(server, &Stream::Tcp(stream), PROTECTED);
        return;
    }
    admit(
        server,
        Stream::Tcp(stream),
        Address::Tcp(peer),
        Address::Tcp(local),
    );
}

fn turn_away(server: &Server, stream: &Stream, reason: &str) {
    server.stats.rejected_connections.fetch_add(1, Relaxed);
    // The socket was just opened, so its buffer takes the line; if not, the peer learns nothing but the end.
    let _ = stream.try_write(reason.as_bytes());
}

fn admit(server: &Arc<Server>, stream: Stream, peer: Address, local: Address) {
    let handle = Arc::new(ClientHandle::new(
        server.clients.next_id(),
        peer,
        local,
        stream.as_raw_fd(),
        now_ms(),
    ));
    if !server.clients.add(
        Arc::clone(&handle),
        server.config.clients.maxclients.get() as usize,
    ) {
        turn_away(server, &stream, "-ERR max number of clients reached\r\n");
        return;
    }
    server.stats.connections.fetch_add(1, Relaxed);
    let session = Session::new(handle, !server.config.security.password_required());
    tokio::spawn(Connection::new(Arc::clone(server), stream, session).serve());
}
