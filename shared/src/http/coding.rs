use super::quality::weighed;

/// Whether a client with this `Accept-Encoding` may be sent gzip (RFC 9110 §12.5.3).
///
/// An absent header (`None`) allows every coding in theory; in practice such clients are simple ones that decode
/// nothing, so they get the plain body.
pub fn accepts_gzip(accept_encoding: Option<&str>) -> bool {
    let mut any = false;
    for (coding, weight) in weighed(accept_encoding.unwrap_or_default()) {
        if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
            return weight > 0;
        }
        if coding == "*" {
            any = weight > 0;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::accepts_gzip;

    #[test]
    fn gzip_is_sent_only_to_clients_that_ask_for_it() {
        for header in [
            "gzip",
            "gzip, br",
            "br;q=1.0, GZIP;q=0.5",
            "*",
            "deflate, x-gzip",
        ] {
            assert!(accepts_gzip(Some(header)), "{header}");
        }
        for header in [
            "",
            "br",
            "identity",
            "gzip;q=0",
            "gzip; q=0.000, *",
            "*;q=0",
        ] {
            assert!(!accepts_gzip(Some(header)), "{header}");
        }
        assert!(!accepts_gzip(None));
    }
}
