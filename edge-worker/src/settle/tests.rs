use linernotes_shared::cache::Freshness;

use crate::config::example;
use crate::copies::Kept;
use crate::origin::Fields;

use super::*;

const NOW: u64 = 2_000;

fn stale() -> Whole {
    Whole {
        kept: Kept {
            status: 200,
            coding: Coding::Gzip,
            etag: Some(r#""old""#.to_owned()),
            tags: Some("artist-x".to_owned()),
            freshness: Freshness {
                fresh_until: 1_900,
                stale_until: 9_000,
            },
            made_at: 1_800,
            location: None,
            durable_at: 1_850,
            purged_at: 0,
        },
        body: b"\x1f\x8bold".to_vec().into(),
    }
}

fn reply(status: u16) -> Reply {
    let fields = [
        ("content-type", "application/json"),
        ("linernotes-fresh-until", "2600"),
        ("linernotes-stale-until", "9600"),
        ("etag", r#""new""#),
        ("cache-status", "linernotes-origin; hit; ttl=600"),
    ];
    Reply {
        status,
        fields: fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<Fields>(),
        body: b"{}".to_vec().into(),
    }
}

fn answered(status: u16) -> Whole {
    Whole {
        kept: Kept {
            status,
            coding: Coding::Identity,
            etag: Some(r#""new""#.to_owned()),
            tags: None,
            freshness: Freshness {
                fresh_until: 2_600,
                stale_until: 9_600,
            },
            made_at: NOW,
            location: None,
            durable_at: 0,
            purged_at: 0,
        },
        body: b"{}".to_vec().into(),
    }
}

fn settle_with(copy: Option<Whole>, reply: Result<Reply, Trouble>, now: u64) -> Settled {
    settle(copy, reply, now)
}

fn answer(settled: &Settled, now: u64) -> Answer {
    settled.to_answer(now, Wait::default(), &example())
}

const UPSTREAM: &str = "linernotes-origin; hit; ttl=600";

fn field(answer: &Answer, name: &str) -> String {
    let field = answer.fields.iter().find(|(key, _)| *key == name);
    field.map(|(_, value)| value.clone()).unwrap_or_default()
}

#[test]
fn the_origins_answer_is_served_and_kept() {
    for status in [200, 404] {
        let settled = settle_with(None, Ok(reply(status)), NOW);
        assert_eq!(
            settled,
            Settled::Answer {
                whole: answered(status),
                why: Forward::Miss,
                upstream: Some(UPSTREAM.to_owned()),
                outcome: "miss",
            }
        );
        let answer = answer(&settled, NOW);
        assert_eq!(answer.status, status);
        assert_eq!(
            field(&answer, "cache-control"),
            "public, s-maxage=600, max-age=0"
        );
        assert_eq!(
            field(&answer, "cache-status"),
            "linernotes-origin; hit; ttl=600, linernotes-edge; fwd=miss; stored"
        );
    }
}

#[test]
fn a_new_answer_replaces_a_stale_copy() {
    assert_eq!(
        settle_with(Some(stale()), Ok(reply(200)), NOW),
        Settled::Answer {
            whole: answered(200),
            why: Forward::Stale,
            upstream: Some(UPSTREAM.to_owned()),
            outcome: "replaced",
        }
    );
}

#[test]
fn a_stale_copy_that_the_origin_confirms_lives_on() {
    let mut renewed = stale();
    renewed.kept.freshness = Freshness {
        fresh_until: 2_600,
        stale_until: 9_600,
    };
    renewed.kept.made_at = NOW;
    let settled = settle_with(Some(stale()), Ok(reply(304)), NOW);
    assert_eq!(
        settled,
        Settled::Answer {
            whole: renewed,
            why: Forward::Stale,
            upstream: Some(UPSTREAM.to_owned()),
            outcome: "renewed",
        }
    );
    assert_eq!(
        field(&answer(&settled, NOW), "etag"),
        r#""old""#,
        "the copy's own tag stays"
    );
}

#[test]
fn in_trouble_the_stale_copy_is_served_and_stays_as_it_is() {
    for (reply, trouble) in [
        (Err(Trouble::Timeout), Trouble::Timeout),
        (Err(Trouble::Unreachable), Trouble::Unreachable),
        (Ok(reply(302)), Trouble::Malformed),
        (Ok(reply(403)), Trouble::Malformed),
        (Ok(reply(503)), Trouble::Failed { retry_after: None }),
    ] {
        assert_eq!(
            settle_with(Some(stale()), reply, NOW),
            Settled::Stale {
                whole: stale(),
                trouble,
                outcome: "stale",
            }
        );
    }
    let answer = answer(&settle_with(Some(stale()), Err(Trouble::Timeout), NOW), NOW);
    assert_eq!(answer.status, 200);
    assert_eq!(
        field(&answer, "cache-status"),
        "linernotes-edge; hit; ttl=-100; detail=origin-timeout"
    );
    assert_eq!(field(&answer, "age"), "200");
    assert_eq!(
        field(&answer, "cache-control"),
        "public, s-maxage=230, max-age=0"
    );
}

#[test]
fn an_error_of_the_origins_is_no_better_than_a_stale_copy() {
    for status in [400, 415] {
        assert_eq!(
            settle_with(Some(stale()), Ok(reply(status)), NOW),
            Settled::Stale {
                whole: stale(),
                trouble: Trouble::Malformed,
                outcome: "stale",
            }
        );
        let settled = settle_with(None, Ok(reply(status)), NOW);
        assert_eq!(
            settled,
            Settled::Passing {
                reply: reply(status),
                coding: Coding::Identity,
                why: Forward::Miss,
            }
        );
        assert_eq!(answer(&settled, NOW).status, status);
    }
}

#[test]
fn the_same_content_stays_stored_where_it_is() {
    let mut same = reply(200);
    same.fields = [
        ("content-type", "application/json"),
        ("linernotes-fresh-until", "2600"),
        ("linernotes-stale-until", "9600"),
        ("etag", r#""old""#),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let Settled::Answer { whole, .. } = settle_with(Some(stale()), Ok(same), NOW) else {
        panic!("an answer");
    };
    assert_eq!(whole.kept.durable_at, 1_850);
}

#[test]
fn in_trouble_without_a_copy_the_answer_is_503() {
    for (reply, trouble) in [
        (Err(Trouble::Unreachable), Trouble::Unreachable),
        (Ok(reply(304)), Trouble::Malformed),
        (Ok(reply(500)), Trouble::Failed { retry_after: None }),
    ] {
        let settled = settle_with(None, reply, NOW);
        assert_eq!(
            settled,
            Settled::Trouble {
                why: Forward::Miss,
                trouble
            }
        );
        assert_eq!(answer(&settled, NOW).status, 503);
    }
}

#[test]
fn what_may_be_from_before_a_purge_isnt_kept_further_out() {
    let outdated = Wait {
        is_outdated: true,
        ..Wait::default()
    };
    let of_the_origin = settle_with(None, Ok(reply(200)), NOW);
    let in_trouble = settle_with(Some(stale()), Err(Trouble::Timeout), NOW);
    for (settled, age) in [(of_the_origin, 0), (in_trouble, 200)] {
        let answer = settled.to_answer(NOW, outdated, &example());
        assert_eq!(answer.status, 200);
        assert_eq!(
            field(&answer, "cache-control"),
            format!("public, s-maxage={age}, max-age=0")
        );
    }
}

#[test]
fn in_trouble_a_copy_is_told_no_longer_than_it_is_fresh() {
    let mut unknown = answered(404);
    unknown.kept.freshness.fresh_until = NOW + 5;
    let settled = settle_with(Some(unknown), Err(Trouble::Timeout), NOW);
    assert_eq!(
        field(&answer(&settled, NOW), "cache-control"),
        "public, s-maxage=5, max-age=0"
    );
}

#[test]
fn an_answer_that_is_past_use_on_arrival_is_served_for_no_time() {
    let late = 9_600;
    let answer = answer(&settle_with(None, Ok(reply(200)), late), late);
    assert_eq!(
        field(&answer, "cache-control"),
        "public, s-maxage=0, max-age=0"
    );
    assert_eq!(
        field(&answer, "cache-status"),
        "linernotes-origin; hit; ttl=600, linernotes-edge; fwd=miss"
    );
}

#[test]
fn an_unknown_from_before_a_purge_isnt_believed() {
    let outdated = Wait {
        is_outdated: true,
        ..Wait::default()
    };
    let of_the_origin = settle_with(None, Ok(reply(404)), NOW);
    let in_trouble = settle_with(Some(answered(404)), Err(Trouble::Timeout), NOW);
    for (settled, detail) in [
        (of_the_origin, "origin-outdated"),
        (in_trouble, "origin-timeout"),
    ] {
        assert_eq!(answer(&settled, NOW).status, 404, "without a purge");
        let answer = settled.to_answer(NOW, outdated, &example());
        assert_eq!(answer.status, 503);
        assert_eq!(field(&answer, "retry-after"), "10");
        let status = field(&answer, "cache-status");
        assert!(status.ends_with(&format!("detail={detail}")), "{status}");
    }
}

#[test]
fn a_copy_that_ends_while_the_origin_is_asked_isnt_served() {
    let mut unknown = answered(404);
    unknown.kept.freshness.fresh_until = NOW + 5;
    for (copy, ends) in [(unknown, NOW + 5), (stale(), 9_000)] {
        let settled = settle_with(Some(copy), Err(Trouble::Timeout), NOW);
        assert_eq!(answer(&settled, ends).status, 503);
    }
}

#[test]
fn what_one_client_is_refused_isnt_kept_for_others() {
    let mut purged = answered(200);
    purged.kept.purge(NOW);
    let refused = Trouble::TooMany { seconds: 40 };
    let config = Config {
        workers_cache: true,
        ..example()
    };
    for copy in [stale(), purged, answered(200)] {
        let settled = settle_with(Some(copy), Err(refused), NOW);
        let answer = settled.to_answer(NOW, Wait::default(), &config);
        assert_eq!(answer.status, 200);
        assert_eq!(
            field(&answer, "cache-control"),
            "public, s-maxage=0, max-age=0"
        );
        assert_eq!(
            field(&answer, "cloudflare-cdn-cache-control"),
            "public, max-age=0, must-revalidate"
        );
    }
}
