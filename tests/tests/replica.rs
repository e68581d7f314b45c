//! The compact sample replica against MusicBrainz's own schema.

use std::collections::BTreeSet;

use linernotes_dev::run::{Cluster, Replica};
use linernotes_dev::setup::MusicBrainzSchema;
use linernotes_tests::replica;

/// Schema, table, column, type with its length, whether it takes nulls.
type Column = (String, String, String, String, String);

fn columns(cluster: &Cluster) -> BTreeSet<Column> {
    cluster
        .connect()
        .unwrap()
        .query(
            "SELECT table_schema::text, table_name::text, column_name::text,
                    udt_name::text || coalesce('(' || character_maximum_length || ')', ''), is_nullable::text
             FROM information_schema.columns
             WHERE table_schema IN ('musicbrainz', 'cover_art_archive')",
            &[],
        )
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)))
        .collect()
}

#[test]
fn the_compact_schema_is_a_subset_of_musicbrainzs_own() {
    let (compact, _compact_folder) = replica(Replica::Compact);
    let (real, _real_folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let (compact, real) = (columns(&compact), columns(&real));
    assert!(compact.len() > 200, "the compact schema is there");
    let strange: Vec<&Column> = compact.difference(&real).collect();
    assert_eq!(strange, Vec::<&Column>::new());
}

#[test]
fn both_schemas_hold_the_same_rows() {
    let (compact, _compact_folder) = replica(Replica::Compact);
    let (real, _real_folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let counts = |cluster: &Cluster| -> Vec<(&str, i64)> {
        let mut client = cluster.connect().unwrap();
        [
            "artist",
            "release_group",
            "release",
            "medium",
            "track",
            "recording",
            "url",
            "artist_alias",
        ]
        .into_iter()
        .map(|table| {
            let count = format!("SELECT count(*) FROM musicbrainz.{table}");
            (table, client.query_one(&count, &[]).unwrap().get(0))
        })
        .collect()
    };
    assert_eq!(counts(&compact), counts(&real));
}
