//! Chance, the same at every run.

use fastrand::Rng;

/// What all chance starts from.
const SEED: u64 = 0x4c69_6e65_726e_6f74;

/// A source of chance.
pub(super) struct Dice(Rng);

impl Dice {
    /// The source that belongs to a key: two keys' sources know nothing of each other.
    pub(super) fn of(key: u64) -> Self {
        Self(Rng::with_seed(SEED ^ key.rotate_left(32)))
    }

    /// Whether something happens that happens `permille` times in a thousand.
    pub(super) fn chance(&mut self, permille: u32) -> bool {
        self.0.u32(0..1000) < permille
    }

    /// A number from 0 up to, not including, `end`.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        self.0.u32(0..end)
    }

    /// A number from `first` to `last`.
    pub(super) fn between(&mut self, first: i32, last: i32) -> i32 {
        self.0.i32(first..=last)
    }

    /// A second from `first` up to, not including, `end`.
    pub(super) fn second(&mut self, first: i64, end: i64) -> i64 {
        self.0.i64(first..end)
    }

    /// One of several.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.0.usize(0..from.len())]
    }

    /// A number with a heavy tail: it is at least n with the chance (`scale` / n) ^ `exponent`, and at most `most`.
    pub(super) fn heavy_tailed(&mut self, scale: f64, exponent: f64, most: u32) -> u32 {
        let number = scale * (1.0 - self.0.f64()).powf(-1.0 / exponent);
        // Far beyond u32, the cast gives its largest number.
        (number as u32).min(most)
    }
}
