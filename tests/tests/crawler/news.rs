//! What FanArt.tv's feed tells of, and the answers that it shows in.

use linernotes_origin::cache::now;
use linernotes_origin::config::LimiterKind;
use linernotes_origin::crawler::Task;
use linernotes_tests::providers::{Provider, ProviderStub};
use linernotes_tests::{Crawled, next_second};
use serde_json::{Value, json};

use crate::pretend;
use crate::sample::*;

const DAY: u64 = 24 * 60 * 60;

/// A service that keeps The La's and their album with pictures of FanArt.tv's, and hasn't read its news yet.
fn with_pictures(fanart: &ProviderStub) -> Crawled {
    let subject = Crawled::with(|config| {
        let settings = json!({ "url": fanart.url, "api_key": "k3y" });
        config.limiter = LimiterKind::Off;
        config.providers.insert(
            "fanart".to_owned(),
            serde_json::from_value(settings).unwrap(),
        );
    });
    subject.artist(THE_LAS);
    subject.album(ALBUM);
    // News are of what was fetched in a second before.
    next_second();
    // They are heard of by the next look.
    pretend(&subject, |progress| progress["news"] = json!({}));
    // A free key sees a picture a week after it was added. The first look is a day back; of its second all but the last
    // digits are known.
    let added = (now() - 8 * DAY) / 10_000;
    let artist = json!([{ "id": THE_LAS, "name": "x", "new_images": "1" }]);
    for most in [added, added + 1] {
        fanart.set(&format!("latest?date={most}"), 200, artist.clone());
    }
    subject
}

fn picture(of: &str, name: &str) -> Value {
    let url = format!("https://assets.fanart.tv/fanart/music/{of}/{name}");
    json!([{ "id": "99", "url": url, "likes": "9" }])
}

fn pictures(answer: &Value) -> String {
    answer["images"].to_string()
}

#[test]
fn news_of_an_artists_pictures_show_in_its_answer_and_in_its_albums() {
    let fanart = ProviderStub::start(Provider::FanArt);
    let subject = with_pictures(&fanart);
    fanart.set(
        &format!("v3/music/{THE_LAS}"),
        200,
        json!({
            "name": "The La’s",
            "mbid_id": THE_LAS,
            "artistthumb": picture(THE_LAS, "new-thumb.jpg"),
            "albums": { ALBUM: { "albumcover": picture(ALBUM, "new-cover.jpg") } },
        }),
    );
    let done = subject.invalidate();
    assert_eq!((done.failed, done.complete), (0, true), "{done:?}");
    let (artist, album) = (subject.artist(THE_LAS), subject.album(ALBUM));
    assert!(pictures(&artist).contains("new-thumb.jpg"), "{artist}");
    assert!(pictures(&album).contains("new-cover.jpg"), "{album}");
}

#[test]
fn an_artists_record_that_goes_stale_brings_its_albums_pictures_to_their_answers() {
    let fanart = ProviderStub::start(Provider::FanArt);
    let subject = with_pictures(&fanart);
    let record = [format!("fanart/artist/{THE_LAS}").parse().unwrap()];
    let marked = subject.service.cache.mark_stale(&record, next_second());
    subject.wait(marked).unwrap();
    fanart.set(
        &format!("v3/music/{THE_LAS}"),
        200,
        json!({ "albums": { ALBUM: { "albumcover": picture(ALBUM, "new-cover.jpg") } } }),
    );
    assert!(subject.ran(&Task::Fanart).complete);
    let album = subject.album(ALBUM);
    assert!(pictures(&album).contains("new-cover.jpg"), "{album}");
}

#[test]
fn news_that_cannot_be_fetched_are_the_next_rounds() {
    let fanart = ProviderStub::start(Provider::FanArt);
    let subject = with_pictures(&fanart);
    let path = format!("v3/music/{THE_LAS}");
    fanart.set(&path, 500, json!({}));
    let done = subject.invalidate();
    assert_eq!((done.failed, done.complete), (1, true), "{done:?}");

    fanart.set(
        &path,
        200,
        json!({ "artistthumb": picture(THE_LAS, "new-thumb.jpg") }),
    );
    let round = subject.ran(&Task::Fanart);
    assert_eq!((round.looked_at, round.failed), (1, 0), "{round:?}");
    let artist = subject.artist(THE_LAS);
    assert!(pictures(&artist).contains("new-thumb.jpg"), "{artist}");
}
