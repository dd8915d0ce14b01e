//! A real client library, unaware of whom it talks to.

use redis::{
    Client, Commands as _, ExistenceCheck, ProtocolVersion, RedisConnectionInfo, SetExpiry,
    SetOptions,
};

use crate::harness::Server;

/// Runs `scene` over both protocols, each with a server of its own.
fn in_both_protocols(scene: impl Fn(&mut redis::Connection)) {
    for protocol in [ProtocolVersion::RESP2, ProtocolVersion::RESP3] {
        let server = Server::start();
        let settings = RedisConnectionInfo::default().set_protocol(protocol);
        let info = redis::ConnectionAddr::Tcp("127.0.0.1".into(), server.port());
        let info = redis::IntoConnectionInfo::into_connection_info(info)
            .expect("an address needs no parsing")
            .set_redis_settings(settings);
        let client = Client::open(info).expect("the settings are sound");
        let mut connection = client
            .get_connection()
            .expect("the server accepts the library");
        scene(&mut connection);
    }
}

#[test]
fn strings_and_counters() {
    in_both_protocols(|connection| {
        let missing: Option<String> = connection.get("k").unwrap();
        assert_eq!(missing, None);
        let _: () = connection.set("k", "value").unwrap();
        assert_eq!(connection.get::<_, String>("k").unwrap(), "value");
        assert_eq!(connection.incr::<_, _, i64>("n", 5).unwrap(), 5);
        let _: () = connection.mset(&[("a", 1), ("b", 2)]).unwrap();
        assert_eq!(
            connection
                .mget::<_, (i32, Option<i32>, i32)>(&["a", "none", "b"])
                .unwrap(),
            (1, None, 2)
        );
        let refusal = connection.incr::<_, _, i64>("k", 1).unwrap_err();
        assert_eq!(
            refusal.detail(),
            Some("value is not an integer or out of range")
        );
    });
}

#[test]
fn options_of_set() {
    in_both_protocols(|connection| {
        let fresh = SetOptions::default()
            .conditional_set(ExistenceCheck::NX)
            .with_expiration(SetExpiry::EX(100));
        assert!(
            connection
                .set_options::<_, _, bool>("k", "v", fresh.clone())
                .unwrap()
        );
        assert!(
            !connection
                .set_options::<_, _, bool>("k", "w", fresh)
                .unwrap()
        );
        assert_eq!(connection.ttl::<_, i64>("k").unwrap(), 100);
    });
}

#[test]
fn pipelines() {
    in_both_protocols(|connection| {
        let mut pipeline = redis::pipe();
        for number in 0..1000 {
            pipeline.set(format!("k{number}"), number).ignore();
        }
        for number in 0..1000 {
            pipeline.get(format!("k{number}"));
        }
        let numbers: Vec<i32> = pipeline.query(connection).unwrap();
        assert!(numbers.into_iter().eq(0..1000));
    });
}

#[test]
fn scanning() {
    in_both_protocols(|connection| {
        for number in 0..500 {
            let _: () = connection.set(format!("k{number}"), 1).unwrap();
        }
        let mut found: Vec<String> = connection
            .scan_match("k*")
            .unwrap()
            .map(Result::unwrap)
            .collect();
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 500);
    });
}
