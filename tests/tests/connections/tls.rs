use linernotes_dev::run::Cluster;
use linernotes_origin::catalogue::Catalogue;
use linernotes_origin::config::Database;
use linernotes_origin::telemetry::with_causes;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use super::{THE_LAS_NAME, ask_artist, cluster, database, runtime};

/// A server with a certificate for the name `localhost`, and the file of the authority that vouches for it.
struct Certified {
    cluster: Cluster,
    authority: std::path::PathBuf,
    _folder: TempDir,
}

fn certified() -> Certified {
    let (cluster, folder) = cluster();
    let mut parameters = CertificateParams::new([]).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, parameters.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(parameters, key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    cluster
        .offer_tls(&certificate.pem(), &key.serialize_pem())
        .unwrap();
    Certified {
        cluster,
        authority,
        _folder: folder,
    }
}

/// The server by a host name, with a password in the URL and TLS asked for.
fn over_tls(cluster: &Cluster, host: &str) -> String {
    let port = cluster.port();
    format!("postgres://linernotes:tell-no-one@{host}:{port}/musicbrainz?sslmode=require")
}

/// Whether the catalogue's connection is encrypted, as the server sees it.
fn is_encrypted(cluster: &Cluster) -> bool {
    let row = cluster.connect().unwrap().query_one(
        "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'linernotes'",
        &[],
    );
    row.unwrap().get(0)
}

#[test]
fn with_sslmode_require_the_connection_is_encrypted() {
    let server = certified();
    let catalogue = Catalogue::new(&Database {
        ca_file: Some(server.authority.clone()),
        ..database(over_tls(&server.cluster, "localhost"))
    })
    .unwrap();
    let runtime = runtime();
    let answer = runtime.block_on(ask_artist(&catalogue)).unwrap();
    assert_eq!(answer, THE_LAS_NAME);
    assert!(is_encrypted(&server.cluster));
}

#[test]
fn without_sslmode_the_connection_is_plain() {
    let server = certified();
    let catalogue = super::catalogue(&server.cluster);
    let runtime = runtime();
    let answer = runtime.block_on(ask_artist(&catalogue)).unwrap();
    assert_eq!(answer, THE_LAS_NAME);
    assert!(!is_encrypted(&server.cluster));
}

#[test]
fn a_server_that_cannot_prove_its_name_is_refused() {
    let server = certified();
    let (plain, _folder) = cluster();
    let authority = Some(server.authority.clone());
    for (why, url, ca_file) in [
        (
            "certificate not valid for name \"127.0.0.1\"",
            over_tls(&server.cluster, "127.0.0.1"),
            authority.clone(),
        ),
        (
            "invalid peer certificate: UnknownIssuer",
            over_tls(&server.cluster, "localhost"),
            None,
        ),
        (
            "server does not support TLS",
            over_tls(&plain, "localhost"),
            authority,
        ),
    ] {
        let catalogue = Catalogue::new(&Database {
            ca_file,
            ..database(url)
        })
        .unwrap();
        let error = with_causes(&runtime().block_on(ask_artist(&catalogue)).unwrap_err());
        assert!(
            error.starts_with("no connection to the database: ") && error.contains(why),
            "{error}"
        );
        assert!(!error.contains("tell-no-one"), "{error}");
    }
}

#[test]
fn a_file_without_certificates_is_refused_at_start() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("authority.pem");
    let settings = Database {
        ca_file: Some(file.clone()),
        ..database("postgres://localhost/musicbrainz?sslmode=require".to_owned())
    };
    let refused = || with_causes(&Catalogue::new(&settings).err().unwrap());
    assert_eq!(
        refused(),
        "the database's certificate authorities can't be used: I/O error: No such file or directory (os error 2)"
    );
    std::fs::write(&file, "none").unwrap();
    assert_eq!(
        refused(),
        "the database's certificate authorities can't be used: the file holds no certificate"
    );
}
