//! How the edge treats an origin in trouble.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use linernotes_tests::{Answer, Behaviour, Reply};

use crate::rig::{PATIENT, Rig, gzip, kept, path, text};

#[test]
fn a_hundred_clients_on_a_cold_key_are_one_request() {
    let rig = Rig::with(&[PATIENT], &[]);
    let path = path();
    let reply = kept(rig.now(), "new");
    let collapsed = AtomicUsize::new(0);
    a_hundred_ask_at_once(&rig, &path, &reply, |answer| {
        assert_eq!((answer.status, &answer.body), (200, &reply.body));
        if answer.header("cache-status").contains("; collapsed") {
            collapsed.fetch_add(1, Ordering::SeqCst);
        }
    });
    assert_eq!(rig.origin.take_seen().len(), 1);
    let collapsed = collapsed.into_inner();
    assert!(collapsed > 50, "{collapsed} waited for another's request");
    rig.get_until(&path, Answer::is_hit_at_the_edge);
}

#[test]
fn a_hundred_clients_share_one_large_answer() {
    let rig = Rig::with(&[PATIENT], &[]);
    let path = path();
    let body: Vec<u8> = gzip(&format!("{{\"text\":\"{}\"}}", noise(1_500_000)));
    assert!(body.len() > 1_000_000);
    let reply = Reply {
        body,
        ..kept(rig.now(), "large")
    };
    a_hundred_ask_at_once(&rig, &path, &reply, |answer| {
        assert_eq!(answer.status, 200);
        assert!(answer.body == reply.body, "all of it");
    });
    assert_eq!(rig.origin.take_seen().len(), 1);
}

/// Has the origin answer when a hundred have asked the edge.
fn a_hundred_ask_at_once(rig: &Rig, path: &str, reply: &Reply, see: impl Fn(&Answer) + Sync) {
    const CLIENTS: usize = 100;
    let is_released = rig.hold_reply(reply.clone());
    let asking = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                asking.fetch_add(1, Ordering::SeqCst);
                see(&rig.get(path));
            });
        }
        while asking.load(Ordering::SeqCst) < CLIENTS {
            std::thread::sleep(Duration::from_millis(5));
        }
        // Their requests are on their way.
        std::thread::sleep(Duration::from_millis(500));
        is_released.store(true, Ordering::SeqCst);
    });
}

/// Letters that compress to three quarters of themselves.
fn noise(length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut dice = fastrand::Rng::with_seed(1);
    (0..length)
        .map(|_| char::from(LETTERS[dice.usize(..LETTERS.len())]))
        .collect()
}

#[test]
fn a_trap_in_the_worker_is_a_503_and_over_with_the_next_request() {
    let rig = Rig::start();
    rig.answer("new");
    let mut traps = 0;
    // Wherever the worker asks for the time: while it looks for a copy, before it asks the origin, after that.
    for calls in 1..=8 {
        rig.trap(calls);
        let answer = rig.get(&path());
        if answer.status == 503 {
            traps += 1;
            assert_eq!(answer.header("retry-after"), "10");
            assert_eq!(
                answer.json(),
                serde_json::json!({"error": "the service is unavailable at the moment: the edge is in trouble"})
            );
        } else {
            assert_eq!(text(&answer), "new");
        }
        rig.trap(0);
        assert_eq!(text(&rig.get(&path())), "new");
    }
    assert!(traps >= 4, "{traps} traps");
}

#[test]
fn what_is_done_by_asking_is_asked_once() {
    let rig = Rig::start();
    for target in [
        "/invalidate",
        "/spotify/auth?code=abc&state=http%3A%2F%2Flidarr.local%2Foauth.html",
        "/spotify/renew?refresh_token=abc",
    ] {
        rig.origin
            .behave(Behaviour::Answer(Reply::new(502, &[], "")));
        assert_eq!(rig.get(target).status, 503, "{target}");
        assert_eq!(rig.origin.take_seen().len(), 1, "{target}");
    }
}

#[test]
fn an_origin_that_cant_answer_one_question_is_asked_others() {
    let rig = Rig::start();
    let switched_off = Reply::new(
        503,
        &[
            ("content-type", "application/json; charset=utf-8"),
            ("retry-after", "600"),
        ],
        r#"{"error":"Spotify isn't set up here"}"#,
    );
    rig.origin.behave(Behaviour::Answer(switched_off));
    for _ in 0..20 {
        let answer = rig.get("/spotify/artist/4gzpq5DPGxSnKTe4SA8HAU");
        assert_eq!((answer.status, answer.header("retry-after")), (503, "600"));
    }
    rig.answer("new");
    assert_eq!(text(&rig.get(&path())), "new");
}

#[test]
fn a_client_that_goes_away_leaves_the_others_their_answer() {
    let rig = Rig::with(&[PATIENT], &[]);
    let path = path();
    let is_released = rig.hold_answer("new");
    let address = rig.edge.url().trim_start_matches("http://").to_owned();
    let mut first = std::net::TcpStream::connect(&address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    std::io::Write::write_all(&mut first, request.as_bytes()).unwrap();
    rig.wait_until_asked();
    let second = std::thread::scope(|scope| {
        let second = scope.spawn(|| rig.get(&path));
        std::thread::sleep(Duration::from_millis(200));
        drop(first);
        std::thread::sleep(Duration::from_millis(200));
        is_released.store(true, Ordering::SeqCst);
        second.join().unwrap()
    });
    assert_eq!(text(&second), "new");
    assert_eq!(rig.origin.take_seen().len(), 0, "it isn't asked again");
}

#[test]
fn a_request_that_may_be_repeated_is_repeated_once() {
    let rig = Rig::start();
    let good = kept(rig.now(), "new");
    for (behaviour, requests) in [
        (Behaviour::CutOff(good.clone()), 2),
        (Behaviour::Answer(Reply::new(502, &[], "")), 2),
        (Behaviour::Answer(Reply::new(504, &[], "")), 2),
        (Behaviour::Answer(Reply::new(500, &[], "")), 1),
        (Behaviour::Answer(Reply::new(503, &[], "")), 1),
        (Behaviour::Answer(Reply::new(429, &[], "")), 1),
        (Behaviour::Hang, 1),
    ] {
        rig.pass(10);
        rig.origin.behave(behaviour.clone());
        assert_eq!(rig.get(&path()).status, 503);
        assert_eq!(rig.origin.take_seen().len(), requests, "{behaviour:?}");
        rig.answer("mended");
        rig.get(&path());
        rig.origin.take_seen();
    }
}

#[test]
fn what_fails_once_is_answered_all_the_same() {
    let rig = Rig::with(&[PATIENT], &[]);
    let new = kept(rig.now(), "new");
    for first in [
        Behaviour::CutOff(new.clone()),
        Behaviour::Reset(new.clone()),
        Behaviour::Close,
        Behaviour::Answer(Reply::new(502, &[], "")),
        Behaviour::Answer(Reply::new(504, &[], "")),
    ] {
        let then = Behaviour::Answer(new.clone());
        rig.origin.behave(first.clone().once(then));
        let answer = rig.get(&path());
        assert_eq!(text(&answer), "new", "{first:?}");
        assert_eq!(rig.origin.take_seen().len(), 2, "{first:?}");
    }
}

#[test]
fn an_origin_that_fails_again_and_again_is_given_a_pause() {
    let rig = Rig::start();
    rig.origin
        .behave(Behaviour::Answer(Reply::new(500, &[], "")));
    for _ in 0..5 {
        let answer = rig.get(&path());
        assert!(
            answer
                .header("cache-status")
                .ends_with("detail=origin-error")
        );
    }
    assert_eq!(rig.origin.take_seen().len(), 5);
    rig.answer("new");
    let paused = rig.get(&path());
    assert_eq!(paused.status, 503);
    assert!(
        paused
            .header("cache-status")
            .ends_with("detail=origin-paused")
    );
    let retry_after: u64 = paused.header("retry-after").parse().unwrap();
    assert!((1..=5).contains(&retry_after), "{retry_after}");
    assert_eq!(rig.origin.take_seen().len(), 0, "it isn't asked");
    rig.pass(6);
    assert_eq!(
        text(&rig.get(&path())),
        "new",
        "one tries, and it has mended"
    );
    assert_eq!(text(&rig.get(&path())), "new");
}

#[test]
fn a_retry_after_of_the_origins_goes_on() {
    let rig = Rig::start();
    let busy = Reply::new(503, &[("retry-after", "17")], "{}");
    rig.origin.behave(Behaviour::Answer(busy));
    assert_eq!(rig.get(&path()).header("retry-after"), "17");
}
