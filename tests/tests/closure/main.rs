//! A month of MusicBrainz edits, a crawler that comes when it comes, and libraries that do as Lidarr does: they end equal
//! to the catalogue, and never delete what still exists.
//!
//! `LINERNOTES_TEST_SEED` chooses the random edits; without it they are the same in every run.

mod editor;
mod library;
mod look;

use linernotes_origin::crawler::Task;
use linernotes_tests::Crawled;

use editor::Editor;
use library::Library;
use look::Look;

const DAYS: u32 = 30;
/// Chooses the edits where nobody else does.
const SEED: u64 = 103;

/// What happens besides the random edits, by day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// An edit of a kind that is to happen in any case.
    Edit(editor::Kind),
    /// The database is down for the day.
    Down,
    /// The replica is being loaded anew for the day.
    HalfLoaded,
    /// A release group is missing for the day, though nobody deleted it.
    Blink,
    /// No crawler runs for the day.
    NoCrawler,
}

fn script(day: u32) -> &'static [Event] {
    use editor::Kind::*;
    match day {
        1 => &[Event::Edit(NewGroup), Event::Edit(RenameArtist)],
        2 => &[Event::Edit(MergeGroups)],
        3 => &[Event::Edit(DeleteGroup)],
        4 => &[Event::Down, Event::Edit(Retitle)],
        5 => &[Event::Edit(MoveTrack), Event::Edit(AddRelease)],
        7 => &[Event::Edit(MergeArtists), Event::Edit(NewGroup)],
        9 => &[Event::HalfLoaded],
        10 => &[Event::Edit(MoveGroup)],
        12 => &[Event::Blink],
        14 => &[Event::NoCrawler, Event::Edit(DeleteGroup)],
        15 => &[
            Event::NoCrawler,
            Event::Edit(MergeGroups),
            Event::Edit(NewGroup),
        ],
        17 => &[Event::Edit(DeleteRelease)],
        18 => &[Event::Edit(DeleteArtist)],
        20 => &[Event::Down],
        21 => &[Event::Edit(MergeArtists), Event::Edit(Retitle)],
        24 => &[Event::Edit(RenameTrack), Event::Edit(RenameArtist)],
        _ => &[],
    }
}

#[test]
fn libraries_end_equal_to_the_catalogue_and_lose_nothing_that_exists() {
    let seed = match std::env::var("LINERNOTES_TEST_SEED") {
        Ok(seed) => seed.parse().expect("LINERNOTES_TEST_SEED is a number"),
        Err(_) => SEED,
    };
    println!("LINERNOTES_TEST_SEED={seed}");
    let mut subject = Crawled::since(24 * i64::from(DAYS + 3), |config| {
        // The replica is a month old at first, and what isn't in it isn't there.
        config.database.max_lag_hours = 0;
        config.crawler.second_look_minutes = 0;
    });
    subject.prepare();
    let mut editor = Editor::new(seed);
    // One library is refreshed every day, the other one when its machine is on.
    let mut libraries = [Library::named("daily"), Library::named("now and then")];
    for library in &mut libraries {
        for artist in editor::ARTISTS {
            library.add(&subject, 0, artist);
        }
        library.refresh(&subject, 0);
        // What had no tracks then may have some tomorrow.
        library.see_deletions(&subject, None);
    }
    let mut last_look = None;
    for day in 1..=DAYS {
        live_through(
            &mut subject,
            &mut editor,
            &mut libraries,
            &mut last_look,
            day,
        );
    }
    // Deleted things get their second look.
    for _ in 0..2 {
        subject.invalidate();
    }
    for library in &mut libraries {
        library.refresh(&subject, DAYS + 1);
        library.see_deletions(&subject, None);
        library.compare(&subject);
        println!("{}: {}", library.name, library.summary());
    }
    println!("edits: {:?}", editor.done);
}

fn live_through(
    subject: &mut Crawled,
    editor: &mut Editor,
    libraries: &mut [Library; 2],
    last_look: &mut Option<Look>,
    day: u32,
) {
    let events = script(day);
    let is = |event: Event| events.contains(&event);
    let mut edits = String::new();
    for event in events {
        if let Event::Edit(kind) = event {
            edits += &editor.edit(subject, *kind);
        }
    }
    for _ in 0..editor.dice.u32(0..3) {
        let kind = editor.any_kind();
        edits += &editor.edit(subject, kind);
    }
    if is(Event::HalfLoaded) {
        edits += "CREATE TABLE aside AS SELECT * FROM release_group; DELETE FROM release_group;";
    }
    if is(Event::Blink) {
        edits += "CREATE TABLE blinked AS SELECT * FROM release_group WHERE id = 1005;
                  DELETE FROM release_group WHERE id = 1005;";
    }
    let words: Vec<&str> = edits.split_whitespace().collect();
    println!("day {day}: {events:?} {}", words.join(" "));
    // While no crawler can look, what is kept is true of the day when one last did.
    let is_looked_at = ![Event::Down, Event::HalfLoaded, Event::NoCrawler]
        .into_iter()
        .any(is);
    if is_looked_at {
        *last_look = None;
    } else if last_look.is_none() {
        *last_look = Some(Look::at(subject, libraries));
    }
    subject.packet_after(24 * 3_600, &edits);
    if is(Event::Down) {
        subject.cluster.stop();
    }
    if !is(Event::NoCrawler) {
        let runs = if is(Event::Blink) {
            1
        } else {
            editor.dice.u32(1..4)
        };
        for _ in 0..runs {
            // In trouble it ends with an error, and goes on another time.
            if let Err(error) = subject.run(&Task::Invalidate { since: None }) {
                println!("day {day}: {error:?}");
            }
        }
        let _ = subject.run(&Task::Artists);
        let _ = subject.run(&Task::Albums);
    }
    if is(Event::NoCrawler)
        && let Some(look) = last_look
    {
        look.note(subject, libraries);
    }
    let [daily, other] = libraries;
    daily.refresh(subject, day);
    if day.is_multiple_of(5) || editor.dice.bool() {
        other.refresh(subject, day);
    }
    if is(Event::Down) {
        subject.cluster.restart().unwrap();
    }
    if is(Event::HalfLoaded) {
        subject.execute("INSERT INTO release_group SELECT * FROM aside; DROP TABLE aside");
    }
    if is(Event::Blink) {
        subject.execute("INSERT INTO release_group SELECT * FROM blinked; DROP TABLE blinked");
        subject.execute(
            "UPDATE linernotes.change_log SET changed = changed + interval '1 day' WHERE gid IN
            (SELECT gid FROM musicbrainz.release_group WHERE id = 1005)",
        );
    }
    for library in libraries {
        library.see_deletions(subject, last_look.as_ref());
    }
}
