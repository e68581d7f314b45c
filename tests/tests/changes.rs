//! Change detection: what `recent/*` lists and invalidation goes by, on MusicBrainz's real schema.

use std::collections::BTreeSet;

use linernotes_dev::run::Replica;
use linernotes_dev::setup::MusicBrainzSchema;
use linernotes_origin::catalogue::{Change, Changes, Preparation, Unprepared};
use linernotes_tests::{AskedCatalogue, replica};

/// The group's own entity and what must be refreshed with it: Lidarr may hold an old MBID.
const THE_LAS: [&str; 4] = [
    "album The La’s",
    "album The La’s (old)",
    "artist The La’s",
    "artist The La’s (old)",
];
const THE_LAS_ALONE: [&str; 2] = ["artist The La’s", "artist The La’s (old)"];

fn subject() -> AskedCatalogue {
    AskedCatalogue::on(Replica::Real(MusicBrainzSchema::V31))
}

fn prepare(subject: &AskedCatalogue) {
    subject.wait(async {
        let preparation = Preparation::connect(&subject.database).await.unwrap();
        preparation.run(drop).await.unwrap();
    });
}

fn changes(subject: &AskedCatalogue, since: &str) -> Changes {
    subject
        .wait(subject.catalogue.changed_since(since.parse().unwrap()))
        .unwrap()
}

/// What changed since a time, by name.
fn changed(subject: &AskedCatalogue, since: &str) -> BTreeSet<String> {
    let changes = changes(subject, since);
    let mbids = |list: &[Change]| -> Vec<_> { list.iter().map(|change| change.mbid).collect() };
    let artists = subject.artist_names(&mbids(&changes.artists));
    let albums = subject.album_titles(&mbids(&changes.albums));
    let artists = artists.into_iter().map(|name| format!("artist {name}"));
    let albums = albums.into_iter().map(|title| format!("album {title}"));
    artists.chain(albums).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The sample's rows are all older; each case has an hour of its own, the latest so far.
fn hour(case: usize) -> String {
    let (day, hour) = (1 + case / 24, case % 24);
    format!("2026-09-{day:02}T{hour:02}:00:00Z")
}

#[test]
fn every_dated_change_is_found_with_the_albums_artist_and_old_mbids() {
    let subject = subject();
    let new_album = ["album Brand New", "artist AC/DC"];
    let merged = [
        "album Back in Black",
        "album High Voltage",
        "artist AC/DC",
        "artist AC/DC (old)",
    ];
    let cases: [(&str, &str, &[&str]); 24] = [
        (
            "an artist's own row",
            "UPDATE artist SET last_updated = $t WHERE id = 1001",
            &THE_LAS_ALONE,
        ),
        (
            "an artist's alias",
            "UPDATE artist_alias SET last_updated = $t WHERE id = 1001",
            &THE_LAS_ALONE,
        ),
        (
            "an artist's tag",
            "UPDATE artist_tag SET last_updated = $t WHERE artist = 1001 AND tag = 1",
            &THE_LAS_ALONE,
        ),
        (
            "an artist's link",
            "UPDATE l_artist_url SET last_updated = $t WHERE id = 1001",
            &THE_LAS_ALONE,
        ),
        (
            "the URL of an artist's link",
            "UPDATE url SET last_updated = $t WHERE id = 1001",
            &THE_LAS_ALONE,
        ),
        (
            "a release group's own row",
            "UPDATE release_group SET last_updated = $t WHERE id = 1001",
            &THE_LAS,
        ),
        (
            "a release group's alias",
            "UPDATE release_group_alias SET last_updated = $t WHERE id = 1001",
            &THE_LAS,
        ),
        (
            "a release group's tag",
            "UPDATE release_group_tag SET last_updated = $t WHERE release_group = 1001 AND tag = 3",
            &THE_LAS,
        ),
        (
            "a release group's secondary type",
            "INSERT INTO release_group_secondary_type_join (release_group, secondary_type, created) VALUES (1001, 1, $t)",
            &THE_LAS,
        ),
        (
            "a release group's link",
            "UPDATE l_release_group_url SET last_updated = $t WHERE id = 6001",
            &THE_LAS,
        ),
        (
            "the URL of a release group's link",
            "UPDATE url SET last_updated = $t WHERE id = 6001",
            &THE_LAS,
        ),
        (
            "a merge of release groups",
            "INSERT INTO release_group_gid_redirect (gid, new_id, created) VALUES (gen_random_uuid(), 1001, $t)",
            &THE_LAS,
        ),
        (
            "a release",
            "UPDATE release SET last_updated = $t WHERE id = 6001",
            &THE_LAS,
        ),
        (
            "a merge of releases",
            "INSERT INTO release_gid_redirect (gid, new_id, created) VALUES (gen_random_uuid(), 6001, $t)",
            &THE_LAS,
        ),
        (
            "a release's label",
            "UPDATE release_label SET last_updated = $t WHERE id = 6001",
            &THE_LAS,
        ),
        (
            "a new cover",
            "UPDATE cover_art_archive.cover_art SET date_uploaded = $t WHERE id = 50000000685",
            &THE_LAS,
        ),
        (
            "a medium",
            "UPDATE medium SET last_updated = $t WHERE id = 6001",
            &THE_LAS,
        ),
        (
            "a track",
            "UPDATE track SET last_updated = $t WHERE id = 6001",
            &THE_LAS,
        ),
        (
            "a merge of tracks",
            "INSERT INTO track_gid_redirect (gid, new_id, created) VALUES (gen_random_uuid(), 6001, $t)",
            &THE_LAS,
        ),
        (
            "a recording",
            "UPDATE recording SET last_updated = $t WHERE id = 6001",
            &THE_LAS,
        ),
        (
            "a merge of recordings",
            "INSERT INTO recording_gid_redirect (gid, new_id, created) VALUES (gen_random_uuid(), 6001, $t)",
            &THE_LAS,
        ),
        (
            "a new release group",
            "INSERT INTO release_group (id, gid, name, artist_credit, last_updated)
             VALUES (99, gen_random_uuid(), 'Brand New', 7004, $t)",
            &new_album,
        ),
        (
            "a merge of artists, which moves albums",
            "DELETE FROM release_group WHERE id = 99;
             INSERT INTO artist_gid_redirect (gid, new_id, created) VALUES (gen_random_uuid(), 7004, $t)",
            &merged,
        ),
        ("nothing", "", &[]),
    ];
    for (case, (kind, sql, expected)) in cases.into_iter().enumerate() {
        let time = hour(case);
        subject.execute(&format!(
            "SET search_path = musicbrainz; {}",
            sql.replace("$t", &format!("'{time}'"))
        ));
        assert_eq!(changed(&subject, &time), set(expected), "{kind}");
    }
    assert_eq!(changes(&subject, &hour(0)).logged_since, None);
}

#[test]
fn the_change_log_finds_what_carries_no_date() {
    let subject = subject();
    subject.execute(
        "UPDATE musicbrainz.replication_control SET last_replication_date = '2026-08-31T00:00:00Z'",
    );
    prepare(&subject);
    let cases: [(&str, &str, &[&str]); 31] = [
        (
            "an artist's rating",
            "UPDATE artist_meta SET rating = 11, rating_count = 99 WHERE id = 1001",
            &THE_LAS_ALONE,
        ),
        (
            "a rating that stays as it was",
            "UPDATE artist_meta SET rating = 11, rating_count = 99 WHERE id = 1001",
            &[],
        ),
        (
            "an artist's alias deleted",
            "DELETE FROM artist_alias WHERE id = 1002",
            &THE_LAS_ALONE,
        ),
        (
            "an artist's tag deleted",
            "DELETE FROM artist_tag WHERE artist = 1001 AND tag = 2",
            &THE_LAS_ALONE,
        ),
        (
            "an artist's link deleted",
            "DELETE FROM l_artist_url WHERE id = 1002",
            &THE_LAS_ALONE,
        ),
        (
            "an album's rating",
            "UPDATE release_group_meta SET rating = 11, rating_count = 99 WHERE id = 1001",
            &THE_LAS,
        ),
        (
            "an album's alias deleted",
            "DELETE FROM release_group_alias WHERE id = 1002",
            &THE_LAS,
        ),
        (
            "an album's tag deleted",
            "DELETE FROM release_group_tag WHERE release_group = 1001 AND tag = 2",
            &THE_LAS,
        ),
        (
            "an album's link deleted",
            "DELETE FROM l_release_group_url WHERE id = 6002",
            &THE_LAS,
        ),
        (
            "an album's secondary type deleted",
            "DELETE FROM release_group_secondary_type_join WHERE release_group = 1004",
            &[
                "album BBC In Session",
                "artist The La’s",
                "artist The La’s (old)",
            ],
        ),
        (
            "a release event added",
            "INSERT INTO release_country (release, country, date_year) VALUES (6001, 81, 1991)",
            &THE_LAS,
        ),
        (
            "a release event's date",
            "UPDATE release_country SET date_month = 2 WHERE release = 6001 AND country = 81",
            &THE_LAS,
        ),
        (
            "a release event deleted",
            "DELETE FROM release_country WHERE release = 6001 AND country = 81",
            &THE_LAS,
        ),
        (
            "a date without a country",
            "INSERT INTO release_unknown_country (release, date_year) VALUES (6001, 1991)",
            &THE_LAS,
        ),
        (
            "a release's label deleted",
            "DELETE FROM release_label WHERE id = 6001",
            &THE_LAS,
        ),
        (
            "a label renamed",
            "UPDATE label SET name = 'ATCO' WHERE id = 12",
            &[
                "album Back in Black",
                "album Close to the Edge",
                "album Fragile",
                "album High Voltage",
                "artist AC/DC",
                "artist Yes",
            ],
        ),
        (
            "a picture's place",
            "UPDATE cover_art_archive.cover_art SET ordering = 9 WHERE id = 50000000685",
            &THE_LAS,
        ),
        (
            "a picture's type",
            "DELETE FROM cover_art_archive.cover_art_type WHERE id = 50000000685",
            &THE_LAS,
        ),
        (
            "the release chosen for the cover",
            "DELETE FROM cover_art_archive.release_group_cover_art WHERE release_group = 1001",
            &THE_LAS,
        ),
        (
            "a track deleted",
            "DELETE FROM track WHERE id = 6001",
            &THE_LAS,
        ),
        (
            "a medium deleted",
            "DELETE FROM track WHERE medium = 6001; DELETE FROM medium WHERE id = 6001",
            &THE_LAS,
        ),
        (
            "a release deleted",
            "DELETE FROM release WHERE id = 6001",
            &THE_LAS,
        ),
        (
            "a release moved to another album",
            "UPDATE release SET release_group = 7006 WHERE id = 7005",
            &["album Back in Black", "album High Voltage", "artist AC/DC"],
        ),
        (
            "an album given to another artist",
            "UPDATE release_group SET artist_credit = 7009 WHERE id = 7006",
            &["artist AC/DC"],
        ),
        (
            "a credit given to another artist",
            "UPDATE artist_credit_name SET artist = 7009 WHERE artist_credit = 7010",
            &["album Soul Mining", "artist The The", "artist Yes"],
        ),
        (
            "a tag that became a genre",
            "INSERT INTO genre (id, gid, name) SELECT 9999, gen_random_uuid(), name FROM tag WHERE id = 904",
            &THE_LAS,
        ),
        (
            "an album deleted",
            "DELETE FROM release_group WHERE id = 7005",
            &[
                "album fbe1aa74-c495-4e9c-b5d0-6ec9dea3f953, which is gone",
                "artist AC/DC",
            ],
        ),
        (
            "an artist deleted",
            "DELETE FROM artist WHERE id = 7006",
            &["artist f26c72d3-e52c-467b-b651-679c73d8e1a7, which is gone"],
        ),
        (
            "an old MBID that leads nowhere any more",
            "DELETE FROM release_group_gid_redirect WHERE gid = '1bd2d0f3-f198-37cf-a770-df8c890cb50f'",
            &[
                "album 1bd2d0f3-f198-37cf-a770-df8c890cb50f, which is gone",
                "album The La’s",
                "album The La’s (old)",
                "artist The La’s",
                "artist The La’s (old)",
            ],
        ),
        (
            "an album deleted after its old MBIDs",
            "DELETE FROM release_group_gid_redirect WHERE new_id = 1008; DELETE FROM release_group WHERE id = 1008",
            &[
                "album 3dffc6a9-f59d-3d4a-a9e3-f729ec66b568, which is gone",
                "album ed36dd14-b176-3465-b88a-0973e8216bb6, which is gone",
                "artist The La’s",
                "artist The La’s (old)",
            ],
        ),
        (
            "an artist deleted, whose old MBIDs are left",
            "DELETE FROM artist WHERE id = 1001",
            &[
                "artist d6807b68-c457-45d6-8047-cb9414c3c0c4, which is gone",
                "artist ff3e88b3-7354-4f30-967c-1a61ebc8c642, which is gone",
            ],
        ),
    ];
    for (case, (kind, sql, expected)) in cases.into_iter().enumerate() {
        let time = hour(case);
        // As a packet is applied: the date before it is in force until its end.
        subject.execute(&format!(
            "SET search_path = musicbrainz;
             UPDATE replication_control SET last_replication_date = '{time}';
             SET session_replication_role = replica;
             {sql}"
        ));
        assert_eq!(changed(&subject, &time), set(expected), "{kind}");
    }
    assert_eq!(
        changes(&subject, &hour(0)).logged_since,
        Some("2026-08-31T00:00:00Z".parse().unwrap())
    );
}

#[test]
fn changes_come_newest_first_and_once_each() {
    let subject = subject();
    let changes = changes(&subject, "2026-07-21T00:00:00Z");
    for list in [&changes.artists, &changes.albums] {
        assert!(list.len() > 2);
        assert!(list.is_sorted_by_key(|change| std::cmp::Reverse(change.changed)));
        let distinct: BTreeSet<_> = list.iter().map(|change| change.mbid).collect();
        assert_eq!(distinct.len(), list.len());
    }
}

#[test]
fn a_replica_can_be_prepared_again_and_after_a_failure() {
    let subject = subject();
    prepare(&subject);
    // What a broken-off CREATE INDEX CONCURRENTLY leaves behind.
    subject.execute(
        "UPDATE pg_index SET indisvalid = false
         WHERE indexrelid = 'musicbrainz.linernotes_track_last_updated'::regclass",
    );
    let unprepared = || {
        let report = subject.wait(subject.catalogue.check_schema());
        report.unwrap().unprepared
    };
    assert_eq!(
        unprepared().missing_indexes,
        ["linernotes_track_last_updated"]
    );
    // What an earlier version made, and what somebody has switched off.
    subject.execute(
        "DROP TRIGGER linernotes_deleted ON musicbrainz.artist_gid_redirect;
         ALTER TABLE musicbrainz.genre DISABLE TRIGGER linernotes_named",
    );
    assert_eq!(
        unprepared().missing_triggers,
        [
            "linernotes_deleted on musicbrainz.artist_gid_redirect",
            "linernotes_named on musicbrainz.genre"
        ]
    );
    prepare(&subject);
    assert_eq!(
        unprepared(),
        Unprepared {
            missing_indexes: Vec::new(),
            change_log_is_kept: true,
            missing_triggers: Vec::new(),
        }
    );
}

/// On few rows the planner reads whole tables, so it is told not to: an index that doesn't fit would show.
#[test]
fn every_dated_table_can_be_read_by_its_index() {
    let (cluster, _folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let mut client = cluster.connect().unwrap();
    let statements = include_str!("../../sql/indexes.sql").split_inclusive(';');
    for statement in statements.filter(|statement| statement.contains("CREATE")) {
        client.batch_execute(statement).unwrap();
    }
    client.batch_execute("SET enable_seqscan = off").unwrap();
    let mut used = BTreeSet::new();
    for statement in ["artists", "albums"] {
        let file = format!(
            "{}/../sql/catalogue/changed_{statement}.sql",
            env!("CARGO_MANIFEST_DIR")
        );
        let sql = std::fs::read_to_string(file).unwrap();
        let sql = sql
            .replace("$1::timestamptz", "'2026-07-21'::timestamptz")
            .replace("$2::timestamptz", "'2026-07-22'::timestamptz");
        let plan = client.query(&format!("EXPLAIN {sql}"), &[]).unwrap();
        used.extend(plan.iter().flat_map(|row| {
            let line: String = row.get(0);
            line.split_whitespace()
                .filter(|word| word.starts_with("linernotes_"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        }));
    }
    let made: BTreeSet<String> = include_str!("../../sql/indexes.sql")
        .split_whitespace()
        .filter(|word| word.starts_with("linernotes_"))
        .map(str::to_owned)
        .collect();
    assert_eq!(used, made);
}
