//! What decoders that know nothing of each other make of joined segments; `tests/tests/gzip.rs` asks two more.

use std::io::Write;

use flate2::bufread;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;
use zune_inflate::{DeflateDecoder, DeflateOptions};

use super::*;

fn segments<'a>(contents: impl IntoIterator<Item = &'a [u8]>) -> Vec<Segment> {
    contents.into_iter().map(Segment::new).collect()
}

/// What zlib-rs reads, and only if it's one member that ends with the bytes.
fn read_by_zlib_rs(gzip: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut decoder = bufread::GzDecoder::new(gzip);
    let mut content = Vec::new();
    decoder.read_to_end(&mut content)?;
    assert_eq!(decoder.get_ref(), b"", "bytes after the member");
    Ok(content)
}

/// What zune-inflate reads, with CRC-32 and length checked.
fn read_by_zune(gzip: &[u8]) -> Result<Vec<u8>, String> {
    let options = DeflateOptions::default().set_confirm_checksum(true);
    DeflateDecoder::new_with_options(gzip, options)
        .decode_gzip()
        .map_err(|error| format!("{error:?}"))
}

fn assert_all_read(segment: &Segment, content: &[u8]) {
    let gzip = segment.gzip();
    assert!(read_by_zlib_rs(&gzip).unwrap() == content);
    assert!(read_by_zune(&gzip).unwrap() == content);
    assert!(segment.plain().unwrap() == content);
}

/// Bytes that no compression makes smaller.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(len)
    .collect()
}

/// JSON with the repetitions of an answer.
fn json(len: usize) -> Vec<u8> {
    let mut json = Vec::with_capacity(len + 64);
    for track in 0.. {
        write!(json, r#"{{"id":"{track:036}","Title":"Track {track}"}},"#).unwrap();
        if json.len() >= len {
            json.truncate(len);
            return json;
        }
    }
    json
}

fn some_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => proptest::collection::vec(any::<u8>(), 0..200),
        3 => "[ -~]{0,400}".prop_map(String::into_bytes),
        1 => (0_usize..150_000).prop_map(noise),
        1 => (0_usize..400_000).prop_map(json),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn joined_segments_read_as_their_contents_one_after_the_other(
        contents in proptest::collection::vec(some_bytes(), 0..12),
    ) {
        let segments = segments(contents.iter().map(Vec::as_slice));
        assert_all_read(&Segment::join(&segments), &contents.concat());
    }

    #[test]
    fn what_was_joined_can_be_joined_again(
        first in proptest::collection::vec(some_bytes(), 0..5),
        second in proptest::collection::vec(some_bytes(), 0..5),
    ) {
        let [one, other] = [&first, &second].map(|contents| {
            Segment::join(&segments(contents.iter().map(Vec::as_slice)))
        });
        let content = [first.concat(), second.concat()].concat();
        assert_all_read(&Segment::join([&one, &other]), &content);
    }
}

#[test]
fn nothing_takes_no_bytes_and_is_still_a_whole_member() {
    let nothing = Segment::new(b"");
    assert!(nothing.deflate().is_empty());
    assert_all_read(&nothing, b"");
    assert_all_read(&Segment::join([]), b"");
    let text = Segment::new(b"{}");
    assert_all_read(&Segment::join([&nothing, &text, &nothing, &nothing]), b"{}");
}

#[test]
fn large_parts_join_whether_they_compress_or_not() {
    const SIZE: usize = 3 * 1024 * 1024;
    let contents = [json(SIZE), noise(SIZE), vec![b' '; SIZE], b"}".to_vec()];
    let segments = segments(contents.iter().map(Vec::as_slice));
    assert_all_read(&Segment::join(&segments), &contents.concat());
}

#[test]
fn every_short_length_and_those_about_a_blocks_limit_join() {
    for len in (0..300).chain(65_530..65_540).chain(131_065..131_075) {
        for content in [noise(len), json(len)] {
            let parts = [Segment::new(&content), Segment::new(b"},")];
            let joined = Segment::join(parts.iter().chain(&parts));
            assert_all_read(&joined, &[&content, &b"},"[..]].concat().repeat(2));
        }
    }
}

#[test]
fn a_member_is_made_of_fixed_bytes_around_its_segments() {
    let segment = Segment::join(&segments([&b"]"[..], &b"},"[..]]));
    let expected = [
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255][..],
        // Two blocks without compression: its mark, the length, the length's complement, the bytes.
        &[0, 1, 0, 0xfe, 0xff, b']'],
        &[0, 2, 0, 0xfd, 0xff, b'}', b','],
        // The last block, the CRC-32 and the length.
        &[3, 0],
        &crc32fast::hash(b"]},").to_le_bytes(),
        &[3, 0, 0, 0],
    ]
    .concat();
    assert_eq!(segment.gzip(), expected);
}

#[test]
fn a_member_with_anything_wrong_is_refused() {
    let sound = Segment::join(&segments([&json(5_000)[..], &b"},"[..], &noise(500)[..]]));
    let gzip = sound.gzip();
    for place in [gzip.len() - 1, gzip.len() - 5, gzip.len() - 200] {
        let mut damaged = gzip.to_vec();
        damaged[place] ^= 1;
        assert!(read_by_zlib_rs(&damaged).is_err(), "byte {place}");
        let damaged = Segment {
            gzip: damaged.into(),
            ..sound.clone()
        };
        assert!(damaged.plain().is_err(), "byte {place}");
    }
    assert!(read_by_zlib_rs(&gzip[..gzip.len() - 1]).is_err());
}

#[test]
fn a_tag_names_content_and_its_parts() {
    let tag = |contents: &[&str]| {
        Segment::join(&segments(contents.iter().map(|content| content.as_bytes()))).etag()
    };
    assert_eq!(tag(&["{", "}"]), tag(&["{", "}"]));
    for other in [&["{", "]"][..], &["}", "{"], &["{"], &["{", "}", "}"]] {
        assert_ne!(tag(&["{", "}"]), tag(other));
    }
}

#[test]
fn being_a_segment_costs_five_bytes_at_most() {
    for content in [json(100), json(10_000), json(1_000_000)] {
        let mut whole = DeflateEncoder::new(Vec::new(), LEVEL);
        whole.write_all(&content).unwrap();
        let whole = whole.finish().unwrap().len();
        let segment = Segment::new(&content).deflate().len();
        assert!(segment <= whole + 5, "{segment} against {whole}");
    }
}

#[test]
fn a_segment_takes_no_more_memory_than_it_weighs() {
    for content in [json(100), json(10_000), json(1_000_000), noise(100_000)] {
        let gzip = Segment::new(&content).gzip;
        let weight = gzip.len();
        let room = gzip.try_into_mut().unwrap().capacity();
        assert_eq!(room, weight, "of {} bytes", content.len());
    }
}
