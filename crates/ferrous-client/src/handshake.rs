//! The first words with a server: AUTH, HELLO, CLIENT SETNAME, SELECT.
//!
//! Only what to say and what to make of the answers; a connection of either kind sends and receives.

use crate::{ClientError, Credentials, Protocol, Target, Value};

/// One command of the handshake.
pub(crate) struct Step {
    /// How errors name it.
    name: String,
    /// What to send.
    pub(crate) command: Vec<Vec<u8>>,
    /// A refusal ends the connection.
    required: bool,
}

/// Everything that `target` asks for, in the order to send it.
pub(crate) fn steps(target: &Target) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |name: String, command: Vec<Vec<u8>>, required| {
        steps.push(Step {
            name,
            command,
            required,
        });
    };
    if let Some(credentials) = &target.credentials {
        add("AUTH".to_owned(), auth_command(credentials), true);
    }
    if target.protocol != Protocol::Resp2 {
        let required = target.protocol == Protocol::Resp3;
        add("HELLO 3".to_owned(), words(&["HELLO", "3"]), required);
    }
    if let Some(name) = &target.client_name {
        let command = words(&["CLIENT", "SETNAME", name]);
        add("CLIENT SETNAME".to_owned(), command, true);
    }
    if target.database != 0 {
        let database = target.database.to_string();
        let command = words(&["SELECT", &database]);
        add(format!("SELECT {database}"), command, true);
    }
    steps
}

/// The AUTH of either form.
pub(crate) fn auth_command(credentials: &Credentials) -> Vec<Vec<u8>> {
    let mut command = words(&["AUTH"]);
    command.extend(credentials.user.clone().map(String::into_bytes));
    command.push(credentials.password.clone());
    command
}

/// The first refusal of a required step, as the error it is.
pub(crate) fn judge(steps: &[Step], replies: Vec<Value>) -> Result<(), ClientError> {
    for (step, reply) in steps.iter().zip(replies) {
        if let (Value::Error(message), true) = (reply, step.required) {
            return Err(ClientError::Refused {
                step: step.name.clone(),
                message: String::from_utf8_lossy(&message).into_owned(),
            });
        }
    }
    Ok(())
}

fn words(words: &[&str]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            credentials: Some(Credentials {
                user: Some("alice".to_owned()),
                password: b"pw".to_vec(),
            }),
            protocol: Protocol::PreferResp3,
            database: 3,
            client_name: Some("top".to_owned()),
            ..Target::default()
        }
    }

    #[test]
    fn says_what_the_target_asks_for() {
        let commands: Vec<String> = steps(&target())
            .iter()
            .map(|step| String::from_utf8(step.command.join(&b' ')).unwrap())
            .collect();
        assert_eq!(
            commands,
            ["AUTH alice pw", "HELLO 3", "CLIENT SETNAME top", "SELECT 3"]
        );
        assert!(steps(&Target::default()).is_empty());
    }

    #[test]
    fn a_preference_may_be_refused() {
        let ok = || Value::Simple(b"OK".to_vec());
        let error = || Value::Error(b"NOPROTO".to_vec());
        let steps = steps(&target());
        assert!(judge(&steps, vec![ok(), error(), ok(), ok()]).is_ok());
        let refused = judge(&steps, vec![error(), ok(), ok(), ok()]);
        assert_eq!(refused.unwrap_err().to_string(), "AUTH failed: NOPROTO");
    }
}
