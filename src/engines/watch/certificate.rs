//! The listener's own TLS: a certificate and its key from files, read again when they are renewed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::Error;

/// The files are looked at this often: they are renewed while the listener runs.
const CERTIFICATE_EVERY: Duration = Duration::from_mins(1);

/// A certificate chain and its key, both PEM. The files are read again when they change.
///
/// # Errors
///
/// When a file can't be read or holds none, or the two don't belong together.
pub fn tls(cert: &Path, key: &Path) -> Result<Arc<rustls::ServerConfig>, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let files = Certificate {
        cert: cert.to_owned(),
        key: key.to_owned(),
        held: Mutex::new(Held {
            key: certified(cert, key)?,
            of: changed(cert, key),
            looked: Instant::now(),
        }),
    };
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| Error::Tls {
            path: cert.to_owned(),
            why: why.to_string(),
        })?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(files));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// A certificate that is renewed on the disk while the listener runs.
#[derive(Debug)]
struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    key: Arc<CertifiedKey>,
    /// When the files had changed last.
    of: [Option<SystemTime>; 2],
    looked: Instant,
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.looked.elapsed() >= CERTIFICATE_EVERY {
            held.looked = Instant::now();
            let of = changed(&self.cert, &self.key);
            if of != held.of {
                match certified(&self.cert, &self.key) {
                    Ok(key) => (held.key, held.of) = (key, of),
                    // Half-written, perhaps: the old one serves until the next look.
                    Err(error) => tracing::warn!("{error}"),
                }
            }
        }
        Some(Arc::clone(&held.key))
    }
}

fn changed(cert: &Path, key: &Path) -> [Option<SystemTime>; 2] {
    [cert, key].map(|path| {
        std::fs::metadata(path)
            .and_then(|meta| meta.modified())
            .ok()
    })
}

fn certified(cert: &Path, key: &Path) -> Result<Arc<CertifiedKey>, Error> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let wrong = |path: &Path, why: String| Error::Tls {
        path: path.to_owned(),
        why,
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|why| wrong(cert, why.to_string()))?;
    if chain.is_empty() {
        return Err(wrong(cert, "it holds no certificate".to_owned()));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|why| wrong(key, why.to_string()))?;
    let provider = rustls::crypto::ring::default_provider();
    let key = CertifiedKey::from_der(chain, secret, &provider)
        .map_err(|why| wrong(cert, why.to_string()))?;
    Ok(Arc::new(key))
}
