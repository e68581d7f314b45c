//! Names of all kinds: anybody can write anything into MusicBrainz.

use super::{THE_LAS, asking, html, page, run, system};

#[test]
fn what_others_wrote_is_shown_as_text_whatever_it_says() {
    let system = system();
    let long = "x".repeat(10_000);
    for name in [
        "<script>alert(1)</script>",
        "\"onmouseover=\"alert(1)",
        "' autofocus onfocus='alert(1)",
        "</title><img src=x onerror=alert(1)>",
        "&lt;b&gt; &amp; {{7*7}} ${7*7}",
        "\u{202e}txet desrever\u{202c} العربية",
        "a\u{0301}\u{0301}\u{0301} 👩‍👩‍👧‍👦",
        &long,
    ] {
        run(
            &system,
            &format!(
                "UPDATE musicbrainz.artist SET name = $name${name}$name$, comment = left($name${name}$name$, 200) WHERE gid = '{THE_LAS}'"
            ),
        );
        std::thread::sleep(std::time::Duration::from_millis(2_100));
        // The first asker of a stale answer gets it as it was.
        page(&system, &format!("/browse/artist/{THE_LAS}"));
        let escaped = name
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;");
        let answer = asking(&system, &format!("/browse/artist/{THE_LAS}"))
            .until(|answer| html(answer).contains(&escaped));
        let text = html(&answer);
        // In running text, direction is isolated.
        assert!(text.contains(&format!("<bdi>{escaped}</bdi>")), "{name}");
        // Attributes stand in double quotes, which are escaped.
        for tag in ["<script", "<img src=x", "<b>", " onmouseover=\""] {
            assert!(!text.contains(tag), "{tag} of {name} in {text}");
        }
    }
}

#[test]
fn what_is_searched_for_is_shown_as_text() {
    let system = system();
    for (query, shown) in [
        (
            "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
        ),
        ("%22%3E%3Cimg%20src%3Dx%3E", "&quot;&gt;&lt;img src=x&gt;"),
    ] {
        let text = html(&page(&system, &format!("/browse?query={query}")));
        assert!(text.contains(&format!("value=\"{shown}\"")), "{text}");
        assert!(!text.contains("<script") && !text.contains("<img src=x"));
    }
    let long = html(&page(
        &system,
        &format!("/browse?query={}", "x".repeat(10_000)),
    ));
    assert!(long.len() < 10_000, "{}", long.len());
}
