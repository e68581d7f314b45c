use linernotes_shared::wire::Link;
use url::{Host, Url};

/// URLs with their sites' names, by name and then URL.
pub(super) fn typed(urls: Vec<String>) -> Vec<Link> {
    let mut links: Vec<Link> = urls
        .into_iter()
        .map(|target| Link {
            kind: site_name(&target),
            target,
        })
        .collect();
    links.sort_by(|a, b| (&a.kind, &a.target).cmp(&(&b.kind, &b.target)));
    links
}

/// The name of a URL's site: the registrable domain without its public suffix, e.g. `bbc` for
/// `https://www.bbc.co.uk/music`. Whatever isn't a URL still gets a name.
fn site_name(target: &str) -> String {
    match host(target) {
        Some(Host::Domain(host)) => {
            let host = host.trim_end_matches('.').to_lowercase();
            let name = registrable_name(&host).unwrap_or(host);
            // Whatever can't be shown in its own script stays as it is.
            idna::domain_to_unicode(&name).0
        }
        Some(address) => address.to_string(),
        None => "website".to_owned(),
    }
}

/// The host of a URL, also of one that lacks its scheme.
fn host(target: &str) -> Option<Host> {
    let with_host = |url: &Url| url.host().map(|host| host.to_owned());
    let as_it_is = Url::parse(target).ok().as_ref().and_then(with_host);
    as_it_is.or_else(|| {
        if target.contains("://") {
            return None;
        }
        let schemed = format!("http://{}", target.trim_start_matches('/'));
        Url::parse(&schemed).ok().as_ref().and_then(with_host)
    })
}

fn registrable_name(host: &str) -> Option<String> {
    let domain = psl::domain(host.as_bytes())?;
    let name = domain.as_bytes().strip_suffix(domain.suffix().as_bytes())?;
    let name = std::str::from_utf8(name).ok()?.trim_end_matches('.');
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::site_name;

    #[test]
    fn a_link_is_named_after_its_site() {
        for (target, expected) in [
            ("https://www.discogs.com/artist/107074", "discogs"),
            ("https://www.bbc.co.uk/music/artists/x", "bbc"),
            ("https://nla.gov.au/nla.party-1048605", "nla"),
            ("https://music.bugs.co.kr/artist/80272554", "bugs"),
            ("https://www.setlist.fm/setlists/x.html", "setlist"),
            (
                "https://web.archive.org/web/2001/http://www.geocities.com/",
                "archive",
            ),
            ("https://d-nb.info/gnd/118866060", "d-nb"),
            ("https://example.com.au/band", "example"),
            ("HTTPS://Open.Spotify.COM/artist/x", "spotify"),
            ("https://例え.jp/奇妙", "例え"),
            ("https://xn--r8jz45g.jp/", "例え"),
        ] {
            assert_eq!(site_name(target), expected, "{target}");
        }
    }

    #[test]
    fn an_odd_url_still_gets_a_name() {
        for (target, expected) in [
            ("www.bbc.co.uk/music", "bbc"),
            ("//www.discogs.com/artist/1", "discogs"),
            ("localhost", "localhost"),
            ("http://192.0.2.7/band", "192.0.2.7"),
            ("https://com/", "com"),
            ("mailto:band@example.com", "example"),
            ("", "website"),
            ("http://", "website"),
            ("not a url", "website"),
        ] {
            assert_eq!(site_name(target), expected, "{target}");
        }
    }
}
