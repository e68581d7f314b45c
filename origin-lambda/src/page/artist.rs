//! An artist, its albums by type, and what a profile hides.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use maud::{Markup, html};

use linernotes_shared::Mbid;
use linernotes_shared::request::{Entity, Page, Profile};

use super::kept::kept;
use super::pictures::picture;
use super::profile::{PRIMARY, SILENT_FORMATS, hidden};
use super::reading::{Artist, ArtistAlbum, image};
use super::search::first;
use super::words::counted;
use super::{Html, Pictures, chosen, layout, notice};
use crate::catalogue::Overlooked;
use crate::service::Service;
use crate::telemetry::with_causes;

/// Most albums on a page. Only artists that nobody has in a library have more; the page would be too heavy for a phone.
const MOST: usize = 1_500;
/// Most albums that are read although Lidarr doesn't get them: of those credited to others first, and of those without an
/// audio track.
const MOST_OVERLOOKED: u16 = 1_500;
/// Most that are shown of those credited to others first.
const MOST_OTHERS: usize = 200;
/// What the look for those may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The page, or why there is none.
pub async fn page(service: &Arc<Service>, mbid: Mbid, profile: Profile) -> Html {
    let artist = match kept::<Artist>(service, Entity::Artist, mbid).await {
        Ok(Some(artist)) => artist,
        Ok(None) => return notice::unknown(Entity::Artist, mbid),
        Err(()) => return notice::unavailable("The artist can’t be read at the moment."),
    };
    if artist.profile.id != mbid {
        return Html::moved(&Page::Artist(artist.profile.id, profile));
    }
    // One more of each kind tells that there are more.
    let looking = service
        .catalogue
        .overlooked(mbid, &SILENT_FORMATS, MOST_OVERLOOKED + 1);
    let overlooked = match tokio::time::timeout(PATIENCE, looking).await {
        Ok(Ok(overlooked)) => Some(overlooked),
        Ok(Err(error)) => {
            tracing::warn!(
                error = with_causes(&error),
                "an artist's other albums aren't shown"
            );
            None
        }
        Err(_) => None,
    };
    let overlooked = overlooked.as_deref().map(LeftOut::of);
    let content = content(&artist, profile, overlooked.as_ref(), &service.pictures);
    Html::ok(layout::page(&artist.profile.artistname, Some(""), &content))
}

/// What Lidarr doesn't get of an artist.
struct LeftOut<'a> {
    /// Albums without an audio track.
    silent: Vec<Mbid>,
    /// Albums credited to others first.
    others: Vec<&'a Overlooked>,
    /// Whether there are more without an audio track.
    is_silent_cut: bool,
}

impl<'a> LeftOut<'a> {
    fn of(overlooked: &'a [Overlooked]) -> Self {
        let (own, others): (Vec<&Overlooked>, Vec<&Overlooked>) =
            overlooked.iter().partition(|album| album.is_first);
        Self {
            is_silent_cut: own.len() > usize::from(MOST_OVERLOOKED),
            silent: own.iter().map(|album| album.album).collect(),
            others,
        }
    }
}

/// Albums of one primary type: by their secondary types, studio albums first.
type ByKind<'a> = BTreeMap<&'a [String], Vec<&'a ArtistAlbum>>;

fn content(
    artist: &Artist,
    profile: Profile,
    left_out: Option<&LeftOut<'_>>,
    pictures: &Pictures,
) -> Markup {
    let shown = &artist.albums[..artist.albums.len().min(MOST)];
    let all = artist.albums.len();
    let silent = left_out.map_or(&[][..], |left_out| &left_out.silent);
    let is_every_silent_known = left_out.is_some_and(|left_out| !left_out.is_silent_cut);
    let passing = artist
        .albums
        .iter()
        .filter(|album| hidden(profile, album.types()).is_empty() && !silent.contains(&album.id))
        .count();
    let groups: Vec<(&str, ByKind<'_>)> = PRIMARY
        .iter()
        .filter_map(|primary| {
            let mut by_kind = ByKind::new();
            for album in shown.iter().filter(|album| album.r#type == *primary) {
                by_kind
                    .entry(&album.secondary_types)
                    .or_default()
                    .push(album);
            }
            (!by_kind.is_empty()).then_some((*primary, by_kind))
        })
        .collect();
    let number = |by_kind: &ByKind<'_>| by_kind.values().map(Vec::len).sum::<usize>();
    html! {
        (head(artist))
        section aria-labelledby="lidarr" {
            h2 #lidarr { "In Lidarr" }
            p {
                "With this profile, Lidarr imports " strong { @if !is_every_silent_known { "at most " } (passing) " of " (counted(all as u64, "album")) } "."
                @if all == 0 { " Lists of special-purpose artists stay empty on purpose; others have no album that is credited to them first." }
                @if !is_every_silent_known && all > 0 { " Whether there are others without an audio track, which it leaves out, can’t be told." }
                @if shown.len() < all { " The first " (shown.len()) " are shown here; Lidarr gets all." }
            }
            (chosen::form(&Page::Artist(artist.profile.id, Profile::STANDARD).canonical_path(), profile))
            nav aria-label="Albums by type" {
                ul.jump {
                    @for (primary, by_kind) in &groups {
                        li { a href={ "#" (anchor(primary)) } { (plural(primary)) " " span.soft { (number(by_kind)) } } }
                    }
                    li { a href="#elsewhere" { "Not listed here" } }
                }
            }
        }
        @for (primary, by_kind) in &groups {
            section aria-labelledby=(anchor(primary)) {
                h2 #(anchor(primary)) { (plural(primary)) " " span.soft { (number(by_kind)) } }
                @for (secondary, albums) in by_kind { (kind(secondary, albums, profile, silent, pictures)) }
            }
        }
        section aria-labelledby="elsewhere" {
            h2 #elsewhere { "Not listed here" }
            (elsewhere(left_out))
        }
    }
}

fn head(artist: &Artist) -> Markup {
    let profile = &artist.profile;
    html! {
        div.head {
            (picture(image(&profile.images, "Poster"), &format!("Picture of {}", profile.artistname), true))
            div {
                h1 { bdi { (profile.artistname) } }
                @if !profile.disambiguation.is_empty() { p.lead { bdi { (profile.disambiguation) } } }
                p.soft {
                    (profile.kind.as_deref().unwrap_or("Artist"))
                    @if profile.status == "ended" { ", ended" } @else { ", active" }
                    @if !profile.genres.is_empty() { " · " (first(&profile.genres)) }
                }
                @if let Some(overview) = &profile.overview { p { bdi { (overview) } } }
                p.small {
                    a href={ "https://musicbrainz.org/artist/" (profile.id) } rel="noreferrer" { "At MusicBrainz" }
                    " · "
                    a href={ "/artist/" (profile.id) } { "As JSON, for Lidarr" }
                }
            }
        }
    }
}

/// Albums of the same types. What the profile hides as a whole is folded.
fn kind(
    secondary: &[String],
    albums: &[&ArtistAlbum],
    profile: Profile,
    silent: &[Mbid],
    pictures: &Pictures,
) -> Markup {
    let name = if secondary.is_empty() {
        "Studio".to_owned()
    } else {
        secondary.join(" + ")
    };
    let passing = albums
        .iter()
        .filter(|album| hidden(profile, album.types()).is_empty() && !silent.contains(&album.id))
        .count();
    html! {
        details.kind open[passing > 0 || albums.len() <= 60] {
            summary {
                h3 { (name) } " " span.soft.small {
                    (counted(albums.len() as u64, "title"))
                    @if passing < albums.len() { ", " (albums.len() - passing) " hidden" }
                }
            }
            ul.albums { @for album in albums { (row(album, profile, silent, pictures)) } }
        }
    }
}

fn row(album: &ArtistAlbum, profile: Profile, silent: &[Mbid], pictures: &Pictures) -> Markup {
    let reasons = hidden(profile, album.types());
    let is_silent = !album.release_statuses.is_empty() && silent.contains(&album.id);
    let is_off = !reasons.is_empty() || is_silent;
    html! {
        li.off[is_off] {
            (pictures.listed(album.id, &album.title))
            div {
                a href=(Page::Album(album.id, profile).canonical_path()) { bdi { (album.title) } }
                p {
                    (album.release_date.as_deref().unwrap_or("no date"))
                    @if !album.release_statuses.is_empty() { " · " (album.release_statuses.join(", ")) }
                }
                @for reason in &reasons { p.warn { "Hidden: " (reason) } }
                @if is_silent { p.warn { "Left out: none of its releases has an audio track" } }
            }
        }
    }
}

fn elsewhere(left_out: Option<&LeftOut<'_>>) -> Markup {
    let Some(LeftOut { others, .. }) = left_out else {
        return html! { p.warn { "▲ What isn’t listed can’t be told at the moment." } };
    };
    let shown = &others[..others.len().min(MOST_OTHERS)];
    html! {
        @if others.is_empty() {
            p { "MusicBrainz credits this artist first on all albums that it credits them on." }
        } @else {
            p { "Lidarr lists an album under the artist that is credited first, and under nobody else. These name this artist later:" }
            div.scroll tabindex="0" role="region" aria-label="Table of others’ albums" {
                table {
                    caption { (counted(shown.len() as u64, "album")) " in others’ lists" @if shown.len() < others.len() { " (there are more)" } }
                    thead { tr { th scope="col" { "Album" } th scope="col" { "Listed under" } } }
                    tbody {
                        @for album in shown {
                            tr {
                                th scope="row" { a href=(Page::Album(album.album, Profile::STANDARD).canonical_path()) { bdi { (album.title) } } }
                                td { a href=(Page::Artist(album.artist, Profile::STANDARD).canonical_path()) { bdi { (album.artist_name) } } }
                            }
                        }
                    }
                }
            }
        }
        p { "Something else is missing? " a href="/browse/missing" { "Ask by its address at MusicBrainz" } "." }
    }
}

fn anchor(primary: &str) -> String {
    format!("type-{}", primary.to_ascii_lowercase())
}

fn plural(primary: &str) -> String {
    match primary {
        "Other" => "Other".to_owned(),
        _ => format!("{primary}s"),
    }
}
