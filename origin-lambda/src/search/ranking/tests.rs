use linernotes_shared::Mbid;
use uuid::Uuid;

use super::*;

fn asked(text: &str) -> Asked {
    Asked {
        shown: text.to_lowercase(),
        query: Folded::of(text),
        artist: None,
    }
}

fn by(text: &str, artist: &str) -> Asked {
    Asked {
        artist: Some(Folded::of(artist)),
        ..asked(text)
    }
}

fn artist(name: &str, others: &[&str], weight: f32) -> IndexedName {
    IndexedName {
        entity: Entity::Artist,
        mbid: Mbid::from(Uuid::nil()),
        weight,
        shown: name.to_lowercase(),
        name: Folded::of(name).text(),
        others: others
            .iter()
            .map(|other| Folded::of(other).text())
            .collect(),
        credits: Vec::new(),
    }
}

fn album(title: &str, credits: &[&str], weight: f32) -> IndexedName {
    IndexedName {
        entity: Entity::Album,
        credits: credits
            .iter()
            .map(|credit| Folded::of(credit).text())
            .collect(),
        ..artist(title, &[], weight)
    }
}

fn score(asked: &Asked, indexed: &IndexedName) -> f64 {
    fit(asked, indexed).map_or(0.0, |fit| fit.score)
}

/// Checks that each fits better than the next.
fn in_order(asked: &Asked, names: &[IndexedName]) {
    let scores: Vec<f64> = names.iter().map(|name| score(asked, name)).collect();
    assert!(
        scores.is_sorted_by(|one, next| one > next),
        "{asked:?}: {scores:?}"
    );
}

#[test]
fn the_very_name_comes_first_then_what_matters() {
    in_order(
        &asked("air"),
        &[
            artist("Air", &[], 0.7),
            artist("AIR", &["エア"], 0.2),
            artist("The Air", &[], 0.1),
            artist("Air Supply", &[], 0.8),
            artist("Air Traffic", &[], 0.1),
        ],
    );
    in_order(
        &asked("p!nk"),
        &[
            artist("P!nk", &[], 0.7),
            artist("Pink", &[], 0.3),
            artist("Pink Floyd", &[], 1.0),
        ],
    );
}

#[test]
fn a_well_known_artists_alias_comes_before_an_unknown_ones_name() {
    in_order(
        &asked("slim shady"),
        &[
            artist("Eminem", &["Slim Shady"], 0.8),
            artist("Slim Shady", &[], 0.05),
            artist("Slim Shady Tribute", &[], 0.05),
        ],
    );
}

#[test]
fn one_typo_or_two_dont_hide_a_name() {
    for (query, name) in [
        ("coldpaly", "Coldplay"),
        ("coldpla", "Coldplay"),
        ("metalica", "Metallica"),
        ("avengd sevnfold", "Avenged Sevenfold"),
        ("led zepplin", "Led Zeppelin"),
        ("fleetwoodmac", "Fleetwood Mac"),
        ("bjrok", "Björk"),
        ("zeppelin led", "Led Zeppelin"),
    ] {
        assert!(
            score(&asked(query), &artist(name, &[], 0.6)) > 50.0,
            "{query}"
        );
        assert!(
            score(&asked(query), &artist(name, &[], 0.6)) <= 100.0,
            "{query}"
        );
    }
    for (query, name) in [
        ("abc", "ABD"),
        ("queen", "Green"),
        ("coldplay", "Oldboy"),
        ("muse", "Mule Variations"),
    ] {
        assert!(
            score(&asked(query), &artist(name, &[], 0.6)) < 50.0,
            "{query}"
        );
    }
}

#[test]
fn a_text_may_name_title_and_artist_in_any_order() {
    let kamikaze = album("Kamikaze", &["Eminem", "Slim Shady"], 0.5);
    for (query, credit) in [
        ("Eminem Kamikaze", "eminem"),
        ("kamikaze eminem", "eminem"),
        ("kamikaze slim shady", "slim shady"),
    ] {
        let fit = fit(&asked(query), &kamikaze).unwrap();
        assert_eq!(fit.by_artist.as_deref(), Some(credit), "{query}");
        assert!(fit.score > EXACT, "{query}");
    }
    let alone = fit(&asked("kamikaze"), &kamikaze).unwrap();
    assert_eq!(alone.by_artist, None);
    assert_eq!(
        fit(&asked("slim shady"), &kamikaze),
        None,
        "the artist alone isn't the album"
    );
}

#[test]
fn an_album_named_after_its_artist_brings_it() {
    let by_artist = |query, indexed: IndexedName| fit(&asked(query), &indexed).unwrap().by_artist;
    let own = album("Metallica", &["Metallica"], 0.9);
    assert_eq!(by_artist("metallica", own).as_deref(), Some("metallica"));
    assert_eq!(
        by_artist("metallica", album("Metallica", &["Somebody"], 0.9)),
        None
    );
}

#[test]
fn with_an_artist_asked_for_somebody_elses_album_isnt_meant() {
    let query = by("Evolve", "Imagine Dragons");
    in_order(
        &query,
        &[
            album("Evolve", &["Imagine Dragons"], 0.3),
            album("Evolved", &["Imagine Dragons"], 0.3),
        ],
    );
    assert_eq!(fit(&query, &album("Evolve", &["Somebody"], 0.9)), None);
    assert!(
        score(
            &by("Evolve", "Imagine Dragon"),
            &album("Evolve", &["Imagine Dragons"], 0.3)
        ) > 50.0
    );
}

proptest::proptest! {
    #[test]
    fn scores_lie_between_0_and_100(query in ".{1,30}", name in ".{1,30}", other in ".{0,20}", weight in 0.0_f32..=1.0) {
        for indexed in [artist(&name, &[&other], weight), album(&name, &[&other], weight)] {
            let score = score(&asked(&query), &indexed);
            proptest::prop_assert!((0.0..=100.0).contains(&score), "{score}");
        }
        let own = score(&asked(&name), &artist(&name, &[], weight));
        proptest::prop_assert!(Folded::of(&name).is_empty() || own >= EXACT, "{own}");
    }
}
