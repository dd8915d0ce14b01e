//! The first words with a server: AUTH, HELLO, SELECT, CLIENT SETNAME.

use crate::{ClientError, Connection, Protocol, Target, Value};

/// Does all that `target` asks for; the first refusal ends it.
pub(crate) fn handshake(connection: &mut Connection, target: &Target) -> Result<(), ClientError> {
    if let Some(credentials) = &target.credentials {
        accepted("AUTH", connection.auth(credentials)?)?;
    }
    if target.protocol != Protocol::Resp2 {
        let outcome = accepted("HELLO 3", connection.call(["HELLO", "3"])?);
        if target.protocol == Protocol::Resp3 {
            outcome?;
        }
    }
    if let Some(name) = &target.client_name {
        accepted(
            "CLIENT SETNAME",
            connection.call(["CLIENT", "SETNAME", name])?,
        )?;
    }
    if target.database != 0 {
        let database = target.database.to_string();
        accepted(
            &format!("SELECT {database}"),
            connection.call(["SELECT", &database])?,
        )?;
    }
    Ok(())
}

fn accepted(step: &str, reply: Value) -> Result<(), ClientError> {
    match reply {
        Value::Error(message) => Err(ClientError::Refused {
            step: step.to_owned(),
            message: String::from_utf8_lossy(&message).into_owned(),
        }),
        _ => Ok(()),
    }
}
