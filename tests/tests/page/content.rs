//! What pages show.

use insta::assert_snapshot;
use linernotes_dev::run::replicated_now;
use linernotes_tests::{System, ask};

use super::{ALBUM, ALBUM_OLD, BOOTLEG, BROWSER, NOBODY, THE_LAS, THE_LAS_OLD, html, page, system};

/// Asserts a page's HTML but for what changes with every run.
macro_rules! assert_page {
    ($name:expr, $answer:expr) => {
        let answer = $answer;
        assert_eq!(answer.status, 200, "{}", $name);
        insta::with_settings!({filters => vec![
            (r"\d+ (second|minute|hour|day)s?", "[span]"),
            (r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC", "[moment]"),
            (r"Linernotes \d+\.\d+\.\d+", "Linernotes [version]"),
            (r"<dd>\d+\.\d+\.\d+</dd>", "<dd>[version]</dd>"),
            (r"<dt>Commit</dt>\n<dd>\S+</dd>", "<dt>Commit</dt>\n<dd>[commit]</dd>"),
        ]}, {
            assert_snapshot!($name, html(&answer));
        });
    };
}

#[test]
fn pages_show_what_lidarr_gets() {
    let system = system();
    assert_page!("front", page(&system, "/"));
    assert_page!("search-form", page(&system, "/browse"));
    assert_page!("search", page(&system, "/browse?query=The%20La%E2%80%99s"));
    assert_page!("search-nothing", page(&system, "/browse?query=zzyzx%20qqq"));
    assert_page!(
        "artist",
        page(&system, &format!("/browse/artist/{THE_LAS}"))
    );
    // Albums, EPs and singles; studio, compilations and live ones; official.
    let own = format!(
        "/browse/artist/{THE_LAS}?allow=0&allow=1&allow=2&allow=5&allow=6&allow=10&allow=16"
    );
    assert_page!("artist-own-profile", page(&system, &own));
    assert_page!("album", page(&system, &format!("/browse/album/{ALBUM}")));
}

#[test]
fn a_missing_album_is_explained() {
    let system = system();
    for (name, id) in [
        ("missing-form", String::new()),
        (
            "missing-hidden",
            format!("https://musicbrainz.org/release-group/{BOOTLEG}"),
        ),
        ("missing-nothing-hides-it", ALBUM.to_owned()),
        ("missing-merged", ALBUM_OLD.to_owned()),
        (
            "missing-artist",
            format!("https://musicbrainz.org/artist/{THE_LAS}/releases"),
        ),
        ("missing-unknown", NOBODY.to_owned()),
    ] {
        let id = id.replace(':', "%3A").replace('/', "%2F");
        assert_page!(name, page(&system, &format!("/browse/missing?id={id}")));
    }
}

#[test]
fn an_album_that_is_newer_than_its_artists_list_is_said_to_be() {
    let system = system_with_long_lives();
    page(
        &system,
        "/browse/artist/6925db17-f35e-42f3-a4eb-84ee6bf5d4b0",
    );
    super::run(
        &system,
        "SET search_path = musicbrainz, public;
         INSERT INTO release_group (id, gid, name, artist_credit, type)
         SELECT 100000001, 'aaaaaaaa-0000-4000-8000-000000000001', 'Brand New', artist_credit, 1 FROM release_group
         WHERE gid = '4c4eee61-da1e-4115-8eb9-07e5b671fefe'",
    );
    for path in [
        "/browse/missing?id=aaaaaaaa-0000-4000-8000-000000000001",
        "/browse/album/aaaaaaaa-0000-4000-8000-000000000001",
    ] {
        let text = page(&system, path).text();
        for reason in [
            "The list of its artist’s albums that is served at the moment was made before the album was in it",
            "MusicBrainz has no release of it",
        ] {
            assert!(text.contains(reason), "{path}: {reason} in {text}");
        }
        assert!(!text.contains("Lidarr imports it"), "{path}: {text}");
    }
}

/// Both pages that judge it say the same.
#[test]
fn an_album_of_various_artists_is_in_no_library() {
    let system = system();
    let compilation = "c06d4066-98cc-4b1b-a057-a00b977e2d19";
    for path in [
        format!("/browse/album/{compilation}"),
        format!("/browse/missing?id={compilation}"),
    ] {
        let text = html(&page(&system, &path));
        let reason = "<li>It is credited to a special-purpose artist such as Various Artists, whose albums are listed in no \
                      library.</li>";
        assert!(text.contains(reason), "{path}: {text}");
        assert!(!text.contains("Lidarr imports it"), "{path}: {text}");
    }
}

fn system_with_long_lives() -> System {
    let system = System::start();
    replicated_now(&system.postgres).unwrap();
    system
}

#[test]
fn the_front_page_is_for_browsers_and_json_for_all_others() {
    let system = System::start();
    for url in [
        system.url("/"),
        format!("{}/", system.origin.url()),
        system.url("/api/v0.4/"),
    ] {
        let front = ask(url.clone()).header("accept", BROWSER).send();
        assert_eq!(
            (front.status, front.header("content-type")),
            (200, "text/html; charset=utf-8")
        );
        for accept in ["*/*", "application/json", ""] {
            let json = ask(url.clone()).header("accept", accept).send();
            assert!(json.json()["version"].is_string(), "{accept}");
        }
        let json = ask(url).send();
        assert_eq!(
            json.header("content-type"),
            "application/json; charset=utf-8"
        );
        assert!(json.header("vary").contains("accept"), "{:?}", json.headers);
    }
}

#[test]
fn a_page_comes_as_gzip_to_whoever_takes_it_and_plain_to_others() {
    let system = System::start();
    let path = format!("/browse/artist/{THE_LAS}");
    for url in [system.url(&path), format!("{}{path}", system.origin.url())] {
        let page = |coding: &str| {
            let asked = ask(url.clone()).header("accept", BROWSER);
            asked.header("accept-encoding", coding).send()
        };
        let (coded, plain) = (page("gzip"), page("identity"));
        assert_eq!(coded.header("content-encoding"), "gzip", "{url}");
        assert_eq!(plain.header("content-encoding"), "", "{url}");
        assert!(coded.body.len() < plain.body.len() / 2, "{url}");
        assert_eq!(coded.text(), plain.text(), "{url}");
        assert!(coded.header("vary").contains("accept-encoding"), "{url}");
    }
}

#[test]
fn a_browser_is_told_what_a_page_may_do_and_nothing_keeps_it() {
    let system = System::start();
    for path in [
        "/".to_owned(),
        "/browse".to_owned(),
        format!("/browse/artist/{THE_LAS}"),
    ] {
        let answer = page(&system, &path);
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        for part in [
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        for loose in ["unsafe", "script-src", "*;", "data:"] {
            assert!(!policy.contains(loose), "{policy}");
        }
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        let text = answer.text();
        assert!(
            !text.contains("<script") && !text.contains("style="),
            "{path}"
        );
    }
}

#[test]
fn an_old_mbid_leads_to_the_current_one_and_an_unknown_one_nowhere() {
    let system = System::start();
    replicated_now(&system.postgres).unwrap();
    for (path, location) in [
        (
            format!("/browse/artist/{THE_LAS_OLD}"),
            format!("/browse/artist/{THE_LAS}"),
        ),
        // The profile that a reader chose stays chosen.
        (
            format!("/browse/artist/{THE_LAS_OLD}?allow=16&allow=1"),
            format!("/browse/artist/{THE_LAS}?allow=1&allow=16"),
        ),
        (
            format!("/browse/album/{ALBUM_OLD}?profile=own"),
            format!("/browse/album/{ALBUM}?profile=own"),
        ),
        (
            format!("/browse/album/{ALBUM_OLD}"),
            format!("/browse/album/{ALBUM}"),
        ),
    ] {
        let answer = page(&system, &path);
        assert_eq!(
            (answer.status, answer.header("location")),
            (301, &*location)
        );
    }
    for entity in ["artist", "album"] {
        let answer = page(&system, &format!("/browse/{entity}/{NOBODY}"));
        assert_eq!(answer.status, 404);
        assert!(html(&answer).contains(&format!("No such {entity}")));
    }
}

#[test]
fn what_cant_be_looked_up_is_said_in_the_clients_own_form() {
    let system = System::start();
    let rule = "must be a MusicBrainz identifier";
    for base in [system.edge.url().to_owned(), system.origin.url().to_owned()] {
        for (path, status, rule) in [
            ("/browse/artist/prince", 400, rule),
            ("/browse/missing?id=x", 400, rule),
            ("/browse/label/x", 404, "no such route"),
        ] {
            let shown = ask(format!("{base}{path}"))
                .header("accept", BROWSER)
                .send();
            assert_eq!(
                (shown.status, shown.header("content-type")),
                (status, "text/html; charset=utf-8"),
                "{path}"
            );
            assert!(shown.text().contains(rule), "{}", shown.text());
            let json = ask(format!("{base}{path}")).send();
            assert_eq!(json.status, status);
            assert!(json.json()["error"].as_str().unwrap().contains(rule));
        }
    }
}
