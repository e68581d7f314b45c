use super::*;

const NOW: u64 = 1_000;

fn fields(fields: &[(&str, &str)]) -> Fields {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn reply(status: u16, extra: &[(&str, &str)]) -> Reply {
    let whole = [
        ("content-type", "application/json; charset=utf-8"),
        (FRESH_UNTIL, "1060"),
        (STALE_UNTIL, "1660"),
        ("etag", r#""a1""#),
        (CACHE_TAG, "artist-x"),
    ];
    // The first of two fields counts, so an extra one replaces.
    Reply {
        status,
        fields: fields(&[extra, &whole].concat()),
        body: b"\x1f\x8b\x08".to_vec(),
    }
}

fn kept(status: u16) -> Kept {
    Kept {
        status,
        coding: Coding::Gzip,
        etag: Some(r#""a1""#.to_owned()),
        tags: Some("artist-x".to_owned()),
        freshness: Freshness {
            fresh_until: 1_060,
            stale_until: 1_660,
        },
        made_at: NOW,
        location: None,
        durable_at: 0,
        is_purged: false,
    }
}

#[test]
fn a_200_and_a_404_of_the_origins_are_answers() {
    for status in [200, 404] {
        assert_eq!(
            reply(status, &[]).judged(Caching::Always, NOW),
            Ok(Verdict::Answer(Whole {
                kept: kept(status),
                body: b"\x1f\x8b\x08".to_vec(),
            }))
        );
    }
}

#[test]
fn an_age_counts_from_when_the_answer_was_made() {
    let Ok(Verdict::Answer(whole)) = reply(200, &[("age", "40")]).judged(Caching::Always, NOW)
    else {
        panic!("an answer");
    };
    assert_eq!(whole.kept.made_at, 960);
}

#[test]
fn a_304_renews() {
    assert_eq!(
        reply(304, &[]).judged(Caching::Always, NOW),
        Ok(Verdict::Unchanged(Renewal {
            freshness: kept(200).freshness,
            made_at: NOW,
            tags: Some("artist-x".to_owned()),
        }))
    );
}

#[test]
fn a_200_or_404_of_anything_in_between_is_no_answer() {
    for (name, value) in [
        (FRESH_UNTIL, ""),
        (FRESH_UNTIL, "soon"),
        (FRESH_UNTIL, "-1"),
        (STALE_UNTIL, ""),
        (STALE_UNTIL, "1059"),
        ("content-type", "text/html"),
        ("content-type", "text/html; x=application/json"),
        ("content-type", "application/json\u{e9}"),
    ] {
        for status in [200, 404] {
            assert_eq!(
                reply(status, &[(name, value)]).judged(Caching::Always, NOW),
                Err(Trouble::Malformed),
                "{status} {name}: {value}"
            );
        }
    }
    for body in ["", "null", "<html>", "Not Found"] {
        let mut reply = reply(404, &[]);
        reply.body = body.as_bytes().to_vec();
        assert_eq!(
            reply.judged(Caching::Always, NOW),
            Err(Trouble::Malformed),
            "{body}"
        );
    }
}

#[test]
fn other_statuses_are_trouble() {
    for status in [201, 204, 206, 301, 302, 401, 403, 410] {
        assert_eq!(
            reply(status, &[]).judged(Caching::Always, NOW),
            Err(Trouble::Malformed),
            "{status}"
        );
    }
    for status in [429, 500, 502, 503, 504, 599] {
        assert_eq!(
            reply(status, &[]).judged(Caching::Always, NOW),
            Err(Trouble::Failed { retry_after: None }),
            "{status}"
        );
    }
}

#[test]
fn the_origins_retry_after_is_kept_if_it_is_a_sane_number() {
    for (value, seconds) in [
        ("30", 30),
        ("3600", 3_600),
        ("0", 10),
        ("3601", 10),
        ("-5", 10),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 10),
    ] {
        let trouble = reply(503, &[("retry-after", value)])
            .judged(Caching::Always, NOW)
            .unwrap_err();
        assert_eq!(trouble.retry_after(), seconds, "{value}");
    }
}

#[test]
fn an_entity_tag_that_isnt_one_is_left_out() {
    for etag in [
        "a1",
        r#""a"1""#,
        r#""a,1""#,
        r#""a 1""#,
        r#"""#,
        "\"a\u{e9}\"",
    ] {
        let Ok(Verdict::Answer(whole)) = reply(200, &[("etag", etag)]).judged(Caching::Always, NOW)
        else {
            panic!("an answer");
        };
        assert_eq!(whole.kept.etag, None, "{etag}");
    }
}

#[test]
fn a_301_leads_to_another_path_of_ours_or_nowhere() {
    let redirect = |location: &str| {
        let mut reply = reply(301, &[("location", location)]);
        reply.body = b"moved".to_vec();
        reply.judged(Caching::Always, NOW)
    };
    for location in ["../../artist/x", "/api/v0.4/album/x"] {
        assert_eq!(
            redirect(location),
            Ok(Verdict::Answer(Whole {
                kept: Kept {
                    coding: Coding::None,
                    location: Some(location.to_owned()),
                    ..kept(301)
                },
                body: Vec::new(),
            }))
        );
    }
    for location in [
        "",
        "//evil.example/x",
        "https://evil.example/",
        "/a b",
        "/a?b",
    ] {
        assert_eq!(redirect(location), Err(Trouble::Malformed), "{location}");
    }
}

#[test]
fn a_200_that_says_nothing_of_its_time_is_passed_on_where_that_is_the_origins_way() {
    let untold = reply(200, &[(FRESH_UNTIL, "")]);
    assert_eq!(
        untold.clone().judged(Caching::WhenTold, NOW),
        Ok(Verdict::Passing(untold.clone(), Coding::Gzip))
    );
    assert_eq!(untold.judged(Caching::Always, NOW), Err(Trouble::Malformed));
    assert_eq!(
        reply(404, &[(FRESH_UNTIL, "")]).judged(Caching::WhenTold, NOW),
        Err(Trouble::Malformed),
        "never a 404"
    );
}

#[test]
fn the_origins_word_that_a_question_is_wrong_is_passed_on() {
    for status in [400, 415] {
        let reply = reply(status, &[]);
        assert_eq!(
            reply.clone().judged(Caching::Always, NOW),
            Ok(Verdict::Passing(reply, Coding::Gzip))
        );
    }
}
