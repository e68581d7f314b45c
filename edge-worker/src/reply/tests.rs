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
    }
}

#[test]
fn a_200_and_a_404_of_the_origins_are_answers() {
    for status in [200, 404] {
        assert_eq!(
            reply(status, &[]).lookup(NOW),
            Ok(Verdict::Answer(Whole {
                kept: kept(status),
                body: b"\x1f\x8b\x08".to_vec(),
            }))
        );
    }
}

#[test]
fn an_age_counts_from_when_the_answer_was_made() {
    let Ok(Verdict::Answer(whole)) = reply(200, &[("age", "40")]).lookup(NOW) else {
        panic!("an answer");
    };
    assert_eq!(whole.kept.made_at, 960);
}

#[test]
fn a_304_renews() {
    assert_eq!(
        reply(304, &[]).lookup(NOW),
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
                reply(status, &[(name, value)]).lookup(NOW),
                Err(Trouble::Malformed),
                "{status} {name}: {value}"
            );
        }
    }
    for body in ["", "null", "<html>", "Not Found"] {
        let mut reply = reply(404, &[]);
        reply.body = body.as_bytes().to_vec();
        assert_eq!(reply.lookup(NOW), Err(Trouble::Malformed), "{body}");
    }
}

#[test]
fn other_statuses_are_trouble() {
    for status in [201, 204, 206, 301, 302, 400, 401, 403, 410] {
        assert_eq!(
            reply(status, &[]).lookup(NOW),
            Err(Trouble::Malformed),
            "{status}"
        );
    }
    for status in [429, 500, 502, 503, 504, 599] {
        assert_eq!(
            reply(status, &[]).lookup(NOW),
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
            .lookup(NOW)
            .unwrap_err();
        assert_eq!(trouble.retry_after(), seconds, "{value}");
    }
}

#[test]
fn an_entity_tag_that_isnt_one_is_left_out() {
    for etag in ["a1", r#""a"1""#, r#""a,1""#, r#"""#, "\"a\u{e9}\""] {
        let Ok(Verdict::Answer(whole)) = reply(200, &[("etag", etag)]).lookup(NOW) else {
            panic!("an answer");
        };
        assert_eq!(whole.kept.etag, None, "{etag}");
    }
}
