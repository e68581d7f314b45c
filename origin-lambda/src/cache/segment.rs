//! Parts of answers, each compressed on its own, and joined as they are.
//!
//! A deflate stream is a row of blocks, and a gzip member is a header, such a stream, and the CRC-32 and length of the
//! content (RFC 1951, RFC 1952). So the blocks of several contents, one after the other, are the blocks of the contents
//! one after the other, if each ends at a byte's end, refers to nothing before itself, and isn't marked as the last.
//! The CRC-32 of the whole follows from those of the parts.

use std::io::Read;

use bytes::Bytes;
use crc32fast::Hasher as Crc32;
use flate2::read::GzDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_128};

/// zlib's own default. Level 8 makes large answers 2 % smaller in twice the time; level 9 makes them larger.
const LEVEL: Compression = Compression::new(6);

/// Content in compressed form that can stand beside others in one gzip member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// One gzip member: [`HEADER`], the blocks, [`END`] and the trailer. The blocks are whole and reach to a byte's end, and
    /// none is marked as the last; there are none for no content.
    gzip: Bytes,
    /// CRC-32 of the content.
    crc: u32,
    /// Length of the content in bytes.
    len: u64,
    /// XXH3 of the content, or of its parts' hashes if it was joined.
    hash: u128,
}

/// A member's: deflate; no flags, no time, no extra effort, unknown system. The same content always gives the same bytes.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// An empty block of fixed codes, marked as the last.
const END: [u8; 2] = [3, 0];
/// Bytes of a member's end: CRC-32 and length.
const TRAILER: usize = 8;

/// A segment within a stored entry, which guards it against damage.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored<'a> {
    // Any value is as likely as any other: postcard's usual form would be longer.
    #[serde(with = "postcard::fixint::le")]
    crc: u32,
    len: u64,
    #[serde(with = "postcard::fixint::le")]
    hash: u128,
    #[serde(with = "serde_bytes")]
    deflate: &'a [u8],
}

impl Segment {
    /// Compresses content.
    pub fn new(content: &[u8]) -> Self {
        let blocks = deflate(content);
        let (crc, len) = (crc32fast::hash(content), content.len() as u64);
        Self {
            gzip: member([&blocks[..]].into_iter(), crc, len),
            crc,
            len,
            hash: xxh3_128(content),
        }
    }

    /// The parts' contents one after the other, without compressing anything again.
    pub fn join<'a, I>(parts: I) -> Self
    where
        I: IntoIterator<Item = &'a Self>,
        I::IntoIter: Clone,
    {
        let parts = parts.into_iter();
        let mut crc = Crc32::new();
        let mut len = 0;
        let mut hash = Xxh3Default::new();
        for part in parts.clone() {
            crc.combine(&Crc32::new_with_initial_len(part.crc, part.len));
            len += part.len;
            hash.update(&part.hash.to_le_bytes());
        }
        let crc = crc.finalize();
        Self {
            gzip: member(parts.map(Self::deflate), crc, len),
            crc,
            len,
            hash: hash.digest128(),
        }
    }

    /// The content as one gzip member.
    pub fn gzip(&self) -> Bytes {
        self.gzip.clone()
    }

    /// The blocks alone.
    fn deflate(&self) -> &[u8] {
        &self.gzip[HEADER.len()..self.gzip.len() - END.len() - TRAILER]
    }

    /// The content, checked against its CRC-32 and length.
    pub fn plain(&self) -> std::io::Result<Vec<u8>> {
        let mut plain = Vec::with_capacity(usize::try_from(self.len).unwrap_or_default());
        GzDecoder::new(&self.gzip[..]).read_to_end(&mut plain)?;
        Ok(plain)
    }

    /// Strong entity tag of the content, quotes included.
    ///
    /// Other content has another tag. The same content has the same tag if it was joined of the same parts; cut
    /// otherwise, it has another, which costs a client one transfer.
    pub fn etag(&self) -> String {
        format!("\"{:032x}\"", self.hash)
    }

    /// Bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.gzip.len()
    }

    /// The stored form.
    pub(super) fn stored(&self) -> Stored<'_> {
        Stored {
            crc: self.crc,
            len: self.len,
            hash: self.hash,
            deflate: self.deflate(),
        }
    }
}

impl From<Stored<'_>> for Segment {
    fn from(stored: Stored<'_>) -> Self {
        Self {
            gzip: member([stored.deflate].into_iter(), stored.crc, stored.len),
            crc: stored.crc,
            len: stored.len,
            hash: stored.hash,
        }
    }
}

/// A gzip member of such blocks, one after the other.
fn member<'a>(blocks: impl Iterator<Item = &'a [u8]> + Clone, crc: u32, len: u64) -> Bytes {
    let size: usize = blocks.clone().map(<[u8]>::len).sum();
    // With no room to spare: kept answers are to take what they weigh.
    let mut gzip = Vec::with_capacity(HEADER.len() + size + END.len() + TRAILER);
    gzip.extend_from_slice(&HEADER);
    blocks.for_each(|blocks| gzip.extend_from_slice(blocks));
    gzip.extend_from_slice(&END);
    gzip.extend_from_slice(&crc.to_le_bytes());
    // The length modulo 2^32, as RFC 1952 has it.
    gzip.extend_from_slice(&len.to_le_bytes()[..4]);
    gzip.into()
}

/// Blocks for content that refer to nothing before them and end at a byte's end.
fn deflate(content: &[u8]) -> Vec<u8> {
    let compressed = compressed(content);
    let uncompressed = uncompressed_size(content);
    if uncompressed <= compressed.len() {
        self::uncompressed(content)
    } else {
        compressed
    }
}

fn compressed(content: &[u8]) -> Vec<u8> {
    /// More than a flush at the end takes: with less room, zlib flushes again and again.
    const ROOM: usize = 64;

    let mut compress = Compress::new(LEVEL, false);
    let mut blocks = Vec::with_capacity(content.len() / 4 + ROOM);
    loop {
        let taken = usize::try_from(compress.total_in()).expect("no more is taken than is there");
        let status = compress
            .compress_vec(&content[taken..], &mut blocks, FlushCompress::Sync)
            .expect("raw deflate without a dictionary has no wrong state");
        // Room left over says that the flush is complete, too.
        let complete = blocks.len() < blocks.capacity();
        if matches!(status, Status::BufError | Status::StreamEnd) || complete {
            return blocks;
        }
        blocks.reserve(content.len() / 8 + ROOM);
    }
}

/// Most that one block without compression holds.
const LONGEST_UNCOMPRESSED: usize = 0xffff;

/// The size of [`uncompressed`] blocks.
const fn uncompressed_size(content: &[u8]) -> usize {
    const HEADER: usize = 5;
    content.len() + content.len().div_ceil(LONGEST_UNCOMPRESSED) * HEADER
}

/// Blocks without compression: a few bytes between two parts are smallest so.
fn uncompressed(content: &[u8]) -> Vec<u8> {
    const NOT_LAST: u8 = 0;

    let mut blocks = Vec::with_capacity(uncompressed_size(content));
    for chunk in content.chunks(LONGEST_UNCOMPRESSED) {
        let len = u16::try_from(chunk.len()).expect("chunks are no longer than a length can say");
        blocks.push(NOT_LAST);
        blocks.extend_from_slice(&len.to_le_bytes());
        blocks.extend_from_slice(&(!len).to_le_bytes());
        blocks.extend_from_slice(chunk);
    }
    blocks
}

#[cfg(test)]
mod tests;
