//! TLS: options as users give them, turned into a rustls client.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::ClientError;

/// How to encrypt, whom to trust, and who we are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Name to ask for and verify; the host when absent.
    pub server_name: Option<String>,
    /// PEM file of trusted authorities.
    pub ca_file: Option<PathBuf>,
    /// Directory whose PEM files are all trusted.
    pub ca_directory: Option<PathBuf>,
    /// Accept any certificate.
    pub insecure: bool,
    /// Accept a trusted certificate whatever host it names.
    pub any_host: bool,
    /// Client certificate chain, PEM.
    pub certificate: Option<PathBuf>,
    /// Private key of the client certificate, PEM.
    pub private_key: Option<PathBuf>,
    /// TLS 1.2 suites by their OpenSSL names, colon separated, best first.
    pub ciphers: Option<String>,
    /// TLS 1.3 suites by their standard names, colon separated, best first.
    pub cipher_suites: Option<String>,
}

/// Starts the client side of a TLS session with `host`. Nothing is sent yet.
pub(crate) fn start(options: &TlsOptions, host: &str) -> Result<ClientConnection, ClientError> {
    let (config, name) = client(options, host)?;
    ClientConnection::new(config, name).map_err(|error| ClientError::Tls(error.to_string()))
}

/// What a session with `host` begins with: the settings and the name to ask for.
pub(crate) fn client(
    options: &TlsOptions,
    host: &str,
) -> Result<(Arc<ClientConfig>, ServerName<'static>), ClientError> {
    let name = options.server_name.as_deref().unwrap_or(host);
    let name = ServerName::try_from(name.to_owned())
        .map_err(|_| ClientError::Tls(format!("Invalid server name '{name}'")))?;
    Ok((Arc::new(client_config(options)?), name))
}

/// What a failed handshake is called.
pub(crate) fn handshake_error(error: &io::Error) -> ClientError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            ClientError::Tls("the server closed the connection".to_owned())
        }
        _ => ClientError::Tls(error.to_string()),
    }
}

fn client_config(options: &TlsOptions) -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(restrict_suites(ring::default_provider(), options)?);
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| ClientError::Tls(error.to_string()))?;
    let builder = if options.insecure {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(TrustAnyone { provider }))
    } else {
        let roots = Arc::new(trusted_roots(options)?);
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider)
            .build()
            .map_err(|error| ClientError::Tls(error.to_string()))?;
        if options.any_host {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(TrustAnyHost(verifier)))
        } else {
            builder.with_webpki_verifier(verifier)
        }
    };
    match (&options.certificate, &options.private_key) {
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(certificate), Some(key)) => {
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| {
                ClientError::Tls(format!("Invalid private key {}: {error}", key.display()))
            })?;
            builder
                .with_client_auth_cert(certificates(certificate)?, key)
                .map_err(|error| ClientError::Tls(format!("Invalid client certificate: {error}")))
        }
        _ => Err(ClientError::Tls(
            "--cert and --key must be given together".to_owned(),
        )),
    }
}

fn trusted_roots(options: &TlsOptions) -> Result<RootCertStore, ClientError> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = &options.ca_file {
        add_all(&mut roots, certificates(file)?)?;
    }
    if let Some(directory) = &options.ca_directory {
        let failed = |error| {
            ClientError::Tls(format!(
                "Invalid CA directory {}: {error}",
                directory.display()
            ))
        };
        for entry in fs::read_dir(directory).map_err(failed)? {
            // OpenSSL's directories hold keys, lists and links as well, so what is no certificate is skipped.
            if let Ok(found) = certificates(&entry.map_err(failed)?.path()) {
                roots.add_parsable_certificates(found);
            }
        }
    }
    if options.ca_file.is_none() && options.ca_directory.is_none() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err(ClientError::Tls(
            "No trusted CA certificate found: give one with --cacert".to_owned(),
        ));
    }
    Ok(roots)
}

fn add_all(
    roots: &mut RootCertStore,
    found: Vec<CertificateDer<'static>>,
) -> Result<(), ClientError> {
    for certificate in found {
        roots
            .add(certificate)
            .map_err(|error| ClientError::Tls(format!("Invalid CA Certificate File: {error}")))?;
    }
    Ok(())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| {
            ClientError::Tls(format!(
                "Invalid certificate file {}: {error}",
                path.display()
            ))
        })
}

/// Keeps the suites the user listed, in the user's order; the other protocol version keeps its defaults.
fn restrict_suites(
    mut provider: CryptoProvider,
    options: &TlsOptions,
) -> Result<CryptoProvider, ClientError> {
    let available = std::mem::take(&mut provider.cipher_suites);
    let (tls13, tls12): (Vec<_>, Vec<_>) = available
        .into_iter()
        .partition(|suite| suite.tls13().is_some());
    for (wanted, suites) in [(&options.cipher_suites, tls13), (&options.ciphers, tls12)] {
        let Some(wanted) = wanted else {
            provider.cipher_suites.extend(suites);
            continue;
        };
        let kept: Vec<_> = wanted
            .split(':')
            .filter_map(|name| {
                suites.iter().find(|suite| {
                    suite
                        .suite()
                        .as_str()
                        .is_some_and(|ours| is_suite(ours, name))
                })
            })
            .copied()
            .collect();
        if kept.is_empty() {
            return Err(ClientError::Tls(format!(
                "None of the ciphers in '{wanted}' is supported"
            )));
        }
        provider.cipher_suites.extend(kept);
    }
    Ok(provider)
}

/// True when `wanted`, an OpenSSL or standard name, means the suite that rustls calls `ours`.
///
/// `ECDHE-RSA-AES128-GCM-SHA256` is `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`: compared without
/// separators, the key exchange's `WITH` and the hash that OpenSSL leaves out after `ChaCha20`.
fn is_suite(ours: &str, wanted: &str) -> bool {
    let letters = |name: &str| name.replace(['-', '_'], "").to_ascii_uppercase();
    let ours = letters(&ours.replace("TLS13_", "TLS_").replace("_WITH_", "_"));
    let wanted = letters(wanted);
    let wanted = wanted.strip_prefix("TLS").unwrap_or(&wanted).to_owned();
    let ours = ours.strip_prefix("TLS").unwrap_or(&ours);
    ours == wanted || (wanted.ends_with("POLY1305") && ours.strip_suffix("SHA256") == Some(&wanted))
}

/// Checks everything but the name, for `--any-host`.
#[derive(Debug)]
struct TrustAnyHost(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for TrustAnyHost {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use rustls::{CertificateError, Error};
        let verified =
            self.0
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // The name is looked at last, when all else is in order.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Checks signatures but no identity, for `--insecure`.
#[derive(Debug)]
struct TrustAnyone {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for TrustAnyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssl_names_select_suites() {
        let options = TlsOptions {
            ciphers: Some(
                "NOSUCH:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384".to_owned(),
            ),
            cipher_suites: Some("TLS_AES_128_GCM_SHA256".to_owned()),
            ..TlsOptions::default()
        };
        let provider = restrict_suites(ring::default_provider(), &options).unwrap();
        let names: Vec<_> = provider
            .cipher_suites
            .iter()
            .filter_map(|suite| suite.suite().as_str())
            .collect();
        assert_eq!(
            names,
            [
                "TLS13_AES_128_GCM_SHA256",
                "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
            ]
        );
    }

    #[test]
    fn a_list_without_a_known_cipher_is_refused() {
        let options = TlsOptions {
            ciphers: Some("RC4-MD5".to_owned()),
            ..TlsOptions::default()
        };
        assert!(restrict_suites(ring::default_provider(), &options).is_err());
    }
}
