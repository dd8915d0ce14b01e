//! Encrypted connections.

use super::table::section;
use super::value::{Choice, Flag, INT_MAX, Number, Text, choices};

choices! {
    /// Whether clients have to show a certificate.
    ClientCertificate { No = "no", Yes = "yes", Optional = "optional" }

    /// What in a certificate names the user.
    CertificateUser { CommonName = "CN", Uri = "URI", Off = "off" }
}

const TLS: &str = "TLS";

section! {
    /// Encrypted connections.
    Tls at tls;

    /// Port to listen on with TLS; 0 for none.
    tls_port: Number<u16> = ("tls-port", "0").planned(TLS);

    /// Certificate of the server.
    tls_cert_file: Text = ("tls-cert-file", "").planned(TLS);

    /// Key of that certificate.
    tls_key_file: Text = ("tls-key-file", "").planned(TLS);

    /// Password of that key.
    tls_key_file_pass: Text = ("tls-key-file-pass", "").sensitive().planned(TLS);

    /// Certificate for connections that the server opens.
    tls_client_cert_file: Text = ("tls-client-cert-file", "").planned(TLS);

    /// Key of that certificate.
    tls_client_key_file: Text = ("tls-client-key-file", "").planned(TLS);

    /// Password of that key.
    tls_client_key_file_pass: Text = ("tls-client-key-file-pass", "").sensitive().planned(TLS);

    /// Diffie-Hellman parameters.
    tls_dh_params_file: Text = ("tls-dh-params-file", "").planned(TLS);

    /// Certificates that are trusted, in one file.
    tls_ca_cert_file: Text = ("tls-ca-cert-file", "").planned(TLS);

    /// Certificates that are trusted, in a directory.
    tls_ca_cert_dir: Text = ("tls-ca-cert-dir", "").planned(TLS);

    /// Whether clients have to show a certificate.
    tls_auth_clients: Choice<ClientCertificate> = ("tls-auth-clients", "yes").planned(TLS);

    /// What in a client's certificate names its user.
    tls_auth_clients_user: Choice<CertificateUser> = ("tls-auth-clients-user", "off").planned(TLS);

    /// Seconds after which changed certificates are read again; 0 for never.
    tls_auto_reload_interval: Number<u32> = ("tls-auto-reload-interval", "0").range(0, INT_MAX)
        .planned(TLS);

    /// Connects to the primary with TLS.
    tls_replication: Flag = ("tls-replication", "no").planned(TLS);

    /// Connects to other nodes with TLS.
    tls_cluster: Flag = ("tls-cluster", "no").planned(TLS);

    /// Versions of TLS that are spoken.
    tls_protocols: Text = ("tls-protocols", "").planned(TLS);

    /// Ciphers of TLS 1.2.
    tls_ciphers: Text = ("tls-ciphers", "").planned(TLS);

    /// Ciphers of TLS 1.3.
    tls_ciphersuites: Text = ("tls-ciphersuites", "").planned(TLS);

    /// Lets the server choose the cipher.
    tls_prefer_server_ciphers: Flag = ("tls-prefer-server-ciphers", "no").planned(TLS);

    /// Lets clients resume a session.
    tls_session_caching: Flag = ("tls-session-caching", "yes").planned(TLS);

    /// Sessions that are kept.
    tls_session_cache_size: Number<u32> = ("tls-session-cache-size", "20480").range(0, INT_MAX)
        .planned(TLS);

    /// Seconds for which a session is kept.
    tls_session_cache_timeout: Number<u32> = ("tls-session-cache-timeout", "300").range(0, INT_MAX)
        .planned(TLS);
}
