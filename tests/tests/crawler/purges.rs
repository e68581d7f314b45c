//! Having copies purged: by Cloudflare's API, and by the edge's own route.

use std::collections::BTreeMap;
use std::time::Duration;

use linernotes_dev::run::Origin;
use linernotes_origin::config::{Config, LimiterKind, Secret};
use linernotes_origin::crawler::{self, Deadline, Task};
use linernotes_origin::limiter::Unlimited;
use linernotes_origin::providers::client::Courtesy;
use linernotes_origin::purge::{self, PurgeError, Purger};
use linernotes_origin::telemetry::with_causes;
use linernotes_shared::request::Entity::{Album, Artist};
use linernotes_tests::{
    Crawled, Keeper, PurgeCall, Reception, ask, next_second, prepared, wait_for_a_minute_with,
};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::sample::*;

const TOKEN: &str = "t0ken-of-the-zone";
const KEY: &str = "k3y-of-the-edge";
const RENAME: &str = "UPDATE artist SET name = 'The Las', last_updated = $t WHERE id = 1001";

fn secret(text: &str) -> Secret {
    serde_json::from_value(json!(text)).unwrap()
}

fn by_cloudflare(config: &mut Config, keeper: &Keeper) {
    config.limiter = LimiterKind::Off;
    config.purge.cloudflare_url = format!("{}/client/v4", keeper.url);
    config.purge.cloudflare_zone = Some("5a".to_owned());
    config.purge.cloudflare_token = Some(secret(TOKEN));
}

fn by_the_edge(config: &mut Config, keeper: &Keeper) {
    config.purge.edge_url = Some(keeper.url.clone());
    config.purge.edge_key = Some(secret(KEY));
}

/// A purger by itself.
struct Subject {
    runtime: Runtime,
    keeper: Keeper,
    purger: Box<dyn Purger>,
}

impl Subject {
    fn with(adjust: impl FnOnce(&mut Config, &Keeper)) -> Self {
        let runtime = Runtime::new().unwrap();
        let keeper = Keeper::start(&runtime);
        let mut config = Config::default();
        adjust(&mut config, &keeper);
        let courtesy = Courtesy::new(None, std::sync::Arc::new(Unlimited));
        let mut purgers = purge::open(&config.purge, &courtesy);
        assert_eq!(purgers.len(), 1);
        Self {
            runtime,
            keeper,
            purger: purgers.remove(0),
        }
    }

    /// Calls until all is purged, or one fails.
    fn purge(&self, mut tags: &[String]) -> Result<(), PurgeError> {
        while !tags.is_empty() {
            let done = self.runtime.block_on(self.purger.purge(tags))?;
            tags = &tags[done..];
        }
        Ok(())
    }

    fn failure(&self, reception: Reception) -> String {
        self.keeper.plan(&[reception; 3]);
        let error = self.purge(&tags(1)).unwrap_err();
        format!("{} / {error:?}", with_causes(&error))
    }
}

fn tags(number: u32) -> Vec<String> {
    (0..number)
        .map(|number| format!("artist-{}", made_up(number)))
        .collect()
}

fn lengths(calls: &[PurgeCall], of: &str) -> Vec<usize> {
    calls
        .iter()
        .map(|call| call.body[of].as_array().unwrap().len())
        .collect()
}

#[test]
fn cloudflare_is_asked_by_tag_a_hundred_at_a_time() {
    let subject = Subject::with(by_cloudflare);
    subject.purge(&tags(1)).unwrap();
    assert_eq!(
        subject.keeper.calls(),
        [PurgeCall {
            line: "POST /client/v4/zones/5a/purge_cache".to_owned(),
            authorization: format!("Bearer {TOKEN}"),
            body: json!({ "tags": [tags(1)[0].as_str(), "overflow"] }),
        }]
    );
    subject.purge(&tags(250)).unwrap();
    assert_eq!(lengths(&subject.keeper.calls(), "tags"), [100, 100, 53]);
}

#[test]
fn a_zone_that_cannot_purge_by_tag_is_asked_by_url_thirty_at_a_time() {
    let subject = Subject::with(|config, keeper| {
        by_cloudflare(config, keeper);
        config.purge.public_urls = vec!["https://music.example.org/".to_owned()];
    });
    subject.keeper.plan(&[Reception::NotOnThisPlan]);
    subject.purge(&[format!("album-{}", made_up(1))]).unwrap();
    let calls = subject.keeper.calls();
    assert_eq!(
        calls[1].body,
        json!({ "files": [
            format!("https://music.example.org/album/{}", made_up(1)),
            format!("https://music.example.org/api/v0.4/album/{}", made_up(1)),
        ] })
    );
    // It isn't asked by tag again.
    subject.purge(&tags(40)).unwrap();
    assert_eq!(lengths(&subject.keeper.calls(), "files"), [30, 30, 20]);
}

#[test]
fn the_edge_is_asked_by_tag_with_its_key() {
    let subject = Subject::with(by_the_edge);
    subject.purge(&tags(21)).unwrap();
    let calls = subject.keeper.calls();
    assert_eq!(lengths(&calls, "tags"), [10, 10, 1]);
    assert_eq!(calls[0].line, "POST /purge");
    assert_eq!(calls[0].authorization, format!("Bearer {KEY}"));
    assert_eq!(calls[0].body, json!({ "tags": tags(10) }));

    let subject = Subject::with(|config, keeper| {
        by_the_edge(config, keeper);
        config.purge.edge_tags = 99;
    });
    subject.purge(&tags(100)).unwrap();
    assert_eq!(lengths(&subject.keeper.calls(), "tags"), [99, 1]);
}

#[test]
fn a_refusal_says_why_and_nothing_says_the_secret() {
    let failures = [
        (
            Subject::with(by_cloudflare),
            Reception::NotOnThisPlan,
            "Only enterprise zones can purge by tag. (1107)",
        ),
        (
            Subject::with(by_cloudflare),
            Reception::NotAllowed,
            "Cloudflare refuses us with status 403",
        ),
        (
            Subject::with(by_cloudflare),
            Reception::Broken,
            "Cloudflare answers with status 500",
        ),
        (
            Subject::with(by_cloudflare),
            Reception::TooMany,
            "Cloudflare wants to be left alone",
        ),
        (
            Subject::with(by_the_edge),
            Reception::NotOnThisPlan,
            "the edge refuses: status 400",
        ),
        (
            Subject::with(by_the_edge),
            Reception::NotAllowed,
            "the edge refuses us with status 403",
        ),
        (
            Subject::with(by_the_edge),
            Reception::Broken,
            "the edge answers with status 500",
        ),
        (
            Subject::with(by_the_edge),
            Reception::Silence,
            "the edge takes too long",
        ),
    ];
    for (subject, reception, why) in failures {
        let said = subject.failure(reception);
        assert!(said.contains(why), "{reception:?}: {said}");
        assert!(!said.contains(TOKEN) && !said.contains(KEY), "{said}");
    }
}

/// The service with a keeper that outlives it.
fn crawled(adjust: impl Fn(&mut Config, &Keeper)) -> (Crawled, Keeper, Runtime) {
    let runtime = Runtime::new().unwrap();
    let keeper = Keeper::start(&runtime);
    let subject = Crawled::with(|config| adjust(config, &keeper));
    subject.artist(THE_LAS);
    keeper.calls();
    (subject, keeper, runtime)
}

fn purged(keeper: &Keeper) -> Vec<serde_json::Value> {
    keeper
        .calls()
        .into_iter()
        .map(|call| call.body["tags"].clone())
        .collect()
}

#[test]
fn what_changed_is_purged_once_and_what_did_not_is_not() {
    let (subject, keeper, _runtime) = crawled(by_the_edge);
    subject.packet(RENAME);
    subject.invalidate();
    let tag = format!("artist-{THE_LAS}");
    assert_eq!(purged(&keeper), [json!([tag])]);
    subject.invalidate();
    subject.packet("UPDATE artist SET last_updated = $t WHERE id = 1001");
    subject.invalidate();
    assert_eq!(purged(&keeper), Vec::<serde_json::Value>::new());
}

#[test]
fn who_wants_to_be_left_alone_for_a_moment_is_waited_for() {
    let (subject, keeper, _runtime) = crawled(by_the_edge);
    note(&subject, &tags(5));
    keeper.plan(&[Reception::TooMany]);
    subject.invalidate();
    assert_eq!(lengths(&keeper.calls(), "tags"), [5, 5]);
    assert_eq!(noted(&subject), BTreeMap::new());
}

#[test]
fn purges_that_fail_are_kept_and_tried_again_with_everybody() {
    let runtime = Runtime::new().unwrap();
    let [edge, cloudflare] = [Keeper::start(&runtime), Keeper::start(&runtime)];
    let subject = Crawled::with(|config| {
        by_the_edge(config, &edge);
        by_cloudflare(config, &cloudflare);
    });
    subject.artist(THE_LAS);
    let tags = json!([format!("artist-{THE_LAS}")]);
    let zone_tags = json!([format!("artist-{THE_LAS}"), "overflow"]);
    edge.always(Reception::NotOnThisPlan);
    subject.packet(RENAME);
    let done = subject.invalidate();
    assert!(
        done.complete,
        "a purge that fails is no reason to stop: {done:?}"
    );
    assert!(purged(&edge).contains(&tags));
    assert!(
        purged(&cloudflare).contains(&zone_tags),
        "one who refuses doesn't keep it from the other"
    );

    edge.always(Reception::Done);
    subject.invalidate();
    assert_eq!(purged(&edge), std::slice::from_ref(&tags));
    assert_eq!(purged(&cloudflare), [zone_tags]);
    subject.invalidate();
    assert_eq!(purged(&edge), Vec::<serde_json::Value>::new());
}

/// The tags that are noted to be purged.
fn noted(subject: &Crawled) -> BTreeMap<String, u64> {
    let store = subject.service.cache.store();
    let note = subject.wait(store.note("purges")).unwrap();
    note.map(|note| serde_json::from_slice(&note.value).unwrap())
        .unwrap_or_default()
}

/// Notes tags to be purged, as a run does that is killed then.
fn note(subject: &Crawled, tags: &[String]) {
    let names: BTreeMap<&String, u64> = tags.iter().map(|tag| (tag, 1)).collect();
    let value = serde_json::to_vec(&names).unwrap();
    let store = subject.service.cache.store();
    assert!(
        subject
            .wait(store.write_note("purges", &value, None))
            .unwrap()
    );
}

#[test]
fn tags_that_are_refused_keep_no_others_from_being_purged() {
    let (subject, keeper, _runtime) = crawled(by_the_edge);
    note(&subject, &tags(25));
    keeper.plan(&[
        Reception::NotOnThisPlan,
        Reception::Done,
        Reception::Done,
        // Once more at the end of the run.
        Reception::NotOnThisPlan,
    ]);
    subject.invalidate();
    assert_eq!(lengths(&keeper.calls(), "tags"), [10, 10, 5, 10]);
    assert!(noted(&subject).into_keys().eq(tags(10)));
    subject.invalidate();
    assert_eq!(purged(&keeper), [json!(tags(10))]);
    assert_eq!(noted(&subject), BTreeMap::new());
}

#[test]
fn more_urls_than_a_zone_takes_in_a_minute_are_purged_by_and_by() {
    let (subject, keeper, _runtime) = crawled(|config, keeper| {
        by_cloudflare(config, keeper);
        config.limiter = LimiterKind::Process;
        config.purge.public_urls = vec!["https://music.example.org/".to_owned()];
    });
    note(&subject, &tags(100));
    keeper.plan(&[Reception::NotOnThisPlan]);
    wait_for_a_minute_with(20);
    // No time to wait for the next minute.
    let no_time = Deadline::within(Duration::from_secs(3));
    let run = |deadline| {
        let task = Task::Invalidate { since: None };
        subject.wait(crawler::run(&subject.service, &task, deadline))
    };
    run(no_time).unwrap();
    // Of five calls, the one by tag is refused, and each of the others takes fifteen.
    let calls = keeper.calls();
    assert_eq!(lengths(&calls[..1], "tags"), [100]);
    assert!(calls.len() >= 5, "{}", calls.len());
    assert!(lengths(&calls[1..], "files").iter().all(|urls| *urls == 30));
    assert_eq!(noted(&subject).len(), 100 - 15 * (calls.len() - 1));

    // With time, the others' minute is waited for.
    run(Deadline::NEVER).unwrap();
    assert_eq!(noted(&subject), BTreeMap::new());
    let urls: usize = lengths(&keeper.calls(), "files").iter().sum();
    assert_eq!(urls, 2 * (100 - 15 * (calls.len() - 1)));
}

#[test]
fn what_a_request_built_ahead_of_the_sweep_is_told_of_and_purged() {
    let (subject, keeper, _runtime) = crawled(by_the_edge);
    subject.album(ALBUM);
    subject.packet("");
    subject.invalidate();
    let since = next_second();
    subject.packet(
        "UPDATE track SET name = 'Another Title', last_updated = $t
         WHERE id = (SELECT min(track.id) FROM track JOIN medium ON medium.id = track.medium
                     JOIN release ON release.id = medium.release WHERE release.release_group = 1001)",
    );
    let key = format!("album/{ALBUM}").parse().unwrap();
    subject
        .wait(subject.service.cache.mark_stale(&[key], next_second()))
        .unwrap();
    while !subject.album(ALBUM).to_string().contains("Another Title") {
        std::thread::sleep(Duration::from_millis(50));
    }
    keeper.calls();

    // So that it is noted for certain, and not for the sweep to find.
    std::thread::sleep(Duration::from_secs(4));
    subject.invalidate();
    let expected = json!([format!("album-{ALBUM}"), format!("artist-{THE_LAS}")]);
    assert_eq!(purged(&keeper), [expected]);
    assert!(subject.recent_set(Artist, since).contains(THE_LAS));
    assert_eq!(subject.recent_set(Album, since), [ALBUM.to_owned()].into());
    subject.invalidate();
    assert_eq!(purged(&keeper), Vec::<serde_json::Value>::new());
}

#[test]
fn no_secret_reaches_the_log() {
    let (subject, keeper, _runtime) = crawled(by_cloudflare);
    keeper.always(Reception::Broken);
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("RUST_LOG", "trace".to_owned()),
        ("LINERNOTES_DATABASE__URL", subject.cluster.url()),
        ("LINERNOTES_OPERATOR_KEY", "0perator".to_owned()),
        ("LINERNOTES_PURGE__CLOUDFLARE_URL", keeper.url.clone()),
        ("LINERNOTES_PURGE__CLOUDFLARE_ZONE", "5a".to_owned()),
        ("LINERNOTES_PURGE__CLOUDFLARE_TOKEN", TOKEN.to_owned()),
    ];
    let origin = Origin::start(&prepared().origin, folder.path(), &settings).unwrap();
    let invalidate = || {
        let url = format!("{}/invalidate", origin.url());
        ask(url).header("authorization", "0perator").send()
    };
    assert_eq!(invalidate().status, 200);
    ask(format!("{}/artist/{THE_LAS}", origin.url())).send();
    subject.packet(RENAME);
    let answer = invalidate();
    assert_eq!(
        (answer.status, &answer.json()["refreshed"]),
        (200, &json!(1))
    );
    assert_eq!(
        keeper.calls().pop().unwrap().authorization,
        format!("Bearer {TOKEN}")
    );
    let log = origin.log();
    assert!(log.contains("copies not purged"), "{log}");
    assert!(!log.contains(TOKEN) && !log.contains("0perator"), "{log}");
}
