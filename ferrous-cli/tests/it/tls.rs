//! TLS with a real server: whom we trust, and who we are.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::server::{FERROUS_CLI, Run, Server, free_port, is_installed, run};

/// Makes an authority, a server's certificate for `localhost`, and a client's, all in `directory`.
fn make_certificates(directory: &Path) {
    let script = "
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=authority
        for name in server client; do
            openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj /CN=$name
            printf 'subjectAltName=DNS:localhost' >$name.ext
            openssl x509 -req -in $name.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile $name.ext -out $name.crt
        done";
    let status = Command::new("sh")
        .args(["-ec", script])
        .current_dir(directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

struct TlsServer {
    _server: Server,
    port: String,
    files: tempfile::TempDir,
}

impl TlsServer {
    fn start() -> Option<Self> {
        if !is_installed("openssl") {
            println!("skipped: openssl is not installed");
            return None;
        }
        let files = tempfile::TempDir::new().unwrap();
        make_certificates(files.path());
        let file = |name: &str| files.path().join(name).display().to_string();
        let port = free_port().to_string();
        let server = Server::start(&[
            "--tls-port",
            &port,
            "--tls-cert-file",
            &file("server.crt"),
            "--tls-key-file",
            &file("server.key"),
            "--tls-ca-cert-file",
            &file("ca.crt"),
        ])?;
        crate::server::wait_until(|| {
            std::net::TcpStream::connect(("127.0.0.1", port.parse().unwrap())).is_ok()
        });
        Some(Self {
            _server: server,
            port,
            files,
        })
    }

    /// Runs with `@name` for the path of a file.
    fn cli(&self, program: &str, line: &str) -> Run {
        let line = line.replace('@', &format!("{}/", self.files.path().display()));
        let mut arguments = vec!["-p".to_owned(), self.port.clone()];
        arguments.extend(line.split(' ').map(str::to_owned));
        run(program, &arguments, b"")
    }

    #[track_caller]
    fn answers(&self, line: &str) {
        let run = self.cli(FERROUS_CLI, line);
        assert_eq!(
            (run.stdout.as_str(), run.status),
            ("PONG\n", Some(0)),
            "{line}: {run:?}"
        );
    }

    #[track_caller]
    fn refuses(&self, line: &str, message: &str) {
        let run = self.cli(FERROUS_CLI, line);
        assert!(
            run.status == Some(1) && run.stderr.contains(message),
            "{line}: {run:?}"
        );
    }
}

#[test]
fn certificates_are_checked_on_both_sides() {
    let Some(server) = TlsServer::start() else {
        return;
    };
    let us = "--cert @client.crt --key @client.key";
    server.answers(&format!("-h localhost --tls --cacert @ca.crt {us} PING"));
    server.answers(&format!("--tls --sni localhost --cacert @ca.crt {us} PING"));
    server.answers(&format!("--tls --any-host --cacert @ca.crt {us} PING"));
    server.answers(&format!("--tls --any-host --cacertdir @ {us} PING"));
    server.answers(&format!("--tls --insecure {us} PING"));
    server.answers(&format!(
        "--tls --insecure --tls-ciphersuites TLS_AES_128_GCM_SHA256 {us} PING"
    ));
    let uri = format!("rediss://localhost:{}/0", server.port);
    server.answers(&format!("-u {uri} --cacert @ca.crt {us} PING"));
    server.refuses(
        &format!("--tls --cacert @ca.crt {us} PING"),
        "certificate not valid for name",
    );
    server.refuses(
        &format!("--tls {us} PING"),
        "Could not connect to Redis at 127.0.0.1",
    );
    server.refuses(
        "--tls --insecure --cert @client.crt PING",
        "--cert and --key must be given together",
    );
    server.refuses("--tls --insecure PING", "");
    server.refuses("--tls --cacert @nosuch PING", "Invalid certificate file");
    server.refuses("--tls --insecure --tls-ciphersuites NOSUCH PING", "NOSUCH");
    if is_installed("redis-cli") {
        let line = format!("--tls --cacert @ca.crt {us} PING");
        assert_eq!(server.cli("redis-cli", &line).stdout, "PONG\n");
    }
}
