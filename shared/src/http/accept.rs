use super::quality::weighed;

/// Whether a client with this `Accept` would rather have HTML than JSON (RFC 9110 §12.5.1). Only one that names
/// `text/html` does: Lidarr sends no `Accept`, and tools take anything.
pub fn prefers_html(accept: Option<&str>) -> bool {
    let weight = |wanted: &str| {
        weighed(accept.unwrap_or_default())
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map_or(0, |(_, weight)| weight)
    };
    let html = weight("text/html");
    html > 0 && html >= weight("application/json")
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
