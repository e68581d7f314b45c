//! Notes: leases with a fencing token.

use std::sync::Arc;

use futures_util::future::join_all;
use linernotes_origin::cache::{LONGEST_NOTE, Note, Store};

use crate::stores::for_every_store;

for_every_store! {
    a_note_is_written_over_the_version_that_was_read
    of_many_who_write_over_one_version_one_does
    the_longest_note_fits
}

async fn a_note_is_written_over_the_version_that_was_read(store: Arc<dyn Store>) {
    assert_eq!(store.note("crawl").await.unwrap(), None);
    let mut written = Vec::new();
    for (value, over) in [
        ("too early", Some(1)),
        ("first", None),
        ("again the first", None),
        ("second", Some(1)),
        ("overtaken", Some(1)),
        ("from the future", Some(7)),
        ("third", Some(2)),
    ] {
        let done = store.write_note("crawl", value.as_bytes(), over).await;
        written.push((value, done.unwrap()));
    }
    assert_eq!(
        written,
        [
            ("too early", false),
            ("first", true),
            ("again the first", false),
            ("second", true),
            ("overtaken", false),
            ("from the future", false),
            ("third", true),
        ]
    );
    let note = Note {
        value: b"third".to_vec(),
        version: 3,
    };
    assert_eq!(store.note("crawl").await.unwrap(), Some(note));
    assert_eq!(store.note("crawl/other").await.unwrap(), None);
}

async fn of_many_who_write_over_one_version_one_does(store: Arc<dyn Store>) {
    for over in [None, Some(1), Some(2)] {
        let written = join_all((0..20).map(|writer| {
            let store = Arc::clone(&store);
            async move {
                let value = format!("writer {writer}");
                store.write_note("race", value.as_bytes(), over).await
            }
        }))
        .await;
        let winners: Vec<usize> = (0..20)
            .filter(|writer| *written[*writer].as_ref().unwrap())
            .collect();
        let note = store.note("race").await.unwrap().unwrap();
        assert_eq!(
            vec![String::from_utf8(note.value).unwrap()],
            winners
                .iter()
                .map(|winner| format!("writer {winner}"))
                .collect::<Vec<_>>()
        );
    }
}

async fn the_longest_note_fits(store: Arc<dyn Store>) {
    let value = vec![7; LONGEST_NOTE];
    assert!(store.write_note("long", &value, None).await.unwrap());
    assert_eq!(
        store.note("long").await.unwrap(),
        Some(Note { value, version: 1 })
    );
}
