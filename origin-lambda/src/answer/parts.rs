//! Answers in parts: an artist's profile stands in its own answer and in those of all its albums, so it is made, and
//! can be kept, apart from them.

use linernotes_shared::Mbid;

use super::Answer;

/// What stands between two profiles: the end of one, which no profile has of its own, and a comma.
pub const BETWEEN_PROFILES: &[u8] = b"},";

/// An answer's parts.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What the answer has of its own.
    pub frame: Frame,
    /// The [`profile`](super::profile)s of the frame's artists, in its order. They lack their last brace, for an
    /// artist's answer goes on within its profile.
    pub profiles: Vec<Vec<u8>>,
    /// Entities that show in the answer, as cache tags.
    pub tags: Vec<String>,
}

/// An answer without the profiles that stand in it; its pieces are JSON text, or whatever form that can be joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<Piece = Vec<u8>> {
    /// What stands before the profiles.
    pub before: Piece,
    /// The artists whose profiles stand in it.
    pub artists: Vec<Mbid>,
    /// What stands after the profiles, the end of the last one included.
    pub after: Piece,
}

impl<Piece> Frame<Piece> {
    /// The frame in another form, e.g. compressed.
    pub fn map<Other>(self, mut change: impl FnMut(Piece) -> Other) -> Frame<Other> {
        Frame {
            before: change(self.before),
            artists: self.artists,
            after: change(self.after),
        }
    }

    /// The pieces that, one after the other, are the answer. `profiles` are those of `artists`, in that order, and
    /// `between` is [`BETWEEN_PROFILES`] in the pieces' form.
    pub fn around<'a>(
        &'a self,
        profiles: impl IntoIterator<Item = &'a Piece>,
        between: &'a Piece,
    ) -> Vec<&'a Piece> {
        let mut pieces = vec![&self.before];
        for (place, profile) in profiles.into_iter().enumerate() {
            if place > 0 {
                pieces.push(between);
            }
            pieces.push(profile);
        }
        pieces.push(&self.after);
        pieces
    }
}

impl From<Parts> for Answer {
    fn from(parts: Parts) -> Self {
        let between = BETWEEN_PROFILES.to_vec();
        let pieces = parts.frame.around(&parts.profiles, &between);
        let pieces: Vec<&[u8]> = pieces.into_iter().map(Vec::as_slice).collect();
        Self {
            body: pieces.concat(),
            tags: parts.tags,
        }
    }
}

#[cfg(test)]
mod tests;
