//! Flags about the server and the way to it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

use ferrous_client::{Address, IpFamily, TlsOptions, apply_uri};

use super::super::aliases::{self, Alias};
use super::super::parse::{leading_decimal, leading_integer};
use super::super::{Options, UsageError};
use super::{Flag, switch, text, value};

pub(super) const BASIC: &[Flag] = &[
    value(
        &["-h"],
        "hostname",
        "Server hostname (default: 127.0.0.1).",
        |options, host| {
            options.target.address = Address::tcp(text(host)?, port_of(options));
            Ok(())
        },
    ),
    value(
        &["-p"],
        "port",
        "Server port (default: 6379).",
        |options, port| {
            let port = u16::try_from(leading_integer(port))
                .map_err(|_| UsageError::new("Invalid server port."))?;
            if let Address::Tcp { host, .. } = &options.target.address {
                options.target.address = Address::tcp(host.clone(), port);
            }
            Ok(())
        },
    ),
    value(
        &["-s"],
        "socket",
        "Server socket (overrides hostname and port).",
        |options, path| {
            options.target.address = Address::Unix(path_from(path));
            Ok(())
        },
    ),
    value(
        &["-u", "--uri"],
        "uri",
        "Server URI: redis://user:password@host:port/db, with valkey or ferrous for redis as you like, \
         rediss (valkeys, ferrouss) for TLS, or unix:///path/to/socket.",
        |options, uri| options.use_uri(&text(uri)?),
    ),
    value(
        &["--connection"],
        "name",
        "Server of that name in ~/.config/ferrous/connections.toml, a table per server: its uri, and if need be \
         production = true, read_only = true, password_command, address_map.",
        |options, name| use_alias(options, &text(name)?),
    ),
    value(
        &["-t"],
        "seconds",
        "Longest time to connect, decimals allowed (default: 0, as long as the system allows).",
        |options, seconds| {
            let seconds = leading_decimal(seconds);
            let timeout = Duration::try_from_secs_f64(seconds)
                .map_err(|_| UsageError::new("Invalid connection timeout for -t."))?;
            options.target.connect_timeout = (!timeout.is_zero()).then_some(timeout);
            Ok(())
        },
    ),
    value(
        &["-a", "--pass"],
        "password",
        "Password to use when connecting to the server. The environment variables FERROUSCLI_AUTH, \
         VALKEYCLI_AUTH and REDISCLI_AUTH pass it more safely; this argument goes before them.",
        |options, password| {
            options.password = Some(password.to_vec());
            Ok(())
        },
    ),
    value(
        &["--user"],
        "username",
        "ACL user for AUTH; needs a password.",
        |options, user| {
            options.user = Some(text(user)?);
            Ok(())
        },
    ),
    switch(
        &["--askpass"],
        "Ask for the password, masked, and ignore those given otherwise.",
        |options| {
            options.ask_password = true;
        },
    ),
    switch(
        &["--no-auth-warning"],
        "Do not warn about a password on the command line.",
        |options| {
            options.password_warning = false;
        },
    ),
    value(&["-n"], "db", "Database number.", |options, number| {
        options.target.database = leading_integer(number);
        Ok(())
    }),
    switch(&["-2"], "Start the session in RESP2.", |options| {
        options.resp2 = true;
    }),
    switch(&["-3"], "Start the session in RESP3.", |options| {
        options.resp3 = true;
    }),
    switch(&["-4"], "Use IPv4 addresses of the host only.", |options| {
        options.target.family = IpFamily::V4;
    }),
    switch(&["-6"], "Use IPv6 addresses of the host only.", |options| {
        options.target.family = IpFamily::V6;
    }),
    switch(
        &["-c"],
        "Follow redirections of a cluster (MOVED and ASK).",
        |options| {
            options.follow_redirects = true;
        },
    ),
    value(
        &["--natmap"],
        "inside=outside",
        "With -c and the cluster's nodes: reach the node that announces the first host:port at the second. Once \
         per node.",
        |options, pair| {
            let pair = text(pair)?;
            let (inside, outside) = pair
                .split_once('=')
                .ok_or_else(|| UsageError::new("--natmap needs inside=outside."))?;
            let pair = aliases::address_pair(inside, outside)?;
            options.target.address_map.push(pair);
            Ok(())
        },
    ),
    value(
        &["--client-name"],
        "name",
        "Name for this connection, as CLIENT LIST shows it.",
        |options, name| {
            options.target.client_name = Some(text(name)?);
            Ok(())
        },
    ),
    switch(
        &["--read-only"],
        "Refuse to send commands that write.",
        |options| options.read_only = true,
    ),
];

pub(super) const TLS: &[Flag] = &[
    switch(&["--tls"], "Encrypt the connection.", |options| {
        tls(options);
    }),
    value(
        &["--sni"],
        "host",
        "Name to ask the server for, and to verify.",
        |options, name| {
            tls(options).server_name = Some(text(name)?);
            Ok(())
        },
    ),
    value(
        &["--cacert"],
        "file",
        "File of trusted authorities. Without this and --cacertdir the system's are trusted.",
        |options, file| {
            tls(options).ca_file = Some(path_from(file));
            Ok(())
        },
    ),
    value(
        &["--cacertdir"],
        "dir",
        "Directory of trusted authorities.",
        |options, directory| {
            tls(options).ca_directory = Some(path_from(directory));
            Ok(())
        },
    ),
    switch(&["--insecure"], "Accept any certificate.", |options| {
        tls(options).insecure = true;
    }),
    switch(
        &["--any-host"],
        "Accept a trusted certificate whatever host it names, as redis-cli does.",
        |options| tls(options).any_host = true,
    ),
    value(
        &["--cert"],
        "file",
        "Client certificate, with --key.",
        |options, file| {
            tls(options).certificate = Some(path_from(file));
            Ok(())
        },
    ),
    value(
        &["--key"],
        "file",
        "Private key of the client certificate.",
        |options, file| {
            tls(options).private_key = Some(path_from(file));
            Ok(())
        },
    ),
    value(
        &["--tls-ciphers"],
        "list",
        "Ciphers of TLS 1.2 by their OpenSSL names, colon separated, the preferred first.",
        |options, list| {
            tls(options).ciphers = Some(text(list)?);
            Ok(())
        },
    ),
    value(
        &["--tls-ciphersuites"],
        "list",
        "Ciphers of TLS 1.3, colon separated, the preferred first.",
        |options, list| {
            tls(options).cipher_suites = Some(text(list)?);
            Ok(())
        },
    ),
];

/// The TLS options; asking for any of them asks for TLS.
fn tls(options: &mut Options) -> &mut TlsOptions {
    options.target.tls.get_or_insert_default()
}

fn port_of(options: &Options) -> u16 {
    match options.target.address {
        Address::Tcp { port, .. } => port,
        Address::Unix(_) => 6379,
    }
}

fn use_alias(options: &mut Options, name: &str) -> Result<(), UsageError> {
    let alias = Alias::load(name)?;
    // The password is not on the command line, so there is nothing to warn about.
    options.password_warning = false;
    options.use_uri(&alias.uri)?;
    options.password = alias.password()?.or(options.password.take());
    options.read_only |= alias.read_only;
    options.production |= alias.production;
    options.target.address_map.extend(alias.address_map()?);
    Ok(())
}

impl Options {
    /// Takes over the server, the user, the password and the rest that a URI names.
    pub(in super::super) fn use_uri(&mut self, uri: &str) -> Result<(), UsageError> {
        apply_uri(&mut self.target, uri).map_err(|error| UsageError::new(error.to_string()))?;
        if let Some(credentials) = self.target.credentials.take() {
            self.user = credentials.user.or(self.user.take());
            self.password = Some(credentials.password);
        }
        Ok(())
    }
}

fn path_from(bytes: &[u8]) -> PathBuf {
    OsString::from_vec(bytes.to_vec()).into()
}
