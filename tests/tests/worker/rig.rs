use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use flate2::Compression;
use flate2::write::GzEncoder;
use linernotes_dev::run::Edge;
use linernotes_tests::{Answer, Ask, Behaviour, Reply, Stub, ask, prepared};
use tempfile::TempDir;

pub const HOUR: u64 = 3_600;
pub const DAY: u64 = 24 * HOUR;
/// How long the origin's answers are fresh here.
pub const FRESH: u64 = DAY;
/// How long the origin calls them usable: its own time in trouble comes after a time of freshness that is longer than the
/// edge's. The edge has its 30 days after `FRESH`.
pub const USABLE: u64 = 60 * DAY;

/// What the origin has for an answer here, in milliseconds, unless a test says otherwise.
const TIMEOUT_MS: u64 = 2_000;
/// The setting by which it has as long as a test may take.
pub const PATIENT: (&str, &str) = ("ORIGIN_TIMEOUT_MS", "20000");
/// Seconds after which an edge that is so patient gives a request to the origin up for lost. So it has others made
/// meanwhile, as another isolate would, and the first one still goes on.
pub const LOST: u64 = 30;

/// An edge and its origin.
pub struct Rig {
    pub edge: Edge,
    pub origin: Stub,
    ahead: AtomicU64,
    _folder: TempDir,
}

impl Rig {
    pub fn start() -> Self {
        Self::with(&[], &[])
    }

    /// Starts an edge with variables and options of `serve.mjs`.
    pub fn with(variables: &[(&str, &str)], options: &[&str]) -> Self {
        let origin = Stub::start(Behaviour::Answer(Reply::new(500, &[], "")));
        let folder = TempDir::new().unwrap();
        let mut all = vec![
            ("ORIGIN_URL", origin.url()),
            ("ORIGIN_TIMEOUT_MS", TIMEOUT_MS.to_string()),
            ("CLIENT_LIMIT", "1000000".to_owned()),
        ];
        all.extend(
            variables
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let options = [&["--clock"], options].concat();
        let edge = Edge::start_with(&prepared().worker, 0, folder.path(), &all, &options).unwrap();
        Self {
            edge,
            origin,
            ahead: AtomicU64::new(0),
            _folder: folder,
        }
    }

    /// Moves the edge's clock.
    pub fn pass(&self, seconds: u64) {
        let ahead = self.ahead.fetch_add(seconds, Ordering::SeqCst) + seconds;
        self.set("/clock", &ahead.to_string());
    }

    /// Has the worker trap when it asks for the time so many times more.
    pub fn trap(&self, calls: usize) {
        self.set("/trap", &calls.to_string());
    }

    /// Has the durable store hold whatever is asked for keys that begin so.
    pub fn hold(&self, keys: &str) {
        self.set("/store", keys);
    }

    /// Has it go on. What was to be written fails.
    pub fn release(&self) {
        self.set("/store", "");
    }

    fn set(&self, what: &str, value: &str) {
        let set = self.ask(what).method("PUT").body(value).send();
        assert_eq!(set.status, 204);
    }

    /// The edge's time.
    pub fn now(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        now.as_secs() + self.ahead.load(Ordering::SeqCst)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.edge.url())
    }

    pub fn ask(&self, path: &str) -> Ask {
        ask(self.url(path))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask(path).send()
    }

    /// The origin's answer from now on, made now.
    pub fn answer(&self, text: &str) -> Reply {
        let reply = kept(self.now(), text);
        self.origin.behave(Behaviour::Answer(reply.clone()));
        reply
    }

    /// Has the origin give this answer, made now, once it is told to: by the flag.
    pub fn hold_answer(&self, text: &str) -> Arc<AtomicBool> {
        self.hold_reply(kept(self.now(), text))
    }

    /// The same for any reply.
    pub fn hold_reply(&self, reply: Reply) -> Arc<AtomicBool> {
        let is_released = Arc::new(AtomicBool::new(false));
        self.origin
            .behave(Behaviour::Held(Arc::clone(&is_released), reply));
        is_released
    }

    /// Waits until the origin has been asked.
    pub fn wait_until_asked(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.origin.take_seen().is_empty() {
            assert!(Instant::now() < deadline, "the origin isn't asked");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The answer to a client whose request to the origin, which is held until the flag says otherwise, is given up for lost,
    /// while a newer answer is fetched and kept.
    pub fn late(&self, path: &str, is_released: &AtomicBool) -> Answer {
        std::thread::scope(|scope| {
            let late = scope.spawn(|| self.get(path));
            self.wait_until_asked();
            self.pass(LOST);
            self.answer("newer");
            assert_eq!(text(&self.get(path)), "newer");
            self.get_until(path, Answer::is_hit_at_the_edge);
            is_released.store(true, Ordering::SeqCst);
            late.join().unwrap()
        })
    }

    /// Asks until the answer is as wanted: copies are stored after answers are sent.
    pub fn get_until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        self.ask(path).until(wanted)
    }

    /// What the edge has logged, once it holds this.
    pub fn logged(&self, text: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let log = self.edge.log();
            if log.contains(text) {
                return log;
            }
            assert!(Instant::now() < deadline, "{text} isn't in {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Has the edge keep an answer of this path's.
    pub fn keep(&self, path: &str, text: &str) {
        self.answer(text);
        assert_eq!(self.get(path).status, 200);
        self.get_until(path, Answer::is_hit_at_the_edge);
    }
}

/// A path of its own.
pub fn path() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!(
        "/artist/00000000-0000-4000-8000-{:012}",
        NEXT.fetch_add(1, Ordering::SeqCst)
    )
}

pub fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// JSON that says which answer it is, and is long enough to be cut.
pub fn json(text: &str) -> String {
    let filling: Vec<String> = (0..200).map(|number| format!("{number:x}")).collect();
    serde_json::json!({"text": text, "filling": filling}).to_string()
}

/// An answer as the origin sends it, made `now`.
pub fn kept(now: u64, text: &str) -> Reply {
    Reply::new(
        200,
        &[
            ("content-type", "application/json; charset=utf-8"),
            ("content-encoding", "gzip"),
            ("etag", &format!("\"{text}\"")),
            ("cache-tag", "artist-x"),
            ("cache-control", "public, s-maxage=86400, max-age=0"),
            ("cache-status", "linernotes-origin; hit; ttl=86400"),
            ("linernotes-fresh-until", &(now + FRESH).to_string()),
            ("linernotes-stale-until", &(now + USABLE).to_string()),
        ],
        gzip(&json(text)),
    )
}

/// "Unknown" as the origin says it, made `now`, and fresh `until` then.
pub fn unknown(now: u64, until: u64) -> Reply {
    let unknown = kept(now, "unknown");
    let until = until.to_string();
    Reply {
        status: 404,
        ..unknown
            .with("linernotes-fresh-until", until.clone())
            .with("linernotes-stale-until", until)
    }
}

/// Waits for what goes on behind answers and shows nowhere.
pub fn settle() {
    std::thread::sleep(Duration::from_millis(300));
}

/// `Cache-Control` of an answer that no cache may keep for any longer.
pub fn for_no_time(answer: &Answer) -> String {
    let age = answer.header("age").parse().unwrap_or(0_u64);
    format!("public, s-maxage={age}, max-age=0")
}

/// The text that an answer holds; empty for any other answer.
pub fn text(answer: &Answer) -> String {
    match answer.status {
        200 => answer.json()["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        status => status.to_string(),
    }
}
