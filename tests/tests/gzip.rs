//! Joined segments as zlib reads them, and the streams of browsers and workerd: Node.js has both.

use std::fs;
use std::process::Command;

use linernotes_origin::cache::Segment;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gzip/decode.mjs");

/// A text that compresses like an answer.
fn json(items: usize) -> Vec<u8> {
    let items: Vec<String> = (0..items)
        .map(|item| format!(r#"{{"id":"{:036}","Title":"Title {item}"}}"#, item * 7919))
        .collect();
    format!("[{}]", items.join(",")).into_bytes()
}

/// Bytes that don't compress.
fn noise(len: usize) -> Vec<u8> {
    (0..len as u64)
        .map(|at| (at.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 53) as u8)
        .collect()
}

/// Contents to join.
fn cases() -> Vec<Vec<Vec<u8>>> {
    let profile = br#"{"id":"ff3e88b3-7354-4f30-967c-1a61ebc8c642","artistname":"The La\u2019s""#;
    let (profile, between) = (profile.to_vec(), b"},".to_vec());
    vec![
        vec![],
        vec![vec![]],
        vec![b"{}".to_vec()],
        vec![
            vec![],
            profile.clone(),
            br#","Albums":[]}"#.to_vec(),
            vec![],
        ],
        vec![
            json(50),
            between.clone(),
            json(1),
            between.clone(),
            json(3_000),
        ],
        vec![between.clone(); 500],
        (0..200)
            .flat_map(|_| [profile.clone(), between.clone()])
            .collect(),
        vec![
            noise(1),
            noise(65_535),
            noise(65_536),
            noise(3 * 1024 * 1024),
        ],
        vec![noise(100_000), json(20_000), vec![b' '; 3 * 1024 * 1024]],
    ]
}

#[test]
fn joined_segments_are_one_sound_gzip_member_for_zlib_and_for_streams() {
    let folder = tempfile::tempdir().unwrap();
    let cases = cases();
    for (number, contents) in cases.iter().enumerate() {
        let segments: Vec<Segment> = contents
            .iter()
            .map(|content| Segment::new(content))
            .collect();
        let joined = Segment::join(&segments);
        let twice = Segment::join([&joined, &joined]);
        for (name, segment, content) in [
            (format!("{number}"), joined, contents.concat()),
            (
                format!("{number}-twice"),
                twice,
                contents.concat().repeat(2),
            ),
        ] {
            let file = folder.path().join(name);
            fs::write(file.with_extension("gz"), segment.gzip()).unwrap();
            fs::write(file.with_extension("plain"), content).unwrap();
        }
    }

    let node = Command::new("node")
        .args([SCRIPT.as_ref(), folder.path()])
        .output()
        .expect("`cargo dev test` has found Node.js");
    assert_eq!(String::from_utf8_lossy(&node.stderr), "");
    assert_eq!(
        String::from_utf8_lossy(&node.stdout).trim(),
        (cases.len() * 2).to_string()
    );
}
