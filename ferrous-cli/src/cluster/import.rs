//! `import`: brings the keys of a standalone server into the cluster.

use anyhow::{Context, bail};
use ferrous_client::{Address, Connection, Credentials, Value, key_slot};

use super::topology::Topology;
use super::{check::check, entry_address, entry_topology, log};
use crate::options::Options;
use crate::print_line;

/// `import host:port --cluster-from host:port`.
pub(super) fn run(options: &Options) -> anyhow::Result<bool> {
    let Some(from) = &options.cluster.from else {
        log::error("[ERR] Option '--cluster-from' is required for subcommand 'import'.");
        return Ok(false);
    };
    let Some(from) = Address::parse_tcp(from) else {
        log::error(
            "[ERR] Invalid --cluster-from host. You need to pass a valid address (ie. 120.0.0.1:7000).",
        );
        return Ok(false);
    };
    log::info(&format!(
        ">>> Importing data from {from} to cluster {}",
        entry_address(options)?
    ));
    let mut topology = entry_topology(options)?;
    if !check(&mut topology, options)?.is_sound() {
        return Ok(false);
    }
    let mut source = connect(options, from)?;
    let (Value::Bulk(info) | Value::Verbatim { text: info, .. }) = source.run(["INFO"])? else {
        bail!("unexpected reply to INFO");
    };
    if String::from_utf8_lossy(&info).contains("cluster_enabled:1") {
        log::error("[ERR] The source node should not be a cluster node.");
        return Ok(false);
    }
    let Value::Integer(keys) = source.run(["DBSIZE"])? else {
        bail!("unexpected reply to DBSIZE")
    };
    log::warn(&format!("*** Importing {keys} keys from DB 0"));
    import_all(&mut source, &topology, options)
}

fn connect(options: &Options, from: Address) -> anyhow::Result<Connection> {
    let cluster = &options.cluster;
    let password = if cluster.from_ask_password {
        Some(crate::terminal::ask_password(
            "Please input import source node password: ",
        )?)
    } else {
        cluster.from_password.clone()
    };
    let mut target = options.target.at(from);
    target.credentials = password.map(|password| Credentials {
        user: cluster.from_user.clone(),
        password,
    });
    Connection::connect(&target)
        .with_context(|| format!("Could not connect to Redis at {}", target.address))
}

fn import_all(
    source: &mut Connection,
    topology: &Topology,
    options: &Options,
) -> anyhow::Result<bool> {
    let mut cursor = b"0".to_vec();
    let mut failed = 0;
    loop {
        let Value::Array(page) = source.run([b"SCAN".as_slice(), &cursor, b"COUNT", b"1000"])?
        else {
            bail!("unexpected reply to SCAN");
        };
        let Ok([Value::Bulk(next), Value::Array(keys)]) = <[Value; 2]>::try_from(page) else {
            bail!("unexpected reply to SCAN");
        };
        for key in keys {
            let Value::Bulk(key) = key else { continue };
            failed += usize::from(!import_key(source, topology, &key, options)?);
        }
        if next == b"0" {
            return Ok(failed == 0);
        }
        cursor = next;
    }
}

fn import_key(
    source: &mut Connection,
    topology: &Topology,
    key: &[u8],
    options: &Options,
) -> anyhow::Result<bool> {
    let slot = key_slot(key);
    let owner = topology
        .primaries()
        .find(|node| node.slots.contains(slot))
        .context("a slot has no owner")?;
    let (host, port) = owner.host_and_port();
    let shown = String::from_utf8_lossy(key);
    crate::say(format!("Migrating {shown} to {}: ", owner.address).as_bytes());
    let timeout = options.cluster.timeout.as_millis().to_string();
    let mut command: Vec<&[u8]> = vec![
        b"MIGRATE",
        host.as_bytes(),
        port.as_bytes(),
        key,
        b"0",
        timeout.as_bytes(),
    ];
    if options.cluster.copy {
        command.push(b"COPY");
    }
    if options.cluster.replace {
        command.push(b"REPLACE");
    }
    if let Some(credentials) = &options.target.credentials {
        match &credentials.user {
            Some(user) => command.extend([b"AUTH2".as_slice(), user.as_bytes()]),
            None => command.push(b"AUTH"),
        }
        command.push(&credentials.password);
    }
    if let Value::Error(message) = source.call(&command)? {
        print_line!(
            "Source replied with error:\n{}",
            String::from_utf8_lossy(&message)
        );
        Ok(false)
    } else {
        print_line!("OK");
        Ok(true)
    }
}
