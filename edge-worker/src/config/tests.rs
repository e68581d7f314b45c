use std::time::Duration;

use super::*;

const ORIGIN: (&str, &str) = ("ORIGIN_URL", "https://origin.example");

fn read(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read(|name| {
        settings
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

fn secret(value: &str) -> Secret {
    Secret::new(value.to_owned()).unwrap()
}

#[test]
fn an_origin_is_enough() {
    assert_eq!(
        read(&[("ORIGIN_URL", "https://origin.example/v1/")]),
        Ok(Config {
            origin: Origin {
                url: "https://origin.example/v1".to_owned(),
                timeout: Duration::from_secs(10),
                access: Access::Open,
            },
            cache_host: "cache.linernotes.invalid".to_owned(),
            revalidate_for: 86_400,
            workers_cache: false,
            purge_key: None,
            client_limit: 1_200,
            is_durable: false,
            contact: None,
        })
    );
}

#[test]
fn every_setting_is_taken() {
    assert_eq!(
        read(&[
            ("ORIGIN_URL", "http://127.0.0.1:5001"),
            ("ORIGIN_TIMEOUT_MS", "250"),
            ("ORIGIN_KEY", "k"),
            ("CACHE_HOST", "music.example"),
            ("REVALIDATE_SECONDS", "60"),
            ("WORKERS_CACHE", "true"),
            ("PURGE_KEY", "0123456789abcdef"),
            ("CLIENT_LIMIT", "5"),
            ("CONTACT", "ops@music.example"),
        ]),
        Ok(Config {
            origin: Origin {
                url: "http://127.0.0.1:5001".to_owned(),
                timeout: Duration::from_millis(250),
                access: Access::Key(secret("k")),
            },
            cache_host: "music.example".to_owned(),
            revalidate_for: 60,
            workers_cache: true,
            purge_key: Some(secret("0123456789abcdef")),
            client_limit: 5,
            is_durable: false,
            contact: Some("ops@music.example".to_owned()),
        })
    );
}

#[test]
fn a_function_url_tells_its_region() {
    let keys = [
        ("ORIGIN_AWS_ACCESS_KEY_ID", "AKID"),
        ("ORIGIN_AWS_SECRET_ACCESS_KEY", "s"),
    ];
    let aws = |region: &str| {
        Access::Aws(Aws {
            access_key_id: "AKID".to_owned(),
            secret_access_key: secret("s"),
            region: region.to_owned(),
        })
    };
    let url = ("ORIGIN_URL", "https://abc.lambda-url.eu-west-1.on.aws/");
    let access = |settings: &[_]| read(settings).map(|config| config.origin.access);
    assert_eq!(access(&[url, keys[0], keys[1]]), Ok(aws("eu-west-1")));
    assert_eq!(
        access(&[ORIGIN, keys[0], keys[1]]),
        Err(ConfigError::Region)
    );
    let region = ("ORIGIN_AWS_REGION", "us-east-1");
    assert_eq!(
        access(&[ORIGIN, keys[0], keys[1], region]),
        Ok(aws("us-east-1"))
    );
}

#[test]
fn access_is_one_way_and_whole() {
    for settings in [
        &[ORIGIN, ("ORIGIN_AWS_ACCESS_KEY_ID", "AKID")][..],
        &[ORIGIN, ("ORIGIN_AWS_SECRET_ACCESS_KEY", "s")],
        &[
            ORIGIN,
            ("ORIGIN_KEY", "k"),
            ("ORIGIN_AWS_ACCESS_KEY_ID", "AKID"),
            ("ORIGIN_AWS_SECRET_ACCESS_KEY", "s"),
        ],
    ] {
        assert_eq!(read(settings), Err(ConfigError::Access));
    }
    assert_eq!(
        read(&[ORIGIN, ("ORIGIN_KEY", "two words")]),
        Err(ConfigError::OriginKey)
    );
}

#[test]
fn a_bad_origin_is_named() {
    assert_eq!(read(&[]), Err(ConfigError::Origin));
    for url in [
        "",
        "origin.example",
        "https://",
        "https:///path",
        "https://origin example",
        "ftp://origin.example",
        "https://user:secret@origin.example",
        "https://origin.example/?key=secret",
        "https://origin.example/#x",
    ] {
        assert_eq!(
            read(&[("ORIGIN_URL", url)]),
            Err(ConfigError::Origin),
            "{url}"
        );
    }
}

#[test]
fn any_other_bad_setting_is_named() {
    let bad: [(&str, &[&str], ConfigError); 6] = [
        (
            "ORIGIN_TIMEOUT_MS",
            &["", "0", "-1", "1.5", "soon", "60001"],
            ConfigError::Timeout,
        ),
        (
            "CACHE_HOST",
            &[
                "",
                "a b",
                "https://music.example",
                "music.example:8443",
                "music.example/x",
            ],
            ConfigError::CacheHost,
        ),
        (
            "REVALIDATE_SECONDS",
            &["", "-1", "a day", "2592001"],
            ConfigError::Revalidate,
        ),
        ("WORKERS_CACHE", &["yes", "1"], ConfigError::WorkersCache),
        ("PURGE_KEY", &["short"], ConfigError::PurgeKey),
        ("CLIENT_LIMIT", &["", "0", "many"], ConfigError::ClientLimit),
    ];
    for (name, values, error) in bad {
        for value in values {
            assert_eq!(read(&[ORIGIN, (name, value)]), Err(error), "{name}={value}");
        }
    }
    assert_eq!(
        read(&[ORIGIN, ("CONTACT", "a b")]),
        Err(ConfigError::Contact)
    );
}
