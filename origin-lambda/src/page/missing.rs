//! Why an album isn't in a library.

use std::sync::Arc;
use std::time::Duration;

use maud::{Markup, html};

use linernotes_shared::Mbid;
use linernotes_shared::request::{Entity, Page, Profile};

use super::kept::kept;
use super::reading::{Album, Artist};
use super::verdict::{Asked, Facts, Listing, Reason, UNREAD, reasons};
use super::words::{sentence, span};
use super::{Html, chosen, layout, notice};
use crate::catalogue::{CatalogueError, ListedAlbum, ListedArtist, Replication};
use crate::service::Service;
use crate::telemetry::with_causes;

/// What finding out what an MBID is may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// What an MBID is.
enum Meaning {
    Album(ListedAlbum),
    Artist(ListedArtist),
    Nothing(Replication),
}

/// The page; without an MBID, the form alone.
pub async fn page(service: &Arc<Service>, id: Option<Mbid>, profile: Profile) -> Html {
    let Some(mbid) = id else {
        return framed(None, profile, &html! {});
    };
    let meaning = match tokio::time::timeout(PATIENCE, meaning(service, mbid)).await {
        Ok(Ok(meaning)) => meaning,
        Ok(Err(error)) => {
            tracing::warn!(%mbid, error = with_causes(&error), "why it is missing can't be told");
            return notice::unavailable("Whether MusicBrainz has it can’t be told at the moment.");
        }
        Err(_) => {
            return notice::unavailable("Whether MusicBrainz has it can’t be told at the moment.");
        }
    };
    match meaning {
        Meaning::Nothing(replication) => framed(id, profile, &nothing(mbid, &replication)),
        Meaning::Artist(artist) => framed(id, profile, &of_artist(&artist, profile)),
        Meaning::Album(listed) => of_album(service, mbid, &listed, profile).await,
    }
}

async fn meaning(service: &Service, mbid: Mbid) -> Result<Meaning, CatalogueError> {
    let catalogue = &service.catalogue;
    let asked = [mbid];
    let (mut albums, mut artists, replication) = tokio::try_join!(
        catalogue.listed_albums(&asked),
        catalogue.listed_artists(&asked),
        catalogue.replication(),
    )?;
    if let Some(album) = albums.remove(&mbid) {
        return Ok(Meaning::Album(album));
    }
    if let Some(artist) = artists.remove(&mbid) {
        return Ok(Meaning::Artist(artist));
    }
    replication.require_current(catalogue.max_lag())?;
    Ok(Meaning::Nothing(replication))
}

async fn of_album(
    service: &Arc<Service>,
    asked: Mbid,
    listed: &ListedAlbum,
    profile: Profile,
) -> Html {
    let (album, artist) = tokio::join!(
        kept::<Album>(service, Entity::Album, listed.album),
        kept::<Artist>(service, Entity::Artist, listed.artist)
    );
    let Ok(album) = album else {
        return notice::unavailable("The album can’t be read at the moment.");
    };
    let artist = artist.ok().flatten();
    let is_special = service.catalogue.is_without_albums(listed.artist);
    let verdict = match &album {
        Some(album) => judged(album, artist.as_ref(), is_special, asked, profile),
        // The replica has it, our answer doesn't yet.
        None => html! {
            p { span.warn { "▲" } " Lidarr doesn’t get it yet: it is newer than the answer that is served at the moment." }
            p { "That answer is built again within minutes." }
        },
    };
    let link = Page::Album(listed.album, profile).canonical_path();
    let by = Page::Artist(listed.artist, profile).canonical_path();
    let content = html! {
        section aria-labelledby="verdict" {
            h2 #verdict { a href=(link) { bdi { (listed.album_title) } } " by " a href=(by) { bdi { (listed.artist_name) } } }
            div.verdict { (verdict) }
            p { "Lidarr lists it under " a href=(by) { bdi { (listed.artist_name) } } ", the artist that is credited first, and in no other artist’s list." }
        }
    };
    framed(Some(asked), profile, &content)
}

fn judged(
    album: &Album,
    artist: Option<&Artist>,
    is_special: bool,
    asked: Mbid,
    profile: Profile,
) -> Markup {
    let asked = if asked == album.id {
        Asked::Current
    } else if album.releases.iter().any(|release| release.id == asked) {
        Asked::Release
    } else {
        Asked::Merged
    };
    let facts = Facts::of(album, artist, is_special, asked);
    let reasons = reasons(profile, facts);
    html! {
        @match facts.asked {
            Asked::Current => {}
            Asked::Release => p { "What you asked for is a release of it." }
            Asked::Merged => p { "What you asked for was merged into it, at MusicBrainz. Lidarr takes over the new identifier at its next refresh." }
        }
        @if reasons.is_empty() {
            p { span.good { "✓" } " No rule hides it: with the profile " strong { (chosen::name(profile)) } ", Lidarr imports it when it next refreshes the artist." }
            @if facts.listing == Listing::Unread { p.warn { (UNREAD) } }
            p { "Is it still missing then? Tick below what your profile in Lidarr has ticked, and look whether it stands in Lidarr’s import list exclusions." }
        } @else {
            p { span.warn { "▲" } " With the profile " strong { (chosen::name(profile)) } ", Lidarr leaves it out:" }
            ul { @for reason in &reasons { li { (sentence(reason)) } } }
            @if reasons.iter().any(|reason| matches!(reason, Reason::Hidden(_))) {
                p.small { "A profile is changed in Lidarr at Settings → Profiles → Metadata Profiles. What releases, types and statuses an album has is changed at " a href={ "https://musicbrainz.org/release-group/" (album.id) } rel="noreferrer" { "MusicBrainz" } "." }
            }
        }
    }
}

fn of_artist(artist: &ListedArtist, profile: Profile) -> Markup {
    let link = Page::Artist(artist.artist, profile).canonical_path();
    html! {
        section aria-labelledby="verdict" {
            h2 #verdict { a href=(link) { bdi { (artist.artist_name) } } }
            div.verdict { p { "This is an artist. " a href=(link) { "Its page" } " shows each of its albums, and which rule hides it." } }
        }
    }
}

fn nothing(mbid: Mbid, replication: &Replication) -> Markup {
    let age = replication.date.map(|date| {
        let age = jiff::Timestamp::now().duration_since(date).as_secs();
        span(u64::try_from(age).unwrap_or(0))
    });
    html! {
        section aria-labelledby="verdict" {
            h2 #verdict { "Not at MusicBrainz" }
            div.verdict {
                p { span.warn { "▲" } " " code { (mbid) } " is no artist, release group or release that this server’s copy of MusicBrainz knows." }
                ul {
                    li { "Was it added there just now? The copy is " (age.unwrap_or_else(|| "of an unknown age".to_owned())) " old, and gets news every hour." }
                    li { "Was it removed there? Then Lidarr removes it too, unless it has files of it." }
                    li { "Is it the identifier of a recording, a work or a label? Take the release group’s: the address of the album’s page." }
                }
            }
        }
    }
}

/// The form with an answer below it.
fn framed(id: Option<Mbid>, profile: Profile, answer: &Markup) -> Html {
    let value = id.map(|id| id.to_string()).unwrap_or_default();
    let content = html! {
        h1 { "Why is my album missing?" }
        p.lead { "Lidarr shows an album only if several rules let it through. This tells which one doesn’t." }
        form action="/browse/missing" method="get" {
            label.field for="id" { "Address or identifier of the album or artist at MusicBrainz" }
            div.ask {
                input #id type="text" name="id" value=(value) required autocomplete="off" spellcheck="false"
                    placeholder="https://musicbrainz.org/release-group/…";
                button type="submit" { "Find out" }
            }
            details.box open[profile != Profile::STANDARD] {
                summary { "Metadata profile: " strong { (chosen::name(profile)) } }
                p.small.soft { "Tick what the profile in your Lidarr has ticked (Settings → Profiles → Metadata Profiles)." }
                (chosen::fields(profile))
            }
        }
        (answer)
    };
    Html::ok(layout::page("Why is my album missing?", Some(""), &content))
}
