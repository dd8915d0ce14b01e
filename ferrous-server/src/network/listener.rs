//! Listening sockets, and what a new connection goes through before it is served.

use std::collections::{BTreeMap, BTreeSet};
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

const PROTECTED: &str = "-DENIED This server is in protected mode: it has no password and listens on more than the \
loopback interface, so it serves local clients only. Give it a password (CONFIG SET requirepass, or requirepass in the \
configuration file), have it listen on the loopback interface alone (bind), or, where nobody else can reach it, turn \
protected mode off (CONFIG SET protected-mode no from a local client, or --protected-mode no).\r\n";

/// The sockets a server listens on, by address, each with the task that accepts its connections.
#[derive(Default)]
pub(crate) struct Listeners(BTreeMap<String, JoinHandle<()>>);

impl Listeners {
    /// Stops listening.
    pub(crate) fn close(&mut self) {
        for task in std::mem::take(&mut self.0).into_values() {
            task.abort();
        }
    }
}

/// Opens the sockets that the configuration names and are not open yet, and closes those that it no longer names.
///
/// # Errors
/// When an address cannot be bound that is not marked as optional, or none can be; what was open stays open then.
pub(crate) fn listen(server: &'static Server) -> anyhow::Result<()> {
    let mut listeners = server.listeners.lock();
    let mut opened = Listeners::default();
    let outcome = open_missing(server, &listeners, &mut opened);
    let wanted = match outcome {
        Ok(wanted) => wanted,
        Err(error) => {
            opened.close();
            return Err(error);
        }
    };
    listeners.0.append(&mut opened.0);
    listeners.0.retain(|address, task| {
        let stays = wanted.contains(address);
        if !stays {
            task.abort();
        }
        stays
    });
    Ok(())
}

/// Opens what is configured and not in `open` into `opened`; returns the addresses that are or may stay open.
fn open_missing(
    server: &'static Server,
    open: &Listeners,
    opened: &mut Listeners,
) -> anyhow::Result<BTreeSet<String>> {
    let config = &server.config;
    let mut wanted = BTreeSet::new();
    let port = config.network.port.get();
    let addresses = config.network.bind.load();
    for address in addresses.iter().filter(|_| port != 0) {
        let name = format!("{}:{port}", address.host);
        if !open.0.contains_key(&name) {
            match bind_tcp(&address.host, port, config.network.tcp_backlog.get()) {
                Ok(listener) => {
                    opened
                        .0
                        .insert(name.clone(), tokio::spawn(accept_tcp(server, listener)));
                }
                Err(error) if address.optional && is_absent(&error) => continue,
                Err(error) => {
                    tracing::warn!(
                        "Could not create server TCP listening socket {name}: bind: {error}"
                    );
                    return Err(error).with_context(|| {
                        format!("Failed listening on port {port} (TCP), aborting.")
                    });
                }
            }
        }
        wanted.insert(name);
    }
    let path: &str = &config.network.unixsocket.to_string_lossy();
    if !path.is_empty() {
        if !open.0.contains_key(path) {
            let group = config.network.unixsocketgroup.to_string_lossy();
            let listener = bind_unix(path, &group, config.network.unixsocketperm.get())
                .with_context(|| format!("Failed opening Unix socket {path}"))?;
            let task = tokio::spawn(accept_unix(server, listener, path.into()));
            opened.0.insert(path.to_owned(), task);
        }
        wanted.insert(path.to_owned());
    }
    anyhow::ensure!(
        !wanted.is_empty(),
        "Configured to not listen anywhere, exiting."
    );
    Ok(wanted)
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

fn bind_unix(path: &str, group: &str, permissions: u32) -> io::Result<UnixListener> {
    // A socket file that an earlier run left behind would make bind fail.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Nobody may connect before the permissions stand, so the file is made without any.
    let listener = with_umask(0o777, || UnixListener::bind(path))?;
    if !group.is_empty() {
        std::os::unix::fs::chown(path, None, Some(group_id(group)?))?;
    }
    let permissions = if permissions == 0 { 0o777 } else { permissions };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(permissions))?;
    Ok(listener)
}

/// The number of the group that goes by `name`, or that is the number `name` spells.
fn group_id(name: &str) -> io::Result<u32> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let group = nix::unistd::Group::from_name(name)?;
    let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("there is no group {name}"));
    Ok(group.ok_or_else(unknown)?.gid.as_raw())
}

fn with_umask<T>(mask: u32, work: impl FnOnce() -> T) -> T {
    let before = rustix::process::umask(rustix::fs::Mode::from_raw_mode(mask));
    let result = work();
    rustix::process::umask(before);
    result
}

async fn accept_tcp(server: &'static Server, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => admit_tcp(server, stream, peer),
            Err(error) => accept_failed(&error).await,
        }
    }
}

async fn accept_unix(server: &'static Server, listener: UnixListener, path: Box<str>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let address = Address::Unix(path.clone());
                admit(server, Stream::Unix(stream), address.clone(), address);
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

fn admit_tcp(server: &'static Server, stream: TcpStream, peer: SocketAddr) {
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

fn admit(server: &'static Server, stream: Stream, peer: Address, local: Address) {
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
    tokio::spawn(Connection::new(server, stream, session).serve());
}
