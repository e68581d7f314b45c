//! Copies of popular answers in Workers KV, for data centres that have none of their own when the origin fails.
//!
//! They are read in trouble only, so on an ordinary day they cost what storing them costs; see `docs/edge.md` for why
//! KV rather than R2.

use sha2::{Digest, Sha256};
use worker::{Env, KvStore};

use super::{Kept, Whole};
use crate::log;

/// The binding. Without it nothing is stored durably.
const BINDING: &str = "COPIES";
/// The longest key that KV takes, in bytes.
const LONGEST_KEY: usize = 512;
/// What the keys of copies begin with.
const COPIES: &str = "copy/";
/// Seconds after which an unchanged answer is stored again, so that its copy doesn't end with the first one's time.
const RENEW_AFTER: u64 = 7 * 24 * 3_600;
/// KV keeps nothing for less than a minute.
const SHORTEST_KEEP: u64 = 60;

/// The store, if there is one.
#[derive(Debug)]
pub struct Durable(KvStore);

impl Durable {
    /// The bound store.
    pub fn of(env: &Env) -> Option<Self> {
        env.kv(BINDING).ok().map(Self)
    }

    /// KV itself, for the marks of purges.
    pub fn kv(&self) -> &KvStore {
        &self.0
    }

    /// The copy of a path's answer.
    pub async fn get(&self, path: &str) -> Option<Whole> {
        let mut bytes = self
            .0
            .get(&key_of_copy(path))
            .bytes()
            .await
            .inspect_err(|_| log::trouble("the durable store failed to look"))
            .ok()??;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let kept = Kept::from_line(std::str::from_utf8(&bytes[..end]).ok()?)?;
        bytes.drain(..=end);
        Whole::sound(kept, bytes)
    }

    /// Stores an answer `now`; whether it is stored.
    pub async fn put(&self, path: &str, kept: &Kept, body: &[u8], now: u64) -> bool {
        let keep = kept.freshness.stale_until.saturating_sub(now);
        if keep < SHORTEST_KEEP {
            return false;
        }
        let mut bytes = kept.to_line().into_bytes();
        bytes.push(b'\n');
        bytes.extend_from_slice(body);
        let put = match self.0.put_bytes(&key_of_copy(path), &bytes) {
            Ok(put) => put.expiration_ttl(keep).execute().await,
            Err(error) => Err(error),
        };
        put.inspect_err(|_| log::trouble("the durable store failed to store"))
            .is_ok()
    }
}

/// Whether an answer is worth storing `now`, in place of the copy that was kept before, if any.
///
/// Popular is what was asked for again after it had gone stale: a copy was kept, and here is the one that follows it.
/// "Unknown" is nothing to fall back on.
pub fn is_worth_it(new: &Kept, before: Option<&Kept>, now: u64) -> bool {
    let Some(before) = before else {
        return false;
    };
    let is_same = new.etag.is_some() && new.etag == before.etag;
    let is_recent = now.saturating_sub(before.durable_at) < RENEW_AFTER;
    new.status != 404 && !(is_same && is_recent)
}

/// The key of what is kept of some `kind` about a path or tag. That of a long search is too long for KV.
pub fn key(kind: &str, what: &str) -> String {
    let key = format!("{kind}{what}");
    if key.len() <= LONGEST_KEY {
        return key;
    }
    format!("{kind}sha256/{}", hex::encode(Sha256::digest(what)))
}

fn key_of_copy(path: &str) -> String {
    key(COPIES, path.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use linernotes_shared::cache::Freshness;

    use super::*;
    use crate::copies::Coding;

    const NOW: u64 = 10_000_000;

    fn kept(etag: &str, durable_at: u64) -> Kept {
        Kept {
            status: 200,
            coding: Coding::Gzip,
            etag: Some(etag.to_owned()),
            tags: None,
            location: None,
            freshness: Freshness::starting(NOW, 60, 600),
            made_at: NOW,
            durable_at,
            purged_at: 0,
        }
    }

    #[test]
    fn each_path_and_tag_has_a_key_that_the_store_takes() {
        assert_eq!(key("purged/", "artist-x"), "purged/artist-x");
        assert_eq!(key_of_copy("/artist/x"), "copy/artist/x");
        let longest = "x".repeat(LONGEST_KEY - "purged/".len());
        assert_eq!(key("purged/", &longest), format!("purged/{longest}"));
        let [one, other] = ["y", "z"].map(|end| key("purged/", &format!("{longest}{end}")));
        assert_eq!(one.len(), "purged/sha256/".len() + 64);
        assert_ne!(one, other);
        let copy = key_of_copy(&format!("/search?query={longest}"));
        assert_eq!(copy.len(), "copy/sha256/".len() + 64);
    }

    #[test]
    fn what_was_asked_for_again_is_stored_once_a_week_or_when_it_changes() {
        let new = kept("a", 0);
        for (before, expected) in [
            (None, false),
            (Some(kept("a", 0)), true),
            (Some(kept("a", NOW - 1)), false),
            (Some(kept("a", NOW - RENEW_AFTER)), true),
            (Some(kept("b", NOW - 1)), true),
        ] {
            assert_eq!(
                is_worth_it(&new, before.as_ref(), NOW),
                expected,
                "{before:?}"
            );
        }
        let unknown = Kept { status: 404, ..new };
        assert!(!is_worth_it(&unknown, Some(&kept("a", 0)), NOW));
    }
}
