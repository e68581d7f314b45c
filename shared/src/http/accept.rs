/// Whether a client with this `Accept` would rather have HTML than JSON (RFC 9110 §12.5.1). Only one that names
/// `text/html` does: Lidarr sends no `Accept`, and tools take anything.
pub fn prefers_html(accept: Option<&str>) -> bool {
    let weight = |wanted: &str| {
        accept?.split(',').find_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            if !parts.next()?.eq_ignore_ascii_case(wanted) {
                return None;
            }
            let quality = parts.find_map(|part| {
                let (name, value) = part.split_once('=')?;
                name.trim()
                    .eq_ignore_ascii_case("q")
                    .then(|| thousandths(value.trim()))
            });
            Some(quality.unwrap_or(1_000))
        })
    };
    let html = weight("text/html").unwrap_or(0);
    html > 0 && html >= weight("application/json").unwrap_or(0)
}

/// A quality, `0.5`, as 500; what can't be read counts as 1, as if it weren't there.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole != "0" {
        return 1_000;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
    digits.fold(0, |number, digit| match digit {
        b'0'..=b'9' => number * 10 + u16::from(digit - b'0'),
        _ => number * 10,
    })
}

#[cfg(test)]
mod tests {
    use super::prefers_html;

    #[test]
    fn browsers_prefer_html_and_nobody_else_does() {
        for accept in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html",
            "TEXT/HTML; q=0.5, application/json;q=0.4",
            "application/json;q=0.9, text/html",
            "text/html;level=1",
        ] {
            assert!(prefers_html(Some(accept)), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "text/*",
            "application/json",
            "application/json, text/html;q=0.9",
            "text/html;q=0",
            "text/html;q=0.000, */*",
            "text/htmlx",
        ] {
            assert!(!prefers_html(Some(accept)), "{accept}");
        }
        assert!(!prefers_html(None));
    }
}
