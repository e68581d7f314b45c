//! An album with its releases, and the tracks of what Lidarr would choose.

use std::sync::Arc;

use maud::{Markup, html};

use linernotes_shared::Mbid;
use linernotes_shared::request::{Entity, Page, Profile};

use super::kept::kept;
use super::pictures::picture;
use super::reading::{Album, Artist, Medium, Release, Track, image};
use super::search::{first, kind};
use super::verdict::{Asked, Facts, Listing, UNREAD, reasons};
use super::words::{counted, length, sentence};
use super::{Html, chosen, layout, notice};
use crate::service::Service;

/// Most releases on a page.
const MOST_RELEASES: usize = 300;
/// Most tracks on a page: of further releases, those are shown that still fit.
const MOST_TRACKS: usize = 1_000;

/// The page, or why there is none.
pub async fn page(service: &Arc<Service>, mbid: Mbid, profile: Profile) -> Html {
    let album = match kept::<Album>(service, Entity::Album, mbid).await {
        Ok(Some(album)) => album,
        Ok(None) => return notice::unknown(Entity::Album, mbid),
        Err(()) => return notice::unavailable("The album can’t be read at the moment."),
    };
    if album.id != mbid {
        return Html::moved(&Page::Album(album.id, profile));
    }
    let artist = kept::<Artist>(service, Entity::Artist, album.artistid).await;
    let is_special = service.catalogue.is_without_albums(album.artistid);
    let making = tokio::task::spawn_blocking(move || {
        let artist = artist.ok().flatten();
        let content = content(&album, artist.as_ref(), is_special, profile);
        layout::page(&album.title, Some(""), &content)
    });
    match making.await {
        Ok(page) => Html::ok(page),
        Err(_) => notice::unavailable("The album can’t be shown at the moment."),
    }
}

fn content(album: &Album, artist: Option<&Artist>, is_special: bool, profile: Profile) -> Markup {
    let facts = Facts::of(album, artist, is_special, Asked::Current);
    let reasons = reasons(profile, facts);
    let artist = Page::Artist(album.artistid, profile).canonical_path();
    html! {
        div.head {
            (picture(image(&album.images, "Cover"), &format!("Cover of {}", album.title), true))
            div {
                h1 { bdi { (album.title) } }
                p.lead { "by " a href=(artist) { bdi { (album.artist_name()) } } }
                @if !album.disambiguation.is_empty() { p { bdi { (album.disambiguation) } } }
                p.soft {
                    (kind(&album.kind, &album.secondarytypes))
                    " · " (album.releasedate.as_deref().unwrap_or("no date"))
                    @if !album.genres.is_empty() { " · " (first(&album.genres)) }
                }
                @if let Some(overview) = &album.overview { p { bdi { (overview) } } }
                p.small {
                    a href={ "https://musicbrainz.org/release-group/" (album.id) } rel="noreferrer" { "At MusicBrainz" }
                    " · "
                    a href={ "/album/" (album.id) } { "As JSON, for Lidarr" }
                }
            }
        }
        div.verdict {
            @if reasons.is_empty() {
                p { span.good { "✓" } " With the profile " strong { (chosen::name(profile)) } ", Lidarr imports it." }
                @if facts.listing == Listing::Unread { p.warn { (UNREAD) } }
            } @else {
                p { span.warn { "▲" } " With the profile " strong { (chosen::name(profile)) } ", Lidarr doesn’t import it:" }
                ul { @for reason in &reasons { li { (sentence(reason)) } } }
            }
            p.small { a href=(Page::Missing(Some(album.id), profile).canonical_path()) { "Look closer, or choose another profile" } }
        }
        section aria-labelledby="releases" {
            h2 #releases { "Releases" }
            (releases(album))
        }
        section aria-labelledby="tracks" {
            h2 #tracks { "Tracks" }
            (tracks(album))
        }
    }
}

fn releases(album: &Album) -> Markup {
    let monitored = album.monitored().map(|release| release.id);
    let shown = &album.releases[..album.releases.len().min(MOST_RELEASES)];
    if shown.is_empty() {
        return html! { p.warn { "▲ MusicBrainz has no release of it." } };
    }
    html! {
        div.scroll tabindex="0" role="region" aria-label="Table of releases" {
            table {
                caption {
                    (counted(album.releases.len() as u64, "release")) ", in the order in which Lidarr gets them"
                    @if shown.len() < album.releases.len() { "; the first " (shown.len()) " are shown" }
                }
                thead {
                    tr {
                        th scope="col" { "Title" }
                        th scope="col" { "Status" }
                        th scope="col" { "Date" }
                        th scope="col" { "Country" }
                        th scope="col" { "Format" }
                        th scope="col" { "Label" }
                        th.num scope="col" { "Tracks" }
                    }
                }
                tbody {
                    @for release in shown {
                        tr {
                            th scope="row" {
                                bdi { (release.title) }
                                @if !release.disambiguation.is_empty() { " " span.soft { "(" bdi { (release.disambiguation) } ")" } }
                                @if Some(release.id) == monitored { br; span.good.small { "✓ chosen by Lidarr" } }
                            }
                            td { (dash(&release.status)) }
                            td.nowrap { (release.release_date.as_deref().unwrap_or("–")) }
                            td { (several(&release.country)) }
                            td { (format(&release.media)) }
                            td { (several(&release.label)) }
                            td.num {
                                (release.audio_tracks())
                                @if release.audio_tracks() == 0 { br; span.warn.small { "▲ left out" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

/// Worldwide releases may name a hundred countries.
fn several(names: &[String]) -> String {
    const SHOWN: usize = 3;
    match names.len() {
        0 => "–".to_owned(),
        all if all > SHOWN => format!("{} and {} more", names[..SHOWN].join(", "), all - SHOWN),
        _ => names.join(", "),
    }
}

/// `2 × CD, DVD`
fn format(media: &[Medium]) -> String {
    let mut formats: Vec<(&str, usize)> = Vec::new();
    for medium in media {
        match formats.last_mut() {
            Some((format, number)) if *format == medium.format => *number += 1,
            _ => formats.push((&medium.format, 1)),
        }
    }
    let words: Vec<String> = formats
        .into_iter()
        .take(6)
        .map(|(format, number)| match number {
            1 => format.to_owned(),
            _ => format!("{number} × {format}"),
        })
        .collect();
    if words.is_empty() {
        "–".to_owned()
    } else {
        words.join(", ")
    }
}

/// The tracks of the release that Lidarr chooses, and of others as far as they fit.
fn tracks(album: &Album) -> Markup {
    let Some(monitored) = album.monitored() else {
        return html! { p.warn { "▲ None of its releases has an audio track." } };
    };
    let mut room = MOST_TRACKS.saturating_sub(monitored.tracks.len());
    let others = album
        .releases
        .iter()
        .filter(|release| release.id != monitored.id);
    let others: Vec<&Release> = others
        .take_while(|release| {
            let fits = release.tracks.len() <= room;
            room = room.saturating_sub(release.tracks.len());
            fits
        })
        .filter(|release| !release.tracks.is_empty())
        .collect();
    html! {
        p { "Of the release that Lidarr chooses unless you choose another:" }
        (track_list(album, monitored))
        @for release in others {
            details.kind {
                summary {
                    h3 { bdi { (release.title) } }
                    " " span.soft.small {
                        (dash(&release.status)) " · " (release.release_date.as_deref().unwrap_or("no date")) " · "
                        (format(&release.media)) " · " (counted(release.audio_tracks() as u64, "track"))
                    }
                }
                (track_list(album, release))
            }
        }
    }
}

fn track_list(album: &Album, release: &Release) -> Markup {
    html! {
        @for medium in &release.media {
            @let tracks: Vec<&Track> = release.tracks.iter().filter(|track| track.medium_number == medium.position).take(MOST_TRACKS).collect();
            div.scroll tabindex="0" role="region" aria-label={ "Medium " (medium.position) " of " (release.title) } {
                table {
                    caption {
                        "Medium " (medium.position) ", " (medium.format)
                        @if !medium.name.is_empty() { ": " bdi { (medium.name) } }
                        @if !medium.is_audio() { " (Lidarr leaves it out)" }
                    }
                    thead { tr { th scope="col" { "No." } th scope="col" { "Title" } th.num scope="col" { "Length" } } }
                    tbody {
                        @for track in tracks { (track_row(album, track)) }
                    }
                }
            }
        }
    }
}

fn track_row(album: &Album, track: &Track) -> Markup {
    let by = album
        .artists
        .iter()
        .find(|artist| artist.id == track.artist_id && artist.id != album.artistid);
    html! {
        tr {
            td.nowrap { (track.track_number) }
            th scope="row" {
                bdi { (track.track_name) }
                @if let Some(artist) = by { " " span.soft { "by " bdi { (artist.artistname) } } }
            }
            td.num { (length(track.duration_ms)) }
        }
    }
}
