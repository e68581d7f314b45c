//! Whatever a maker of charts or the catalogue does, there is the last good chart, or none.

use linernotes_tests::providers::Mode;
use serde_json::json;

use super::*;

const CHARTS: [(Provider, &str); 4] = [
    (Provider::Apple, "/chart/itunes/album/top"),
    (Provider::Billboard, "/chart/billboard/album/top"),
    (Provider::LastFm, "/chart/lastfm/album/top"),
    (Provider::LastFm, "/chart/lastfm/artist/top"),
];

const TIMEOUTS: [(&str, &str); 3] = [
    ("LINERNOTES_PROVIDERS__APPLE__TIMEOUT_MS", "500"),
    ("LINERNOTES_PROVIDERS__BILLBOARD__TIMEOUT_MS", "500"),
    ("LINERNOTES_PROVIDERS__LASTFM__TIMEOUT_MS", "500"),
];

#[test]
fn a_maker_in_trouble_gives_no_chart_rather_than_an_empty_one() {
    for (provider, path) in CHARTS {
        let (mut subject, stub) = Subject::asking(provider, &TIMEOUTS);
        for mode in Mode::ALL {
            if matches!(mode, Mode::Ok | Mode::WrongCharset) {
                continue;
            }
            subject.start_anew();
            stub.behave(mode);
            let answer = subject.get(path);
            let name = path.strip_prefix("/chart/").unwrap();
            let told = format!("the chart {name} can't be had at the moment; try again later");
            assert_eq!(
                answer.status_and_json(),
                (503, json!({"error": told})),
                "{provider:?} {mode:?}"
            );
            assert_eq!(answer.header("retry-after"), "30", "{provider:?} {mode:?}");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
}

#[test]
fn a_maker_that_nobody_answers_for_gives_none_either() {
    for (provider, path) in CHARTS {
        // Port 9 is that of "discard", which nobody runs.
        let subject = Subject::with(&pointed(provider, "http://127.0.0.1:9"));
        assert_eq!(subject.get(path).status, 503, "{provider:?}");
    }
}

#[test]
fn in_trouble_the_last_good_chart_goes_on() {
    for (provider, path) in CHARTS {
        let settings = [
            ("LINERNOTES_CACHE__REVALIDATE", "wait"),
            ("LINERNOTES_LISTS__CHART_SECONDS", "1"),
        ];
        let (mut subject, stub) = Subject::asking(provider, &settings);
        let good = subject.get(path);
        assert_eq!(good.status, 200, "{}", good.text());
        let until = |name| good.header(name).parse::<u64>().unwrap();
        assert_eq!(
            until("linernotes-stale-until") - until("linernotes-fresh-until"),
            30 * DAY
        );
        std::thread::sleep(Duration::from_millis(2_100));
        for mode in [Mode::ServerError, Mode::TooMany, Mode::Html, Mode::Ok] {
            stub.behave(mode);
            if mode == Mode::Ok {
                subject.cluster.stop();
            }
            let stale = subject.get(path);
            assert_eq!(
                stale.status_and_json(),
                good.status_and_json(),
                "{provider:?} {mode:?}"
            );
            let status = stale.header("cache-status");
            assert!(status.contains("detail=chart-unavailable"), "{status}");
        }
    }
}

#[test]
fn a_chart_is_never_empty_because_the_catalogue_is_in_trouble() {
    let (mut subject, stub) = Subject::asking(Provider::Apple, &[]);
    let path = "/chart/apple-music/album/top";
    // Nothing that the replica knows: to be believed only if it is current.
    stub.set(
        "most-played",
        200,
        json!({"feed": {"results": [{"artistName": "Nobody", "id": "1", "name": "Nothing", "kind": "albums"}]}}),
    );
    subject.execute("UPDATE musicbrainz.replication_control SET last_replication_date = now() - interval '80 hours'");
    assert_eq!(subject.get(path).status, 503);
    replicated_now(&subject.cluster).unwrap();
    subject.execute("ALTER TABLE musicbrainz.release_group RENAME TO groups_of_releases");
    assert_eq!(subject.get(path).status, 503);
    subject.execute("ALTER TABLE musicbrainz.groups_of_releases RENAME TO release_group");
    let empty = subject.get_until(path, |answer| answer.status == 200);
    assert_eq!(empty.json(), json!([]));
    subject.cluster.stop();
    assert_eq!(subject.get("/chart/apple-music/album/new").status, 503);
}
