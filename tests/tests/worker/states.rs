//! What a client gets and what is kept then, for every state of a copy and every sort of trouble of the origin's.

use std::time::{Duration, Instant};

use linernotes_tests::{Answer, Behaviour, Reply, table};

use crate::rig::{DAY, HOUR, Rig, gzip, json, kept, path, text};

/// What the origin has for an answer here, in milliseconds.
const TIMEOUT_MS: u64 = 800;

/// A copy's state: how old it is.
const STATES: [(&str, Option<u64>); 5] = [
    ("fresh", Some(HOUR)),
    ("stale", Some(DAY + HOUR)),
    ("expired", Some(3 * DAY)),
    ("past use", Some(32 * DAY)),
    ("none", None),
];

/// What the origin does, as a function of its good answer.
type Trouble = fn(Reply) -> Option<Behaviour>;

const ORIGINS: [(&str, Trouble); 15] = [
    ("ok", |good| Some(Behaviour::Answer(good))),
    ("unchanged", |good| {
        Some(Behaviour::Answer(Reply {
            status: 304,
            body: Vec::new(),
            ..good
        }))
    }),
    ("slow", |good| {
        Some(Behaviour::Slow(Duration::from_millis(150), good))
    }),
    ("hung", |_| Some(Behaviour::Hang)),
    ("refused", |_| None),
    ("500", |good| {
        Some(Behaviour::Answer(Reply {
            status: 500,
            ..good
        }))
    }),
    ("503", |good| {
        let reply = Reply {
            status: 503,
            ..good
        };
        Some(Behaviour::Answer(reply.with("retry-after", "7")))
    }),
    ("429", |good| {
        Some(Behaviour::Answer(Reply {
            status: 429,
            ..good
        }))
    }),
    ("html", |good| {
        let reply = Reply {
            body: b"<html>all is well</html>".to_vec(),
            ..good
        };
        let reply = reply.with("content-type", "text/html");
        Some(Behaviour::Answer(
            reply.with("content-encoding", "identity"),
        ))
    }),
    ("someone's 404", |good| {
        let fields = good.fields.into_iter();
        let fields = fields.filter(|(name, _)| !name.starts_with("linernotes-"));
        Some(Behaviour::Answer(Reply {
            status: 404,
            fields: fields.collect(),
            body: good.body,
        }))
    }),
    ("cut off", |good| Some(Behaviour::CutOff(good))),
    ("reset", |good| Some(Behaviour::Reset(good))),
    ("wrong length", |good| {
        let length = good.body.len() - 10;
        Some(Behaviour::Answer(
            good.with("content-length", length.to_string()),
        ))
    }),
    ("cut gzip", |good| {
        let body = good.body[..good.body.len() / 2].to_vec();
        Some(Behaviour::Answer(Reply { body, ..good }))
    }),
    ("cut json", |good| {
        let whole = json("new");
        let body = gzip(&whole[..whole.len() / 2]);
        Some(Behaviour::Answer(Reply { body, ..good }))
    }),
];

/// Which answer is given, and which is kept after that.
fn expected(state: &str, origin: &str) -> (&'static str, &'static str) {
    let answers = matches!(origin, "ok" | "slow" | "unchanged");
    match (state, origin) {
        ("fresh", _) => ("old", "old"),
        // Nothing was named that could be unchanged.
        ("past use" | "none", "unchanged") => ("503", "nothing"),
        ("stale", "unchanged") => ("old", "old again"),
        ("expired", "unchanged") => ("old", "old again"),
        ("stale", _) if answers => ("old", "new"),
        ("stale", _) => ("old", "old"),
        (_, _) if answers => ("new", "new"),
        ("expired", _) => ("old", "old"),
        (_, _) => ("503", "nothing"),
    }
}

#[test]
fn the_state_table() {
    let rig = Rig::with(&[("ORIGIN_TIMEOUT_MS", &TIMEOUT_MS.to_string())], &[]);
    let mut rows = vec![[
        "origin".to_owned(),
        "fresh".to_owned(),
        "stale".to_owned(),
        "expired".to_owned(),
        "past use".to_owned(),
        "none".to_owned(),
    ]];
    let mut wrong = Vec::new();
    for (origin, trouble) in ORIGINS {
        let mut row = vec![origin.to_owned()];
        for (state, age) in STATES {
            let (given, kept) = expected(state, origin);
            let cell = cell(&rig, age, trouble, matches!(kept, "new" | "old again"));
            let wanted = format!("{given} → {kept} (");
            if !cell.starts_with(&wanted) {
                wrong.push(format!("{state}, {origin}: {cell} instead of {wanted}"));
            }
            row.push(cell);
        }
        rows.push(row.try_into().unwrap());
    }
    println!(
        "what is given → what is kept then (milliseconds)\n{}",
        table(&rows)
    );
    assert_eq!(wrong, Vec::<String>::new());
}

/// What is given and kept then. If `brings_news`, it may take a while until that shows.
fn cell(rig: &Rig, age: Option<u64>, trouble: Trouble, brings_news: bool) -> String {
    let path = path();
    if let Some(age) = age {
        rig.keep(&path, "old");
        rig.pass(age);
    }
    let good = kept(rig.now(), "new");
    match trouble(good) {
        Some(behaviour) => rig.origin.behave(behaviour),
        None => rig.origin.refuse(),
    }
    rig.origin.take_seen();
    let started = Instant::now();
    let given = rig.get(&path);
    let took = started.elapsed();
    if given.status == 503 {
        assert_eq!(given.header("cache-control"), "no-store");
        let retry_after: u64 = given.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&retry_after), "{retry_after}");
        assert!(given.json()["error"].is_string());
    }

    // What is kept shows when the origin is gone; but first let go on what goes on behind the answer.
    let patience = if brings_news {
        10_000
    } else {
        TIMEOUT_MS + 300
    };
    let patience = Instant::now() + Duration::from_millis(patience);
    let mut before = rig.get(&path);
    while Instant::now() < patience && text(&before) == text(&given) {
        let is_stale = |answer: &Answer| answer.header("cache-status").contains("ttl=-");
        let is_settled = (given.header("cache-status").contains("fwd=") || is_stale(&given))
            && before.is_hit_at_the_edge()
            && !is_stale(&before);
        if is_settled {
            break;
        }
        std::thread::sleep(Duration::from_millis(25));
        before = rig.get(&path);
    }
    // The breaker's pause, and whatever was noted of a refresh, are over.
    rig.origin.refuse();
    rig.pass(10);
    let then = rig.get(&path);
    let kept = match (
        text(&then).as_str(),
        then.header("cache-status").contains("detail="),
    ) {
        ("503", _) => "nothing".to_owned(),
        ("old", false)
            if age.is_some_and(|age| age > DAY)
                && !then.header("cache-status").contains("ttl=-") =>
        {
            "old again".to_owned()
        }
        (text, _) => text.to_owned(),
    };
    // Mends the breaker.
    rig.pass(10);
    rig.answer("mended");
    assert_eq!(rig.get(&crate::rig::path()).status, 200);
    format!("{} → {kept} ({})", text(&given), took.as_millis())
}
