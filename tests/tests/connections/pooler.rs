use std::sync::Arc;

use jiff::Timestamp;
use linernotes_dev::run::{Cluster, Pooler};
use linernotes_dev::setup::PgBouncer;
use linernotes_origin::catalogue::{Catalogue, CatalogueError};
use linernotes_origin::config::Database;
use linernotes_origin::telemetry::with_causes;
use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::session::{TELL_SETTINGS, WRITE, on_every_answer, settings};
use super::{THE_LAS_NAME, album, ask_artist, cluster, database, the_las, wait_until};

fn pooler(cluster: &Cluster, connections: usize) -> Pooler {
    let program = PgBouncer::ensure().expect("`cargo dev test` has found or fetched PgBouncer");
    Pooler::start(&program, cluster, connections).unwrap()
}

fn behind(pooler: &Pooler, connections: usize) -> Database {
    Database {
        connections,
        behind_pooler: true,
        ..database(pooler.url())
    }
}

/// Every kind of question there is, each with its answer in full.
async fn ask_everything(
    catalogue: &Catalogue,
    recordings: &[Mbid],
) -> Result<Vec<String>, CatalogueError> {
    let series = uuid::uuid!("5ca6d566-d0a6-4482-b97d-955d4df8c071").into();
    let nothing = Mbid::from(Uuid::nil());
    let mut answers = vec![
        format!("{:?}", catalogue.replication().await?),
        format!("{:?}", catalogue.artist(the_las()).await?),
        format!("{:?}", catalogue.artist(nothing).await?.is_none()),
        format!("{:?}", catalogue.album(album()).await?),
        format!("{:?}", catalogue.album(nothing).await?.is_none()),
        format!("{:?}", catalogue.artists(&[the_las()]).await?),
        format!("{:?}", catalogue.albums(&[album()]).await?),
        format!("{:?}", catalogue.albums_by_recordings(recordings, 5).await?),
        format!("{:?}", catalogue.series(series).await?),
        format!(
            "{:?}",
            catalogue.changed_since(Timestamp::UNIX_EPOCH).await?
        ),
    ];
    for (entity, spotify_id) in [
        (Entity::Artist, "5a2EaR3hamoenG9rDuVn8j"),
        (Entity::Album, "1TheLasSpotifyAlbum000"),
    ] {
        answers.extend([
            format!("{:?}", catalogue.by_spotify_id(entity, spotify_id).await?),
            format!("{:?}", catalogue.spotify_links(entity, "", 100).await?),
            format!("{:?}", catalogue.ids(entity, None, 100).await?),
        ]);
    }
    Ok(answers)
}

fn recordings(cluster: &Cluster) -> Vec<Mbid> {
    let query = "SELECT gid FROM musicbrainz.recording ORDER BY id LIMIT 3";
    let rows = cluster.connect().unwrap().query(query, &[]).unwrap();
    rows.iter()
        .map(|row| Mbid::from(row.get::<_, Uuid>(0)))
        .collect()
}

#[test]
fn every_question_is_answered_through_a_transaction_pooling_proxy() {
    const ROUNDS: usize = 5;
    let (cluster, _folder) = cluster();
    let recordings: Arc<[Mbid]> = recordings(&cluster).into();
    let runtime = Runtime::new().unwrap();
    let direct = Catalogue::new(&database(cluster.url())).unwrap();
    let expected = runtime
        .block_on(ask_everything(&direct, &recordings))
        .unwrap();
    assert!(
        expected
            .iter()
            .all(|answer| answer != "[]" && answer != "None"),
        "{expected:?}"
    );
    for connections in [1, 2] {
        let pooler = pooler(&cluster, connections);
        // Several programs, with more connections than the proxy has.
        let programs: Vec<_> = (0..3)
            .map(|_| Arc::new(Catalogue::new(&behind(&pooler, 3)).unwrap()))
            .collect();
        let questions: Vec<_> = programs
            .iter()
            .cycle()
            .take(programs.len() * ROUNDS)
            .map(|catalogue| {
                let (catalogue, recordings) = (Arc::clone(catalogue), Arc::clone(&recordings));
                runtime.spawn(async move { ask_everything(&catalogue, &recordings).await })
            })
            .collect();
        for question in questions {
            assert_eq!(runtime.block_on(question).unwrap().unwrap(), expected);
        }
        for catalogue in &programs {
            let report = runtime.block_on(catalogue.check_schema()).unwrap();
            assert!(report.drifts.is_empty(), "{report:?}");
        }
    }
}

#[test]
fn the_settings_are_in_force_behind_a_proxy() {
    let (cluster, _folder) = cluster();
    on_every_answer(&cluster, TELL_SETTINGS);
    let pooler = pooler(&cluster, 1);
    let catalogue = Catalogue::new(&Database {
        timeout_seconds: 7,
        ..behind(&pooler, 2)
    })
    .unwrap();
    let runtime = Runtime::new().unwrap();
    runtime
        .block_on(async { tokio::try_join!(catalogue.replication(), catalogue.replication()) })
        .unwrap();
    assert_eq!(
        settings(&cluster),
        ["off force_generic_plan 7s repeatable read on off linernotes;"; 2],
        "read only by the transaction, not by the session: that is the proxy's"
    );
}

#[test]
fn nothing_can_be_written_through_a_proxy() {
    let (cluster, _folder) = cluster();
    on_every_answer(&cluster, WRITE);
    let pooler = pooler(&cluster, 1);
    let catalogue = Catalogue::new(&behind(&pooler, 1)).unwrap();
    let error = Runtime::new()
        .unwrap()
        .block_on(ask_artist(&catalogue))
        .unwrap_err();
    assert_eq!(
        with_causes(&error),
        "sql/catalogue/replication.sql failed: db error: ERROR: cannot execute INSERT in a read-only transaction"
    );
}

#[test]
fn a_cancelled_question_frees_the_proxys_only_connection() {
    let (cluster, _folder) = cluster();
    let pooler = pooler(&cluster, 1);
    let catalogue = Arc::new(Catalogue::new(&behind(&pooler, 2)).unwrap());
    let (mut locker, mut client) = (cluster.connect().unwrap(), cluster.connect().unwrap());
    let mut lock = locker.transaction().unwrap();
    lock.batch_execute("LOCK TABLE musicbrainz.series IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let runtime = Runtime::new().unwrap();
    let question = runtime.spawn({
        let catalogue = Arc::clone(&catalogue);
        async move { catalogue.series(Mbid::from(Uuid::nil())).await.map(drop) }
    });
    wait_until(&mut client, "FILTER (WHERE wait_event_type = 'Lock') = 1");
    question.abort();
    let answer = runtime.block_on(ask_artist(&catalogue));
    assert_eq!(answer.unwrap(), THE_LAS_NAME);
    // The lock is still held: the server has stopped waiting for it because nobody waits for the server.
    wait_until(&mut client, "FILTER (WHERE state <> 'idle') = 0");
    drop(lock);
}
