use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use linernotes_dev::run::Cluster;
use linernotes_origin::catalogue::{Catalogue, CatalogueError};
use linernotes_origin::config::Database;
use linernotes_shared::Mbid;
use uuid::Uuid;

use super::{album, cluster, database, runtime, the_las};

/// Gives an artist as many albums as makes its list take seconds, and many old MBIDs: as many questions that are all
/// slow, and that nothing but the database knows to be the same.
fn make_slow(cluster: &Cluster, artist: Mbid) -> Vec<Mbid> {
    const ALBUMS: i32 = 30_000;
    const OLD_MBIDS: u128 = 3;
    let mut client = cluster.connect().unwrap();
    client
        .execute(
            "INSERT INTO musicbrainz.release_group (id, gid, name, artist_credit)
             SELECT 1000000 + number, gen_random_uuid(), 'Bootleg ' || number, credited.artist_credit
             FROM generate_series(1, $2::int) AS number, musicbrainz.artist
             JOIN musicbrainz.artist_credit_name AS credited
                 ON credited.artist = artist.id AND credited.position = 0
             WHERE artist.gid = $1",
            &[&artist.uuid(), &ALBUMS],
        )
        .unwrap();
    client
        .batch_execute("ANALYZE musicbrainz.release_group")
        .unwrap();
    let old: Vec<Uuid> = (1..=OLD_MBIDS).map(Uuid::from_u128).collect();
    client
        .execute(
            "INSERT INTO musicbrainz.artist_gid_redirect (gid, new_id)
             SELECT old, artist.id FROM unnest($2::uuid[]) AS old, musicbrainz.artist WHERE artist.gid = $1",
            &[&artist.uuid(), &old],
        )
        .unwrap();
    old.into_iter().map(Mbid::from).collect()
}

#[derive(Debug, PartialEq, Eq)]
enum Answered {
    SlowArtist,
    Album,
}

#[test]
fn slow_artists_leave_a_connection_to_everything_else() {
    const ALBUMS: usize = 10;
    let (cluster, _folder) = cluster();
    let slow = make_slow(&cluster, the_las());
    let catalogue = Arc::new(
        Catalogue::new(&Database {
            connections: 2,
            ..database(cluster.url())
        })
        .unwrap(),
    );
    let order = runtime().block_on(async {
        let questions = FuturesUnordered::new();
        for mbid in &slow {
            let catalogue = Arc::clone(&catalogue);
            questions.push(tokio::spawn({
                let mbid = *mbid;
                async move {
                    catalogue.artist(mbid).await?;
                    Ok::<_, CatalogueError>(Answered::SlowArtist)
                }
            }));
        }
        // The artists come first, and take what they can get.
        tokio::task::yield_now().await;
        for _ in 0..ALBUMS {
            let catalogue = Arc::clone(&catalogue);
            questions.push(tokio::spawn(async move {
                catalogue.album(album()).await?;
                Ok(Answered::Album)
            }));
        }
        questions
            .map(|answered| answered.unwrap().unwrap())
            .collect::<Vec<_>>()
            .await
    });
    let albums_first: Vec<_> = order.iter().take(ALBUMS).collect();
    assert_eq!(albums_first, vec![&Answered::Album; ALBUMS], "{order:?}");
    assert_eq!(
        order.len(),
        ALBUMS + slow.len(),
        "the slow ones are answered too"
    );
}
