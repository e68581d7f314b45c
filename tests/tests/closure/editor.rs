//! MusicBrainz's editors: edits as SQL, at random or to order.

use std::collections::BTreeMap;

use fastrand::Rng;
use linernotes_tests::Crawled;

/// The artists that are in the libraries: The La's, AC/DC, !!!, Olivia Rodrigo, and The Beatles.
pub const ARTISTS: [&str; 5] = [
    "ff3e88b3-7354-4f30-967c-1a61ebc8c642",
    "66c662b6-6e2f-4930-8610-912e24c63ed1",
    "f26c72d3-e52c-467b-b651-679c73d8e1a7",
    "6925db17-f35e-42f3-a4eb-84ee6bf5d4b0",
    "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d",
];

/// What editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    NewGroup,
    Retitle,
    RenameTrack,
    MoveTrack,
    AddRelease,
    DeleteRelease,
    DeleteGroup,
    MergeGroups,
    MoveGroup,
    RenameArtist,
    MergeArtists,
    DeleteArtist,
}

/// Those that happen at random; what there are only a few of is deleted and merged by the script alone.
const AT_RANDOM: [Kind; 9] = [
    Kind::NewGroup,
    Kind::Retitle,
    Kind::RenameTrack,
    Kind::MoveTrack,
    Kind::AddRelease,
    Kind::DeleteGroup,
    Kind::MergeGroups,
    Kind::MoveGroup,
    Kind::RenameArtist,
];

pub struct Editor {
    pub dice: Rng,
    /// What has been done, and how often.
    pub done: BTreeMap<Kind, u32>,
    next: u32,
}

impl Editor {
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Rng::with_seed(seed),
            done: BTreeMap::new(),
            next: 90_000,
        }
    }

    pub fn any_kind(&mut self) -> Kind {
        AT_RANDOM[self.dice.usize(0..AT_RANDOM.len())]
    }

    /// An edit's SQL. Of edits in one packet, each finds the rows as they were before the packet.
    pub fn edit(&mut self, subject: &Crawled, kind: Kind) -> String {
        *self.done.entry(kind).or_default() += 1;
        let number = self.number();
        let group = self.one(subject, "SELECT rg.id FROM of_library rg ORDER BY rg.id");
        let artist = self.one(
            subject,
            "SELECT DISTINCT artist FROM of_library ORDER BY artist",
        );
        let credit = self.one(
            subject,
            &format!(
                "SELECT artist_credit FROM artist_credit_name WHERE artist = {artist} AND position = 0
                 ORDER BY artist_credit LIMIT 1"
            ),
        );
        let a_track = format!(
            "(SELECT min(track.id) FROM track JOIN medium ON medium.id = track.medium
              JOIN release ON release.id = medium.release WHERE release.release_group = {group})"
        );
        match kind {
            Kind::NewGroup => {
                let group = number;
                let row = format!(
                    "INSERT INTO release_group (id, gid, name, artist_credit, type, last_updated)
                     VALUES ({group}, gen_random_uuid(), 'Group {group}', {credit}, 1, $t);"
                );
                row + &self.release_of(group)
            }
            Kind::Retitle => format!(
                "UPDATE release_group SET name = 'Title {number}', last_updated = $t WHERE id = {group};"
            ),
            Kind::RenameTrack => format!(
                "UPDATE track SET name = 'Track {number}', last_updated = $t WHERE id = {a_track};"
            ),
            Kind::MoveTrack => {
                let other = self.one(subject, "SELECT DISTINCT medium.id FROM medium JOIN release ON release.id = medium.release
                    JOIN of_library rg ON rg.id = release.release_group ORDER BY medium.id");
                format!(
                    "UPDATE track SET medium = {other}, position = {number}, last_updated = $t WHERE id = {a_track};"
                )
            }
            Kind::AddRelease => {
                let release = self.release_of(group);
                format!("{release} UPDATE release_group SET last_updated = $t WHERE id = {group};")
            }
            Kind::DeleteRelease => format!(
                "DELETE FROM release WHERE id = (SELECT max(id) FROM release WHERE release_group = {group});"
            ),
            Kind::DeleteGroup => format!(
                "DELETE FROM release WHERE release_group = {group}; DELETE FROM release_group WHERE id = {group};"
            ),
            Kind::MergeGroups => {
                let into = self.one(subject, &format!(
                    "SELECT rg.id FROM of_library rg WHERE rg.id <> {group} AND rg.artist =
                       (SELECT artist FROM of_library WHERE id = {group}) ORDER BY rg.id"));
                if into == 0 {
                    return String::new();
                }
                format!(
                    "UPDATE release SET release_group = {into}, last_updated = $t WHERE release_group = {group};
                     UPDATE release_group_gid_redirect SET new_id = {into}, created = $t WHERE new_id = {group};
                     INSERT INTO release_group_gid_redirect (gid, new_id, created)
                       SELECT gid, {into}, $t FROM release_group
                       WHERE id = {group} AND EXISTS (SELECT FROM release_group WHERE id = {into});
                     DELETE FROM release_group
                       WHERE id = {group} AND EXISTS (SELECT FROM release_group WHERE id = {into});"
                )
            }
            Kind::MoveGroup => format!(
                "UPDATE release_group SET artist_credit = {credit}, last_updated = $t WHERE id = {group};"
            ),
            Kind::RenameArtist => format!(
                "UPDATE artist SET name = 'Artist {number}', last_updated = $t WHERE id = {artist};"
            ),
            Kind::MergeArtists => {
                let into = self.one(subject, &format!("SELECT DISTINCT artist FROM of_library WHERE artist <> {artist} ORDER BY artist"));
                format!(
                    "UPDATE artist_credit_name SET artist = {into} WHERE artist = {artist};
                     UPDATE artist_gid_redirect SET new_id = {into}, created = $t WHERE new_id = {artist};
                     INSERT INTO artist_gid_redirect (gid, new_id, created)
                       SELECT gid, {into}, $t FROM artist WHERE id = {artist};
                     DELETE FROM artist WHERE id = {artist};"
                )
            }
            Kind::DeleteArtist => format!(
                "DELETE FROM release WHERE release_group IN (SELECT id FROM of_library WHERE artist = {artist});
                 DELETE FROM release_group WHERE id IN (SELECT id FROM of_library WHERE artist = {artist});
                 DELETE FROM artist_credit_name WHERE artist = {artist};
                 DELETE FROM artist_gid_redirect WHERE new_id = {artist};
                 DELETE FROM artist WHERE id = {artist};"
            ),
        }
    }

    /// A release of a group, with two tracks.
    fn release_of(&mut self, group: u32) -> String {
        let id = self.number();
        let second = self.number();
        let credit = format!("(SELECT artist_credit FROM release_group WHERE id = {group})");
        // Another edit of the packet may have taken the group away.
        let if_there = format!("WHERE EXISTS (SELECT FROM release_group WHERE id = {group})");
        let mut sql = format!(
            "INSERT INTO release (id, gid, name, artist_credit, release_group, status, last_updated)
               SELECT {id}, gen_random_uuid(), 'Release {id}', {credit}, {group}, 1, $t {if_there};
             INSERT INTO medium (id, gid, release, position, format, track_count, last_updated)
               SELECT {id}, gen_random_uuid(), {id}, 1, 1, 2, $t {if_there};"
        );
        for (position, track) in [(1, id), (2, second)] {
            sql += &format!(
                "INSERT INTO recording (id, gid, name, artist_credit, length, last_updated)
                   SELECT {track}, gen_random_uuid(), 'Song {track}', {credit}, 1000, $t {if_there};
                 INSERT INTO track (id, gid, recording, medium, position, number, name, artist_credit, length, last_updated)
                   SELECT {track}, gen_random_uuid(), {track}, {id}, {position}, '{position}', 'Song {track}', {credit},
                          1000, $t {if_there};"
            );
        }
        sql
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// One of the ids that a query gives, or 0.
    fn one(&mut self, subject: &Crawled, query: &str) -> u32 {
        let mut client = subject.cluster.connect().unwrap();
        // What the libraries' artists have; a view, because artists are merged.
        client
            .batch_execute(&format!(
                "SET search_path = musicbrainz;
                 CREATE TABLE IF NOT EXISTS in_library AS SELECT gid FROM artist WHERE gid::text IN ('{}');
                 CREATE OR REPLACE VIEW of_library AS
                   SELECT rg.id, credited.artist FROM release_group rg
                   JOIN artist_credit_name credited
                     ON credited.artist_credit = rg.artist_credit AND credited.position = 0
                   JOIN artist ON artist.id = credited.artist
                   WHERE artist.gid IN (SELECT gid FROM in_library)",
                ARTISTS.join("', '")
            ))
            .unwrap();
        let rows = client.query(query, &[]).unwrap();
        if rows.is_empty() {
            return 0;
        }
        let row = &rows[self.dice.usize(0..rows.len())];
        u32::try_from(row.get::<_, i32>(0)).unwrap()
    }
}
