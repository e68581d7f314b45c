use super::*;

const NOW: u64 = 1_000;

#[test]
fn an_answer_may_be_served_in_trouble_for_thirty_days_after_it_was_fresh() {
    const DAY: u64 = 24 * 3_600;
    for (said, stale_until) in [
        (1_060 + 29 * DAY, 1_060 + 29 * DAY),
        (1_060 + 60 * DAY, 1_060 + 30 * DAY),
    ] {
        let said = said.to_string();
        let fields = fields(&[(FRESH_UNTIL, "1060"), (STALE_UNTIL, &said)]);
        let expected = Freshness {
            fresh_until: 1_060,
            stale_until,
        };
        assert_eq!(freshness(&fields), Some(expected), "{said}");
    }
}

#[test]
fn an_origin_that_says_itself_what_is_wrong_is_there() {
    let json = ("content-type", "application/json");
    let wait = ("retry-after", "600");
    for (status, extra, body, is_own) in [
        (503, &[json, wait][..], "{}", true),
        (503, &[(POLICY, "default-src 'none'"), wait], "<html>", true),
        (503, &[json], "{}", false),
        (503, &[wait], "{}", false),
        (503, &[json, wait], "<html>", false),
        (500, &[json, wait], "{}", false),
        (502, &[json, wait], "{}", false),
    ] {
        let reply = Reply {
            status,
            fields: fields(extra),
            body: body.as_bytes().to_vec().into(),
        };
        assert_eq!(reply.is_own_trouble(), is_own, "{reply:?}");
    }
}

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
        body: b"\x1f\x8b\x08".to_vec().into(),
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
        purged_at: 0,
    }
}

#[test]
fn a_200_and_a_404_of_the_origins_are_answers() {
    for status in [200, 404] {
        assert_eq!(
            reply(status, &[]).judged(NOW),
            Ok(Verdict::Answer(Whole {
                kept: kept(status),
                body: b"\x1f\x8b\x08".to_vec().into(),
            }))
        );
    }
}

#[test]
fn an_age_counts_from_when_the_answer_was_made() {
    let Ok(Verdict::Answer(whole)) = reply(200, &[("age", "40")]).judged(NOW) else {
        panic!("an answer");
    };
    assert_eq!(whole.kept.made_at, 960);
}

#[test]
fn a_304_renews() {
    assert_eq!(
        reply(304, &[]).judged(NOW),
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
                reply(status, &[(name, value)]).judged(NOW),
                Err(Trouble::Malformed),
                "{status} {name}: {value}"
            );
        }
    }
    for body in ["", "null", "<html>", "Not Found"] {
        let mut reply = reply(404, &[]);
        reply.body = body.as_bytes().to_vec().into();
        assert_eq!(reply.judged(NOW), Err(Trouble::Malformed), "{body}");
    }
}

#[test]
fn other_statuses_are_trouble() {
    for status in [201, 204, 206, 301, 302, 401, 403, 410] {
        assert_eq!(
            reply(status, &[]).judged(NOW),
            Err(Trouble::Malformed),
            "{status}"
        );
    }
    for status in [429, 500, 502, 503, 504, 599] {
        assert_eq!(
            reply(status, &[]).judged(NOW),
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
            .judged(NOW)
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
        let Ok(Verdict::Answer(whole)) = reply(200, &[("etag", etag)]).judged(NOW) else {
            panic!("an answer");
        };
        assert_eq!(whole.kept.etag, None, "{etag}");
    }
}

#[test]
fn a_301_leads_to_another_path_of_ours_or_nowhere() {
    let redirect = |location: &str| {
        let mut reply = reply(301, &[("location", location)]);
        reply.body = b"moved".to_vec().into();
        reply.judged(NOW)
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
                body: Bytes::default(),
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
fn a_page_that_moved_takes_its_readers_choices_along() {
    let shown = |location: &str| {
        let fields = [
            ("content-type", "text/html; charset=utf-8"),
            (POLICY, "default-src 'none'"),
            ("location", location),
        ];
        reply(301, &fields).showable(&[301])
    };
    for location in [
        "/browse/artist/x",
        "/browse/artist/x?allow=0&allow=16",
        "/browse/album/x?profile=own",
    ] {
        assert_eq!(shown(location), Ok(Coding::Gzip), "{location}");
    }
    for location in [
        "",
        "?allow=0",
        "//evil.example/?allow=0",
        "https://evil.example/?allow=0",
        "/browse?a b",
        "/browse?to=https://evil.example/",
        "/browse?a?b",
    ] {
        assert_eq!(shown(location), Err(Trouble::Malformed), "{location}");
    }
}

#[test]
fn what_says_nothing_of_its_time_is_not_the_origins() {
    for status in [200, 301, 304, 404] {
        assert_eq!(
            reply(status, &[(FRESH_UNTIL, "")]).judged(NOW),
            Err(Trouble::Malformed),
            "{status}"
        );
    }
}

#[test]
fn the_origins_word_that_a_question_is_wrong_is_passed_on() {
    for status in [400, 415] {
        let reply = reply(status, &[]);
        assert_eq!(
            reply.clone().judged(NOW),
            Ok(Verdict::Passing(reply, Coding::Gzip))
        );
    }
}
