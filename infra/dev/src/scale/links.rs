//! URLs, and what links to them.

use super::copy::Table;
use super::dice::Dice;
use super::mbid::{Kind, mbid};
use super::names;
use super::writer::Writer;

/// What links to URLs.
pub(super) struct Linked {
    /// The table of its links.
    pub(super) table: Table,
    pub(super) id: i32,
    /// Makes its URLs' identifiers the same at every size.
    pub(super) key: u64,
}

/// A site: the type of links to it, and what its URLs start and end with.
pub(super) struct Site(i32, &'static str, &'static str);

/// Free streaming by an artist, and by a release.
const SPOTIFY_ARTIST: Site = Site(194, "https://open.spotify.com/artist/", "");
const SPOTIFY_ALBUM: Site = Site(85, "https://open.spotify.com/album/", "");

/// The most frequent ones first.
pub(super) const ARTIST_SITES: [Site; 14] = [
    Site(180, "https://www.discogs.com/artist/", ""),
    Site(352, "https://www.wikidata.org/wiki/Q", ""),
    SPOTIFY_ARTIST,
    Site(176, "https://", ".bandcamp.com/"),
    Site(183, "https://www.", ".com/"),
    Site(192, "https://www.facebook.com/", ""),
    Site(193, "https://www.youtube.com/channel/", ""),
    Site(283, "https://www.allmusic.com/artist/mn", ""),
    Site(840, "https://www.last.fm/music/", ""),
    Site(291, "https://soundcloud.com/", ""),
    Site(310, "http://viaf.org/viaf/", ""),
    Site(188, "https://rateyourmusic.com/artist/", ""),
    Site(192, "https://www.instagram.com/", "/"),
    Site(816, "https://www.setlist.fm/setlists/", ".html"),
];

pub(super) const ALBUM_SITES: [Site; 4] = [
    Site(90, "https://www.discogs.com/master/", ""),
    Site(353, "https://www.wikidata.org/wiki/Q", "1"),
    Site(284, "https://www.allmusic.com/album/mw", ""),
    Site(96, "https://rateyourmusic.com/release/album/", "/"),
];

pub(super) const RELEASE_SITES: [Site; 3] = [
    Site(76, "https://www.discogs.com/release/", ""),
    SPOTIFY_ALBUM,
    Site(74, "https://", ".bandcamp.com/album/one"),
];

/// An ended link of a type has its id and this; one that isn't has the type's id, as in the sample replica.
const ENDED: i32 = 10_000;

impl Writer {
    /// Writes an ended link for each type of links to sites.
    pub(super) fn ended_links(&mut self) {
        let mut types: Vec<i32> = ARTIST_SITES
            .iter()
            .chain(&ALBUM_SITES)
            .chain(&RELEASE_SITES)
            .map(|Site(link_type, ..)| *link_type)
            .collect();
        types.sort_unstable();
        types.dedup();
        for link_type in types {
            let time = self.next_time(Table::Link);
            self.rows
                .row(Table::Link)
                .int(ENDED + link_type)
                .int(link_type)
                .int(0)
                .small(2015)
                .bool(true)
                .time(time);
        }
    }

    /// Links to `number` sites, one page each; a few have ended.
    pub(super) fn links(&mut self, linked: &Linked, sites: &[Site], number: u32, dice: &mut Dice) {
        let first = dice.below(3) as usize;
        for place in 0..(number as usize).min(sites.len()) {
            let site = &sites[(first + place) % sites.len()];
            let page = page(linked.key, place as u64);
            let ended = dice.chance(60);
            self.link(linked, site, &page, ended);
        }
    }

    /// Links to a page on Spotify.
    pub(super) fn spotify_link(&mut self, linked: &Linked, spotify_id: &str) {
        let site = match linked.table {
            Table::ArtistUrl => SPOTIFY_ARTIST,
            _ => SPOTIFY_ALBUM,
        };
        self.link(linked, &site, spotify_id, false);
    }

    fn link(&mut self, linked: &Linked, site: &Site, page: &str, ended: bool) {
        let Site(link_type, start, end) = site;
        let time = self.next_time(Table::Url);
        let (url, row) = self.named(Table::Url, Kind::Url);
        row.text(format!("{start}{page}{end}").as_str()).time(time);
        let time = self.next_time(linked.table);
        let (_, row) = self.numbered(linked.table);
        row.int(if ended { ENDED + link_type } else { *link_type })
            .int(linked.id)
            .int(url)
            .time(time);
    }

    /// Writes a series of release groups, in the order given.
    pub(super) fn series(&mut self, mbid: u128, albums: &[i32], dice: &mut Dice) {
        const RELEASE_GROUP_SERIES: i32 = 1;
        const AUTOMATIC: i32 = 1;
        const PART_OF: i32 = 742;
        const NUMBER: i32 = 788;
        let name = names::title(dice);
        let time = self.next_time(Table::Series);
        let (series, row) = self.numbered(Table::Series);
        row.uuid(mbid)
            .text(name.as_str())
            .int(RELEASE_GROUP_SERIES)
            .int(AUTOMATIC)
            .time(time);
        for (place, album) in (1..).zip(albums) {
            // Each has a number of its own, so each has a link of its own.
            let link = 2 * ENDED + self.rows.count(Table::LinkAttribute).cast_signed();
            let time = self.next_time(Table::Link);
            self.rows
                .row(Table::Link)
                .int(link)
                .int(PART_OF)
                .int(1)
                .null()
                .bool(false)
                .time(time);
            self.rows
                .row(Table::LinkAttribute)
                .int(link)
                .int(NUMBER)
                .time(time);
            self.rows
                .row(Table::LinkAttributeText)
                .int(link)
                .int(NUMBER)
                .text(place.to_string().as_str())
                .end();
            let time = self.next_time(Table::ReleaseGroupSeries);
            let (_, row) = self.numbered(Table::ReleaseGroupSeries);
            row.int(link).int(*album).int(series).int(place).time(time);
        }
    }
}

/// The identifier of a key's page at a site: 22 letters and digits, as Spotify has them.
fn page(key: u64, place: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rest = mbid(Kind::Page, key << 4 | place);
    let mut page = String::with_capacity(22);
    for _ in 0..22 {
        page.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    page
}
