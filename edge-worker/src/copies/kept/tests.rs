use super::*;

/// Of two artists, and a while old when it came.
fn kept() -> Kept {
    Kept {
        tags: Some("artist-x,artist-y".to_owned()),
        made_at: 990,
        ..kept_example()
    }
}

#[test]
fn a_body_is_known_by_its_first_bytes() {
    assert_eq!(Coding::of(b"\x1f\x8b\x08\0"), Some(Coding::Gzip));
    assert_eq!(Coding::of(b"{}"), Some(Coding::Identity));
    assert_eq!(Coding::of(b" \n[1]"), Some(Coding::Identity));
    for body in [&b""[..], b"\x1f", b"   ", b"<html>", b"null", b"\xff\xfe"] {
        assert_eq!(Coding::of(body), None, "{body:?}");
    }
}

#[test]
fn a_copy_is_fresh_then_revalidated_then_for_trouble_then_nothing() {
    for (now, usable) in [
        (1_059, Usable::Fresh { ttl: 1 }),
        (1_060, Usable::Revalidating { age: 0 }),
        (1_159, Usable::Revalidating { age: 99 }),
        (1_160, Usable::InTrouble { age: 100 }),
        (1_659, Usable::InTrouble { age: 599 }),
        (1_660, Usable::No),
    ] {
        assert_eq!(kept().usable(now, 100), usable, "{now}");
    }
}

#[test]
fn a_purged_copy_is_for_trouble_only() {
    let purged = Kept {
        purged_at: 1_000,
        ..kept()
    };
    assert_eq!(purged.usable(1_000, 100), Usable::InTrouble { age: 0 });
    assert_eq!(purged.usable(1_061, 100), Usable::InTrouble { age: 1 });
    assert_eq!(purged.usable(1_660, 100), Usable::No);
}

#[test]
fn an_unknown_is_believed_while_it_is_fresh_and_not_a_second_longer() {
    let unknown = Kept {
        status: 404,
        ..kept()
    };
    assert_eq!(unknown.usable(1_059, 100), Usable::Fresh { ttl: 1 });
    assert_eq!(unknown.usable(1_060, 100), Usable::No);
    let purged = Kept {
        purged_at: 1_000,
        ..unknown
    };
    assert_eq!(purged.usable(1_000, 100), Usable::No);
}

#[test]
fn a_copy_reads_back_as_it_was_kept() {
    assert_eq!(
        kept().to_line(),
        r#"200 gzip 1060 1660 990 0 0 "a1" - artist-x,artist-y"#
    );
    for kept in [
        kept(),
        Kept {
            status: 404,
            coding: Coding::Identity,
            etag: None,
            tags: None,
            purged_at: 1_010,
            durable_at: 7,
            ..kept()
        },
        Kept {
            status: 301,
            coding: Coding::None,
            location: Some("../../artist/x".to_owned()),
            ..kept()
        },
    ] {
        assert_eq!(Kept::from_line(&kept.to_line()), Some(kept));
    }
}

#[test]
fn a_garbled_line_is_none() {
    let line = kept().to_line();
    let words: Vec<&str> = line.split(' ').collect();
    for (index, garbage) in [
        (0, "500"),
        (1, "br"),
        (2, "x"),
        (3, "-1"),
        (4, ""),
        (6, "x"),
    ] {
        let mut garbled = words.clone();
        garbled[index] = garbage;
        assert_eq!(Kept::from_line(&garbled.join(" ")), None, "{garbage}");
    }
    assert_eq!(Kept::from_line(&words[..9].join(" ")), None);
    assert_eq!(Kept::from_line(&format!("{line} x")), None);
}

#[test]
fn a_newer_copy_stays_and_a_purge_since_the_question_counts() {
    let at = |made_at: u64, purged_at: u64| Kept {
        freshness: Freshness::starting(made_at, 60, 600),
        made_at,
        purged_at,
        ..kept_example()
    };
    let purged_since = Kept {
        freshness: Freshness {
            fresh_until: 1_020,
            ..at(1_010, 0).freshness
        },
        ..at(1_010, 1_020)
    };
    for (there, expected, why) in [
        (at(990, 0), Some(at(1_010, 0)), "older"),
        (at(1_010, 0), Some(at(1_010, 0)), "as old"),
        (at(1_011, 0), None, "newer"),
        (at(1_011, 1_020), None, "newer, and purged since"),
        (at(990, 1_009), Some(at(1_010, 0)), "purged before"),
        (at(990, 1_020), Some(purged_since.clone()), "purged since"),
    ] {
        assert_eq!(at(1_010, 0).in_place_of(&there, 1_010), expected, "{why}");
    }
    let best = purged_since.clone().in_place_of(&at(1_010, 0), 1_010);
    assert_eq!(best, None, "as old, and not purged");
    let very_second = at(1_010, 0).in_place_of(&at(990, 1_010), 1_010).unwrap();
    assert!(very_second.is_purged());
    let long_stale = Kept {
        freshness: Freshness::starting(0, 60, 2_000),
        ..at(990, 1_020)
    };
    let after = at(1_010, 0).in_place_of(&long_stale, 1_010);
    assert_eq!(
        after,
        Some(purged_since),
        "what was stale already may be purged too"
    );
}

#[test]
fn renewal_changes_times_and_keeps_the_rest() {
    let renewal = Renewal {
        freshness: Freshness::starting(2_000, 60, 600),
        made_at: 2_000,
        tags: None,
    };
    let purged = Kept {
        purged_at: 1_010,
        ..kept()
    };
    assert_eq!(
        purged.renewed(renewal.clone()),
        Kept {
            freshness: Freshness::starting(2_000, 60, 600),
            made_at: 2_000,
            ..kept()
        }
    );
    let retagged = Renewal {
        tags: Some("artist-z".to_owned()),
        ..renewal
    };
    assert_eq!(kept().renewed(retagged).tags.as_deref(), Some("artist-z"));
}
