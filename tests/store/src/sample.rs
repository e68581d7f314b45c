use linernotes_origin::answer::Frame;
use linernotes_origin::cache::{Entry, Kind, Segment};
use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Collection, Freshness};

/// The time at which the tests' entries are built, unix seconds: far in the future, so that none has expired.
pub const NOW: u64 = 4_000_000_000;

/// The key of the artist of that number.
///
/// # Panics
/// Never: numbers make MBIDs.
pub fn key(number: u32) -> CacheKey {
    let mbid: Mbid = format!("00000000-0000-4000-8000-{number:012}")
        .parse()
        .expect("this is an MBID");
    CacheKey::new(Collection::Artist, mbid)
}

/// Content in which no profile stands.
pub fn content(bytes: &[u8]) -> Frame<Segment> {
    Frame {
        before: Segment::new(bytes),
        artists: Vec::new(),
        after: Segment::new(b""),
    }
}

/// An entry built at [`NOW`], fresh for 100 seconds.
pub fn entry(body: &[u8]) -> Entry {
    Entry::new(
        Kind::Found,
        body,
        vec!["artist-1".to_owned(), "album-2".to_owned()],
        Freshness::starting(NOW, 100, 1_000),
        NOW,
    )
}

/// So many bytes that can't be compressed, different for each seed.
pub fn long_body(length: usize, seed: u64) -> Vec<u8> {
    // SplitMix64: short, and random enough for that.
    let mut state = seed;
    let mut words = std::iter::from_fn(|| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(word ^ (word >> 31))
    });
    let mut body = Vec::with_capacity(length + 8);
    while body.len() < length {
        body.extend(words.next().unwrap_or_default().to_le_bytes());
    }
    body.truncate(length);
    body
}
