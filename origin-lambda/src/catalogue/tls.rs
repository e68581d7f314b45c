use std::path::Path;

use tokio_postgres_rustls::MakeRustlsConnect;

use super::CatalogueError;

/// TLS that trusts the public authorities, or only those in `ca_file` (PEM): a database's own authority, say.
pub(super) fn connector(ca_file: Option<&Path>) -> Result<MakeRustlsConnect, CatalogueError> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    let refused =
        |error: Box<dyn std::error::Error + Send + Sync>| CatalogueError::Certificates(error);
    let mut roots = rustls::RootCertStore::empty();
    match ca_file {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let certificates =
                CertificateDer::pem_file_iter(file).map_err(|error| refused(error.into()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| refused(error.into()))?;
                roots
                    .add(certificate)
                    .map_err(|error| refused(error.into()))?;
            }
            if roots.is_empty() {
                return Err(refused("the file holds no certificate".into()));
            }
        }
    }
    let config = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .map_err(|error| refused(error.into()))?
    .with_root_certificates(roots)
    .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
