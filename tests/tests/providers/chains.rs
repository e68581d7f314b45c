//! Who adds what: chains in their order, each next one for what those before lack.

use serde_json::json;

use super::*;

/// Longer than any of these tests takes: every provider is heard.
const ENOUGH: (&str, &str) = ("LINERNOTES_ENRICHMENT__BUDGET_MS", "60000");

fn served(
    cluster: &Cluster,
    mut settings: Vec<(&'static str, String)>,
    more: &[(&'static str, &str)],
) -> Served {
    let more = [ENOUGH].iter().chain(more);
    settings.extend(more.map(|(name, value)| (*name, (*value).to_owned())));
    Served::with(cluster, &settings)
}

/// The host and the type of each picture.
fn sources(of: &Value) -> Vec<String> {
    let host = |url: &str| url.split('/').nth(2).unwrap_or_default().to_owned();
    pictures(of)
        .into_iter()
        .map(|(cover_type, url)| format!("{cover_type} {}", host(&url)))
        .collect()
}

/// A set answer of FanArt.tv with some types of pictures only.
fn fanart_with(types: &[&str]) -> Value {
    let mut answer = json!({ "name": "The La’s", "mbid_id": ARTIST, "albums": [] });
    for kind in types {
        let url = format!("http://assets.fanart.tv/fanart/music/{ARTIST}/{kind}/one.png");
        answer[*kind] = json!([{ "id": "1", "url": url, "likes": "0" }]);
    }
    answer
}

#[test]
fn the_best_provider_of_each_thing_is_asked_and_the_others_arent() {
    let (cluster, _folder) = replica();
    let (stubs, settings) = all_stubs();
    let served = served(&cluster, settings, &[]);
    let artist = served.artist().json();
    assert_eq!(
        sources(&artist),
        ["Banner", "Fanart", "Logo", "Poster"].map(|kind| format!("{kind} assets.fanart.tv"))
    );
    assert_eq!(artist["overview"], "The La's in en, naïve.");
    let album = served.album().json();
    assert_eq!(
        sources(&album),
        ["Cover assets.fanart.tv", "Disc assets.fanart.tv"]
    );
    assert_eq!(album["overview"], "The La's (album) in en, naïve.");

    let [fanart, the_audio_db, wikimedia] = &stubs;
    // The album's pictures came with the artist's.
    assert_eq!(fanart.take_targets(), [format!("/v3/music/{ARTIST}")]);
    assert_eq!(the_audio_db.take_targets(), [""; 0]);
    let asked: Vec<String> = wikimedia
        .take_targets()
        .iter()
        .map(|target| target.split('?').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        asked,
        ["/wikidata/w/api.php", "/en/w/api.php", "/en/w/api.php"]
    );

    // Kept answers ask nobody.
    served.artist();
    served.album();
    for stub in &stubs {
        assert_eq!(stub.take_targets(), [""; 0]);
    }
}

#[test]
fn an_artist_is_the_same_in_its_own_answer_and_in_its_albums() {
    let (cluster, _folder) = replica();
    let (_stubs, settings) = all_stubs();
    let served = served(&cluster, settings, &[]);
    let album = served.album().json();
    let etag = served.album().header("etag").to_owned();
    let mut artist = served.artist().json();
    artist.as_object_mut().unwrap().remove("Albums");
    assert_eq!(album["artists"], json!([artist]));
    assert_eq!(served.album().header("etag"), etag);
}

#[test]
fn what_one_lacks_the_next_one_gives() {
    let (cluster, _folder) = replica();
    let (stubs, settings) = all_stubs();
    let [fanart, the_audio_db, wikimedia] = &stubs;
    fanart.set(ARTIST, 200, fanart_with(&["musicbanner", "musiclogo"]));
    fanart.set(ALBUM, 404, json!({ "status": "error" }));
    the_audio_db.set(ALBUM, 200, json!({ "album": null }));
    wikimedia.behave(Mode::Empty);
    let served = served(&cluster, settings, &[]);
    let artist = served.artist().json();
    assert_eq!(
        sources(&artist),
        [
            "Banner assets.fanart.tv",
            "Fanart r2.theaudiodb.com",
            "Logo assets.fanart.tv",
            "Poster r2.theaudiodb.com",
        ]
    );
    assert_eq!(
        artist["overview"],
        "The La’s, said in English.\n\nA second paragraph, naïve."
    );
    let album = served.album().json();
    assert_eq!(
        sources(&album),
        ["Cover coverartarchive.org", "Disc coverartarchive.org"]
    );
    assert_eq!(album["overview"], Value::Null);
    // Once for the pictures and the text.
    assert_eq!(
        the_audio_db.take_targets(),
        [
            format!("/api/v1/json/{KEY}/artist-mb.php?i={ARTIST}"),
            format!("/api/v1/json/{KEY}/album-mb.php?i={ALBUM}"),
        ]
    );
}

#[test]
fn chains_and_language_are_as_set() {
    let (cluster, _folder) = replica();
    let (stubs, settings) = all_stubs();
    let served = served(
        &cluster,
        settings,
        &[
            ("LINERNOTES_ENRICHMENT__ARTIST_IMAGES", "[the_audio_db]"),
            (
                "LINERNOTES_ENRICHMENT__ALBUM_IMAGES",
                "[cover_art_archive,the_audio_db]",
            ),
            (
                "LINERNOTES_ENRICHMENT__ARTIST_OVERVIEW",
                "[the_audio_db,wikipedia]",
            ),
            ("LINERNOTES_ENRICHMENT__LANGUAGE", "de"),
        ],
    );
    let artist = served.artist().json();
    assert_eq!(
        sources(&artist),
        ["Banner", "Fanart", "Logo", "Poster"].map(|kind| format!("{kind} r2.theaudiodb.com"))
    );
    assert_eq!(artist["overview"], "The La’s, auf Deutsch.");
    let album = served.album().json();
    assert_eq!(
        sources(&album),
        ["Cover coverartarchive.org", "Disc coverartarchive.org"]
    );
    // Asked for its text, which it lacks in German.
    assert_eq!(stubs[0].take_targets(), [""; 0]);
}

#[test]
fn pictures_come_through_the_service_if_it_has_an_address() {
    let (cluster, _folder) = replica();
    let (_stubs, settings) = all_stubs();
    let public = (
        "LINERNOTES_ENRICHMENT__PUBLIC_URL",
        "https://linernotes.example/api/v0.4/",
    );
    let served = served(&cluster, settings, &[public]);
    let images = &served.artist().json()["images"];
    assert_eq!(
        images[2],
        json!({
            "CoverType": "Logo",
            "Url": format!(
                "https://linernotes.example/api/v0.4/images/fanart/fanart/music/{ARTIST}/hdmusiclogo/logo.png"
            ),
            "remoteUrl": format!("https://assets.fanart.tv/fanart/music/{ARTIST}/hdmusiclogo/logo.png"),
        })
    );
}

#[test]
fn with_every_provider_off_all_else_works() {
    let (cluster, _folder) = replica();
    let off = ["COVER_ART_ARCHIVE", "WIKIPEDIA", "FANART", "THE_AUDIO_DB"]
        .map(|name| format!("LINERNOTES_PROVIDERS__{name}__ENABLED"));
    let off: Vec<(&'static str, String)> = off
        .into_iter()
        .map(|name| (&*name.leak(), "false".to_owned()))
        .collect();
    let served = Served::with(&cluster, &off);
    for answer in [served.artist(), served.album()] {
        let json = answer.json();
        assert_eq!(
            (answer.status, &json["images"], &json["overview"]),
            (200, &json!([]), &Value::Null)
        );
    }
    assert_eq!(served.get("/").status, 200);
}

/// What Wikidata says of The La's, and what the overview becomes then.
fn overview_with(entity: Value, page: Value) -> Value {
    let (cluster, _folder) = replica();
    let stub = ProviderStub::start(Provider::Wikimedia);
    let served = served(&cluster, pointed(Provider::Wikimedia, &stub.url), &[]);
    stub.set(
        "/wikidata/",
        200,
        json!({ "entities": { "Q1": entity }, "success": 1 }),
    );
    if !page.is_null() {
        stub.set("/en/", 200, json!({ "query": { "pages": [page] } }));
    }
    served.artist().json()["overview"].take()
}

fn sitelinks(languages: &[&str]) -> Value {
    languages
        .iter()
        .map(|language| {
            let site = format!("{language}wiki");
            let link = json!({ "site": site, "title": "The La's", "badges": [] });
            (site, link)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn an_overview_is_the_english_article_else_the_description_else_the_best_other_article() {
    let described = json!({ "en": { "language": "en", "value": "English rock band" } });
    for (entity, page, overview) in [
        (
            json!({ "sitelinks": sitelinks(&["de", "en", "zh"]), "descriptions": described }),
            Value::Null,
            json!("The La's in en, naïve."),
        ),
        (
            json!({ "sitelinks": sitelinks(&["de", "zh"]), "descriptions": described }),
            Value::Null,
            json!("English rock band"),
        ),
        (
            json!({ "sitelinks": sitelinks(&["zh", "fr", "de"]), "descriptions": [] }),
            Value::Null,
            json!("The La's in de, naïve."),
        ),
        (
            json!({ "sitelinks": [], "descriptions": [] }),
            Value::Null,
            Value::Null,
        ),
        // A page that only tells namesakes apart, and one that is gone.
        (
            json!({ "sitelinks": sitelinks(&["en"]), "descriptions": described }),
            json!({ "title": "The La's", "extract": "The La's may refer to:",
                    "pageprops": { "disambiguation": "" } }),
            json!("English rock band"),
        ),
        (
            json!({ "sitelinks": sitelinks(&["en", "fr"]), "descriptions": [] }),
            json!({ "title": "The La's", "missing": true }),
            json!("The La's in fr, naïve."),
        ),
    ] {
        let case = entity.to_string();
        assert_eq!(overview_with(entity, page), overview, "{case}");
    }
}
