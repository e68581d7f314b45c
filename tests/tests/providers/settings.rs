//! Providers' settings.

use std::process::Command;

use super::*;

/// What `linernotes doctor` says with some settings.
fn doctor(settings: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(prepared().origin)
        .arg("doctor")
        .current_dir(folder.path())
        // Nobody out there is asked.
        .env("LINERNOTES_PROFILE", "test")
        .env(
            "LINERNOTES_DATABASE__URL",
            "postgres://nobody@127.0.0.1:1/x",
        )
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_setting_that_cant_be_used_is_told_at_once_without_its_value() {
    let told = doctor(&[
        ("LINERNOTES_CONTACT", "me (at) home"),
        ("LINERNOTES_PROVIDERS__FANART__URL", "http://me:5ecret@x"),
        ("LINERNOTES_PROVIDERS__FANART__TIMEOUT_MS", "0"),
        ("LINERNOTES_PROVIDERS__WIKIDATA__CALLS", "0"),
        ("LINERNOTES_PROVIDERS__WIKIPEDIA__AT_ONCE", "1000"),
        ("LINERNOTES_PROVIDERS__LASTFMM__API_KEY", "5ecret"),
        ("LINERNOTES_ENRICHMENT__BUDGET_MS", "999999"),
        ("LINERNOTES_ENRICHMENT__LANGUAGE", "English"),
        ("LINERNOTES_ENRICHMENT__ALBUM_IMAGES", "[fanart,fanrt]"),
        ("LINERNOTES_ENRICHMENT__PUBLIC_URL", "linernotes.example"),
    ]);
    for variable in [
        "LINERNOTES_CONTACT: ",
        "LINERNOTES_PROVIDERS__FANART__URL: ",
        "LINERNOTES_PROVIDERS__FANART__TIMEOUT_MS: must be 1 to 60000",
        "LINERNOTES_PROVIDERS__WIKIDATA__CALLS: must be at least 1",
        "LINERNOTES_PROVIDERS__WIKIPEDIA__AT_ONCE: must be 1 to 100",
        "LINERNOTES_PROVIDERS__LASTFMM: there is no such provider",
        "LINERNOTES_ENRICHMENT__BUDGET_MS: ",
        "LINERNOTES_ENRICHMENT__LANGUAGE: ",
        "LINERNOTES_ENRICHMENT__ALBUM_IMAGES: \"fanrt\" is no provider",
        "LINERNOTES_ENRICHMENT__PUBLIC_URL: ",
    ] {
        assert!(told.contains(variable), "{variable} in {told}");
    }
    assert!(!told.contains("5ecret"), "{told}");
}

#[test]
fn a_key_that_no_header_can_hold_is_refused_without_being_told() {
    let told = doctor(&[("LINERNOTES_PROVIDERS__FANART__API_KEY", "a 5ecret")]);
    assert!(
        told.contains("LINERNOTES_PROVIDERS__FANART__API_KEY: must be of visible ASCII"),
        "{told}"
    );
    assert!(!told.contains("5ecret"), "{told}");
}

#[test]
fn a_provider_that_is_off_says_why_in_one_line() {
    let (cluster, _folder) = replica();
    let served = Served::with(
        &cluster,
        &[(
            "LINERNOTES_PROVIDERS__THE_AUDIO_DB__ENABLED",
            "false".to_owned(),
        )],
    );
    let log = served.origin.log();
    for line in [
        "provider is off: LINERNOTES_PROVIDERS__FANART__API_KEY isn't set",
        "provider is off: LINERNOTES_PROVIDERS__THE_AUDIO_DB__ENABLED is false",
    ] {
        assert_eq!(log.matches(line).count(), 1, "{log}");
    }
    let told = doctor(&[
        ("LINERNOTES_PROVIDERS__FANART__ENABLED", "true"),
        ("LINERNOTES_PROVIDERS__FANART__API_KEY", ""),
    ]);
    assert!(
        told.contains(
            "the provider fanart is off: LINERNOTES_PROVIDERS__FANART__API_KEY isn't set"
        ),
        "{told}"
    );
    assert!(!told.contains("LINERNOTES_CONTACT"), "{told}");
    let told = doctor(&[
        ("LINERNOTES_PROVIDERS__COVER_ART_ARCHIVE__ENABLED", "true"),
        ("LINERNOTES_PROVIDERS__WIKIPEDIA__ENABLED", "true"),
        ("LINERNOTES_PROVIDERS__WIKIPEDIA__URL", "http://127.0.0.1:1"),
    ]);
    assert!(
        told.contains("LINERNOTES_CONTACT isn't set: Wikipedia"),
        "{told}"
    );
    assert!(
        told.contains("the provider cover_art_archive is on"),
        "{told}"
    );
}

#[test]
fn a_key_of_digits_keeps_its_zeros() {
    let (cluster, _folder) = replica();
    let stub = ProviderStub::start(Provider::TheAudioDb);
    let mut settings = pointed(Provider::TheAudioDb, &stub.url);
    settings.push((
        "LINERNOTES_PROVIDERS__THE_AUDIO_DB__API_KEY",
        "0042".to_owned(),
    ));
    Served::with(&cluster, &settings).artist();
    assert_eq!(
        stub.take_targets(),
        [format!("/api/v1/json/0042/artist-mb.php?i={ARTIST}")]
    );
}
