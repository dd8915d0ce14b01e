//! One server: the handshake, pipelines, pushes, reconnects and timeouts, blocking and awaited.

use std::time::Duration;

use ferrous_client::{AsyncConnection, ClientError, Connection, Credentials, Protocol, Value};

use crate::scripted::Scripted;

/// Answers like a server that wants a password.
fn server() -> Scripted {
    let mut server = Scripted::start(|command| {
        match command {
            "AUTH alice pw" | "SELECT 3" => "+OK\r\n",
            "HELLO 3" => "%1\r\n$5\r\nproto\r\n:3\r\n",
            "GET k" => ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nx\r\n$1\r\nv\r\n",
            "BYE" => "",
            "WAIT" => "+o",
            _ => "-ERR no\r\n",
        }
        .to_owned()
    });
    server.target.credentials = Some(Credentials {
        user: Some("alice".to_owned()),
        password: b"pw".to_vec(),
    });
    server.target.protocol = Protocol::Resp3;
    server.target.database = 3;
    server.target.read_timeout = Some(Duration::from_millis(100));
    server
}

const HANDSHAKE: [&str; 3] = ["AUTH alice pw", "HELLO 3", "SELECT 3"];

fn value() -> Value {
    Value::Bulk(b"v".to_vec())
}

fn push() -> Value {
    let text = |text: &str| Value::Bulk(text.as_bytes().to_vec());
    Value::Push(vec![text("invalidate"), Value::Array(vec![text("x")])])
}

#[test]
fn blocking() {
    let server = server();
    let mut connection = Connection::connect(&server.target).unwrap();
    assert_eq!(server.heard(), HANDSHAKE);
    connection.queue(["GET", "k"]);
    connection.queue(["NOSUCH"]);
    assert_eq!(connection.reply().unwrap(), value());
    assert_eq!(connection.take_push(), Some(push()));
    assert_eq!(
        connection.reply().unwrap(),
        Value::Error(b"ERR no".to_vec())
    );
    assert!(
        matches!(connection.run(["NOSUCH"]), Err(ClientError::Reply(text)) if text == "ERR no")
    );
    assert!(connection.call(["BYE"]).unwrap_err().is_disconnect());
    connection.reconnect().unwrap();
    assert_eq!(server.heard()[server.heard().len() - 3..], HANDSHAKE);
    assert_eq!(connection.call(["GET", "k"]).unwrap(), value());
    assert!(matches!(connection.call(["WAIT"]), Err(ClientError::Io(_))));
}

#[tokio::test]
async fn awaited() {
    let server = server();
    let mut connection = AsyncConnection::connect(&server.target).await.unwrap();
    assert_eq!(server.heard(), HANDSHAKE);
    assert_eq!(connection.address(), &server.target.address);
    connection.queue(["GET", "k"]);
    connection.queue(["NOSUCH"]);
    assert_eq!(connection.reply().await.unwrap(), value());
    assert_eq!(connection.take_push(), Some(push()));
    assert_eq!(
        connection.reply().await.unwrap(),
        Value::Error(b"ERR no".to_vec())
    );
    assert!(connection.run(["NOSUCH"]).await.is_err());
    assert!(connection.call(["BYE"]).await.unwrap_err().is_disconnect());
    connection.reconnect().await.unwrap();
    assert_eq!(connection.call(["GET", "k"]).await.unwrap(), value());
    // What had come of a reply is kept when nobody waits for it any more.
    let waited = tokio::time::timeout(Duration::from_millis(20), connection.call(["WAIT"])).await;
    assert!(waited.is_err());
    assert!(matches!(connection.reply().await, Err(ClientError::Io(_))));
}

#[tokio::test]
async fn refusals_name_their_step() {
    let mut server = server();
    server.target.database = 99;
    let text = "SELECT 99 failed: ERR no";
    let blocking = Connection::connect(&server.target).unwrap_err();
    assert_eq!(blocking.to_string(), text);
    let awaited = AsyncConnection::connect(&server.target).await.unwrap_err();
    assert_eq!(awaited.to_string(), text);
    server.target.address = ferrous_client::Address::tcp("127.0.0.1", 1);
    let refused = AsyncConnection::connect(&server.target).await.unwrap_err();
    assert_eq!(refused.to_string(), "Connection refused");
}
