//! Server URIs: `redis://[user[:password]@]host[:port][/database]` and their kin.
//!
//! `rediss`, `valkeys` and `ferrouss` ask for TLS; `unix:///path/to/socket?db=2` names a socket.
//! A query may set `db`, `protocol` (2 or 3) and `timeout` in seconds.

use std::time::Duration;

use crate::{Address, Credentials, Protocol, Target, TlsOptions};

/// Why a URI was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Not one of the known schemes.
    #[error("Invalid URI scheme")]
    Scheme,
    /// A percent sign without two hexadecimal digits.
    #[error("Incomplete URI encoding")]
    Escape,
    /// A part that is not UTF-8, or a port, database or query value that is not understood.
    #[error("Invalid URI: {0}")]
    Part(String),
}

/// Applies `uri` to `target`; what the URI does not name stays as it was.
pub fn apply_uri(target: &mut Target, uri: &str) -> Result<(), UriError> {
    let (scheme, rest) = uri.split_once("://").ok_or(UriError::Scheme)?;
    let (rest, query) = rest
        .split_once('?')
        .map_or((rest, None), |(rest, query)| (rest, Some(query)));
    match scheme {
        "redis" | "valkey" | "ferrous" => apply_authority(target, rest)?,
        "rediss" | "valkeys" | "ferrouss" => {
            target.tls.get_or_insert_with(TlsOptions::default);
            apply_authority(target, rest)?;
        }
        "unix" | "redis+unix" | "redis-socket" => {
            let (credentials, path) = split_credentials(rest)?;
            target.credentials = credentials.or(target.credentials.take());
            target.address = Address::Unix(utf8(percent_decode(path)?)?.into());
        }
        _ => return Err(UriError::Scheme),
    }
    query.map_or(Ok(()), |query| apply_query(target, query))
}

fn apply_authority(target: &mut Target, rest: &str) -> Result<(), UriError> {
    let (credentials, rest) = split_credentials(rest)?;
    target.credentials = credentials.or(target.credentials.take());
    let (authority, path) = rest
        .split_once('/')
        .map_or((rest, ""), |(authority, path)| (authority, path));
    let (host, port) = split_port(authority)?;
    let (old_host, old_port) = match &target.address {
        Address::Tcp { host, port } => (host.clone(), *port),
        Address::Unix(_) => ("127.0.0.1".to_owned(), 6379),
    };
    let host = if host.is_empty() {
        old_host
    } else {
        utf8(percent_decode(host)?)?
    };
    target.address = Address::tcp(host, port.unwrap_or(old_port));
    if !path.is_empty() {
        target.database = leading_integer(path);
    }
    Ok(())
}

/// `user:password@`, `:password@` or, as the first clients wrote it, `password@`.
fn split_credentials(rest: &str) -> Result<(Option<Credentials>, &str), UriError> {
    // An @ in the path belongs to the path; passwords spell theirs %40, though many do not.
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let Some(at) = rest[..authority_end].rfind('@') else {
        return Ok((None, rest));
    };
    let (user, password) = match rest[..at].split_once(':') {
        Some((user, password)) => (user, password),
        None => ("", &rest[..at]),
    };
    let user = if user.is_empty() {
        None
    } else {
        Some(utf8(percent_decode(user)?)?)
    };
    Ok((
        Some(Credentials {
            user,
            password: percent_decode(password)?,
        }),
        &rest[at + 1..],
    ))
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), UriError> {
    if let Some((host, after)) = authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        return Ok((host, after.strip_prefix(':').map(parse_port).transpose()?));
    }
    match authority.split_once(':') {
        Some((host, port)) => Ok((host, Some(parse_port(port)?))),
        None => Ok((authority, None)),
    }
}

fn parse_port(text: &str) -> Result<u16, UriError> {
    text.parse()
        .map_err(|_| UriError::Part(format!("port '{text}'")))
}

fn apply_query(target: &mut Target, query: &str) -> Result<(), UriError> {
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let refused = || UriError::Part(format!("'{pair}'"));
        match name {
            "db" => target.database = value.parse().map_err(|_| refused())?,
            "protocol" => {
                target.protocol = match value {
                    "2" => Protocol::Resp2,
                    "3" => Protocol::Resp3,
                    _ => return Err(refused()),
                }
            }
            "timeout" => {
                let seconds = value.parse::<f64>().map_err(|_| refused())?;
                target.connect_timeout =
                    Some(Duration::try_from_secs_f64(seconds).map_err(|_| refused())?);
            }
            _ => return Err(refused()),
        }
    }
    Ok(())
}

fn percent_decode(text: &str) -> Result<Vec<u8>, UriError> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || {
            bytes
                .next()
                .and_then(|byte| (byte as char).to_digit(16))
                .ok_or(UriError::Escape)
        };
        decoded.push((digit()? * 16 + digit()?) as u8);
    }
    Ok(decoded)
}

fn utf8(bytes: Vec<u8>) -> Result<String, UriError> {
    String::from_utf8(bytes).map_err(|_| UriError::Part("not UTF-8".to_owned()))
}

/// The number at the start of `text`, or 0: `/3foo` selects database 3, as C's `atoi` made it.
fn leading_integer(text: &str) -> i64 {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..digits].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        uri: &str,
        address: &Address,
        user: Option<&str>,
        password: Option<&str>,
        database: i64,
    ) {
        let mut target = Target::default();
        apply_uri(&mut target, uri).unwrap();
        assert_eq!(&target.address, address);
        let credentials = target.credentials.as_ref();
        assert_eq!(
            credentials.and_then(|credentials| credentials.user.as_deref()),
            user
        );
        assert_eq!(
            credentials.map(|credentials| credentials.password.as_slice()),
            password.map(str::as_bytes)
        );
        assert_eq!(target.database, database);
    }

    #[test]
    fn reads_every_part() {
        check("redis://", &Address::default(), None, None, 0);
        check("redis://h", &Address::tcp("h", 6379), None, None, 0);
        check("valkey://h:1/3", &Address::tcp("h", 1), None, None, 3);
        check(
            "redis://:pw@h",
            &Address::tcp("h", 6379),
            None,
            Some("pw"),
            0,
        );
        check(
            "redis://pw@h",
            &Address::tcp("h", 6379),
            None,
            Some("pw"),
            0,
        );
        check(
            "redis://u:p%40%3a@[::1]:7/9",
            &Address::tcp("::1", 7),
            Some("u"),
            Some("p@:"),
            9,
        );
        check(
            "unix:///run/r.sock?db=4",
            &Address::Unix("/run/r.sock".into()),
            None,
            None,
            4,
        );
    }

    #[test]
    fn tls_and_query() {
        let mut target = Target::default();
        apply_uri(&mut target, "rediss://h/?protocol=3&timeout=1.5").unwrap();
        assert!(target.tls.is_some());
        assert_eq!(target.protocol, Protocol::Resp3);
        assert_eq!(target.connect_timeout, Some(Duration::from_millis(1500)));
    }

    #[test]
    fn refusals() {
        for (uri, error) in [
            ("http://x", UriError::Scheme),
            ("redis:x", UriError::Scheme),
            ("redis://a%4@h", UriError::Escape),
            ("redis://h:x", UriError::Part("port 'x'".to_owned())),
            ("redis://h?x=1", UriError::Part("'x=1'".to_owned())),
        ] {
            assert_eq!(apply_uri(&mut Target::default(), uri), Err(error), "{uri}");
        }
    }
}
