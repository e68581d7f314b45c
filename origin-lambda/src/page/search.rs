//! What a text may mean, as cards.

use std::sync::Arc;

use maud::{Markup, html};

use linernotes_shared::request::{Page, Profile, Search};

use super::pictures::picture;
use super::reading::{Artist, Found, FoundAlbum, image};
use super::{Html, layout, notice};
use crate::search::answer;
use crate::service::Service;
use crate::telemetry::with_causes;

/// Cards on a page.
const CARDS: u8 = 24;

/// The page; for an empty text, the form alone.
pub async fn page(service: &Arc<Service>, text: &str) -> Html {
    let Some(search) = Search::all(text, CARDS) else {
        let content = html! {
            h1 { "Search" }
            p.lead { "Artists and albums, as Lidarr would import them." }
            (layout::search_box(""))
        };
        return Html::ok(layout::page("Search", None, &content));
    };
    let Ok(served) = answer::search(service, &search).await else {
        return notice::unavailable("The search can’t be answered now.");
    };
    let found = served
        .answer
        .body
        .plain()
        .map_err(|error| with_causes(&error))
        .and_then(|json| {
            serde_json::from_slice::<Vec<Found>>(&json).map_err(|error| with_causes(&error))
        });
    match found {
        Ok(found) => Html::ok(layout::page(
            &format!("{text} – search"),
            Some(text),
            &results(text, &found),
        )),
        Err(error) => {
            tracing::error!(error, "a search's answer can't be shown");
            notice::unavailable("The search can’t be answered now.")
        }
    }
}

fn results(text: &str, found: &[Found]) -> Markup {
    let artists: Vec<&Artist> = found
        .iter()
        .filter_map(|found| found.artist.as_ref())
        .collect();
    let albums: Vec<&FoundAlbum> = found
        .iter()
        .filter_map(|found| found.album.as_ref())
        .collect();
    html! {
        h1 { "“" bdi { (text) } "”" }
        @if found.is_empty() {
            p.lead { "Nothing found." }
            p { "Only a current index says so. If you know that it is at MusicBrainz, "
                a href="/browse/missing" { "ask by its address there" } "." }
        }
        @if !artists.is_empty() {
            section aria-labelledby="artists" {
                h2 #artists { "Artists" }
                ul.cards { @for artist in artists { (artist_card(artist)) } }
            }
        }
        @if !albums.is_empty() {
            section aria-labelledby="albums" {
                h2 #albums { "Albums" }
                ul.cards { @for album in albums { (album_card(album)) } }
            }
        }
    }
}

fn artist_card(artist: &Artist) -> Markup {
    let profile = &artist.profile;
    let link = Page::Artist(profile.id, Profile::STANDARD).canonical_path();
    html! {
        li.card {
            (picture(image(&profile.images, "Poster"), &format!("Picture of {}", profile.artistname), false))
            div {
                h3 { a href=(link) { bdi { (profile.artistname) } } }
                @if !profile.disambiguation.is_empty() { p.soft { bdi { (profile.disambiguation) } } }
                p.soft {
                    (profile.kind.as_deref().unwrap_or("Artist"))
                    @if profile.status == "ended" { ", ended" }
                }
                @if !profile.genres.is_empty() { p.soft { (first(&profile.genres)) } }
            }
        }
    }
}

fn album_card(album: &FoundAlbum) -> Markup {
    let link = Page::Album(album.id, Profile::STANDARD).canonical_path();
    html! {
        li.card {
            (picture(image(&album.images, "Cover"), &format!("Cover of {}", album.title), false))
            div {
                h3 { a href=(link) { bdi { (album.title) } } }
                p { "by " bdi { (album.artist_name()) } }
                @if !album.disambiguation.is_empty() { p.soft { bdi { (album.disambiguation) } } }
                p.soft { (kind(&album.kind, &album.secondarytypes)) @if let Some(date) = &album.releasedate { " · " (date) } }
                @if album.releasestatuses.is_empty() { p.warn { "▲ no release" } }
            }
        }
    }
}

/// An album's types in a line: `Album · Live`.
pub fn kind(primary: &str, secondary: &[String]) -> String {
    std::iter::once(primary)
        .chain(secondary.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The first few of many.
pub fn first(names: &[String]) -> String {
    names.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
}
