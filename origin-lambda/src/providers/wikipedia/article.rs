//! What a link to Wikidata or Wikipedia leads to, however it is written.

use percent_encoding::percent_decode_str;
use url::Url;

/// Wikipedias by preference: what most people could read, if nothing better is there.
pub(in crate::providers) const LANGUAGES: [&str; 32] = [
    "en", "ja", "de", "fr", "fi", "it", "sv", "es", "ru", "pl", "nl", "pt", "et", "da", "ko", "ca",
    "cs", "cy", "el", "he", "hu", "id", "lt", "lv", "no", "ro", "sk", "sl", "tr", "uk", "vi", "zh",
];

/// A page about a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// Of Wikidata, by its id, `Q…`.
    Entity(String),
    /// Of Wikipedia.
    Article {
        /// The language's code, as in the host name.
        language: String,
        /// The title, with spaces.
        title: String,
    },
}

impl Page {
    /// Reads a link.
    pub(super) fn from_url(link: &str) -> Option<Self> {
        let link = link.trim();
        let absolute = match link.split_once("//") {
            // Without a scheme, or without slashes.
            Some((before, rest)) if before.is_empty() || before.ends_with(':') => {
                format!("https://{rest}")
            }
            _ => format!("https://{link}"),
        };
        let url = Url::parse(&absolute).ok()?;
        let host = url.domain()?.trim_end_matches('.').to_owned();
        let labels: Vec<&str> = host
            .split('.')
            .filter(|label| !matches!(*label, "www" | "m"))
            .collect();
        match labels[..] {
            ["wikidata", "org"] => entity(&url),
            ["wikipedia", "org"] => article("en", &url),
            [language, "wikipedia", "org"] => article(language, &url),
            _ => None,
        }
    }

    /// Reads the name of a record.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name.split_once(':') {
            Some((language, title)) if is_language(language) && !title.is_empty() => {
                Some(Self::Article {
                    language: language.to_owned(),
                    title: title.to_owned(),
                })
            }
            _ => entity_id(name).map(Self::Entity),
        }
    }

    /// The name of the record about it: `Q…`, or the language, a colon and the title.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Entity(id) => id.clone(),
            Self::Article { language, title } => format!("{language}:{title}"),
        }
    }

    /// Whether it's Wikipedia's.
    pub(super) const fn is_article(&self) -> bool {
        matches!(self, Self::Article { .. })
    }
}

/// The id is the last part of the path that is one, e.g. of `/wiki/Q42`, `/entity/Q42` or `/wiki/Special:EntityData/Q42.json`;
/// old links have it as a parameter.
fn entity(url: &Url) -> Option<Page> {
    let in_path = || url.path_segments()?.rev().find_map(entity_id);
    let in_query = || {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(name, value)| {
            matches!(&*name, "title" | "id").then(|| entity_id(&value))?
        })
    };
    in_path().or_else(in_query).map(Page::Entity)
}

fn entity_id(text: &str) -> Option<String> {
    let text = text.rsplit([':', '/']).next()?;
    let text = text.split(['.', '&']).next()?.trim();
    let number = text.strip_prefix(['Q', 'q'])?;
    let is_number =
        (1..=12).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("Q{number}"))
}

/// Wikipedia's codes: `en`, `simple`, `zh-min-nan`, `be-x-old`.
fn is_language(text: &str) -> bool {
    (2..=20).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn article(language: &str, url: &Url) -> Option<Page> {
    if !is_language(language) {
        return None;
    }
    let title = title(url)?;
    // A title names its namespace or another language before a colon; files, users and talk aren't about a subject.
    Some(Page::Article {
        language: language.to_owned(),
        title,
    })
}

/// The title: what follows the first part of the path (`/wiki/`, or in some languages the script's, `/zh-hans/`), slashes
/// included; or the parameter of that name.
fn title(url: &Url) -> Option<String> {
    let in_query = url
        .query_pairs()
        .find(|(name, _)| name == "title")
        .map(|(_, title)| title.into_owned());
    let title = match in_query {
        Some(title) => title,
        None => {
            let (folder, rest) = url.path().trim_start_matches('/').split_once('/')?;
            let is_script = folder.contains('-') && is_language(folder);
            if folder != "wiki" && !is_script {
                return None;
            }
            let mut title = decoded(rest);
            // A question mark at a title's end that nobody encoded.
            if url.query() == Some("") {
                title.push('?');
            }
            title
        }
    };
    let title = title.replace('_', " ");
    let title = title.trim().trim_start_matches(':').trim();
    // These can't stand in a title, so what has them isn't one.
    let is_title = !title.is_empty()
        && title.len() <= 255
        && !title.contains(|character: char| {
            character.is_control()
                || matches!(character, '#' | '<' | '>' | '[' | ']' | '|' | '{' | '}')
        });
    is_title.then(|| title.to_owned())
}

/// Percent signs of UTF-8, or of Latin-1 in old links.
fn decoded(text: &str) -> String {
    let bytes: Vec<u8> = percent_decode_str(text).collect();
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => encoding_rs::WINDOWS_1252
            .decode(error.as_bytes())
            .0
            .into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(url: &str) -> Option<String> {
        let page = Page::from_url(url)?;
        assert_eq!(Page::from_name(&page.name()), Some(page.clone()), "{url}");
        Some(page.name())
    }

    #[test]
    fn an_entity_is_found_in_every_form_of_its_link() {
        for url in [
            "https://www.wikidata.org/wiki/Q1299",
            "http://wikidata.org/wiki/Q1299",
            "https://m.wikidata.org/wiki/Q1299",
            "https://www.wikidata.org/entity/Q1299",
            "https://www.wikidata.org/wiki/q1299",
            "https://www.wikidata.org/wiki/Q1299#sitelinks-wikipedia",
            "https://www.wikidata.org/wiki/Q1299?uselang=de",
            "https://www.wikidata.org/wiki/Special:EntityPage/Q1299",
            "https://www.wikidata.org/wiki/Special:EntityData/Q1299.json",
            "https://www.wikidata.org/w/index.php?title=Q1299&oldid=7",
            "//www.wikidata.org/wiki/Q1299/",
            "www.wikidata.org/wiki/Q1299",
        ] {
            assert_eq!(name(url).as_deref(), Some("Q1299"), "{url}");
        }
    }

    #[test]
    fn an_article_is_found_in_every_form_of_its_link() {
        for (url, expected) in [
            ("https://en.wikipedia.org/wiki/The_La%27s", "en:The La's"),
            (
                "https://en.wikipedia.org/wiki/The_La's_(album)#History",
                "en:The La's (album)",
            ),
            ("https://de.wikipedia.org/wiki/The_La’s", "de:The La’s"),
            (
                "https://de.wikipedia.org/wiki/Merkw%C3%BCrdig",
                "de:Merkwürdig",
            ),
            (
                "https://de.wikipedia.org/wiki/Merkw%FCrdig",
                "de:Merkwürdig",
            ),
            ("http://en.m.wikipedia.org/wiki/AC/DC", "en:AC/DC"),
            ("https://en.wikipedia.org/wiki/AC%2FDC", "en:AC/DC"),
            ("https://www.wikipedia.org/wiki/Prince", "en:Prince"),
            (
                "https://en.wikipedia.org/w/index.php?title=Foo_Fighters&oldid=1",
                "en:Foo Fighters",
            ),
            (
                "https://en.wikipedia.org/?title=Foo+Fighters",
                "en:Foo Fighters",
            ),
            (
                "https://en.wikipedia.org/wiki/Who_Are_You%3F",
                "en:Who Are You?",
            ),
            (
                "https://en.wikipedia.org/wiki/Who_Are_You?",
                "en:Who Are You?",
            ),
            (
                "https://en.wikipedia.org/wiki/Prince?action=edit",
                "en:Prince",
            ),
            ("https://zh.wikipedia.org/zh-hans/披头士", "zh:披头士"),
            (
                "https://zh-min-nan.wikipedia.org/wiki/The_Beatles",
                "zh-min-nan:The Beatles",
            ),
            (
                "https://ru.wikipedia.org/wiki/%D0%9A%D0%B8%D0%BD%D0%BE_(%D0%B3%D1%80%D1%83%D0%BF%D0%BF%D0%B0)",
                "ru:Кино (группа)",
            ),
            ("//en.wikipedia.org/wiki/AC%C2%B7DC", "en:AC·DC"),
            ("en.wikipedia.org/wiki/10,000_Maniacs", "en:10,000 Maniacs"),
            ("https://en.wikipedia.org/wiki/Re:Zero", "en:Re:Zero"),
            ("https://en.wikipedia.org/wiki/100%", "en:100%"),
        ] {
            assert_eq!(name(url).as_deref(), Some(expected), "{url}");
        }
    }

    #[test]
    fn other_links_lead_to_no_article() {
        for url in [
            "",
            "https://www.discogs.com/artist/1",
            "https://en.wikipedia.org/",
            "https://en.wikipedia.org/wiki/",
            "https://en.wikipedia.org/wiki/%0A",
            "https://en.wikipedia.org/wiki/A%7CB",
            "https://en.wikipedia.org/?curid=1234",
            "https://en.wikipedia.org.evil.com/wiki/Prince",
            "https://a.b.wikipedia.org/wiki/Prince",
            "https://127.0.0.1#.wikipedia.org/wiki/Prince",
            "https://commons.wikimedia.org/wiki/File:Prince.jpg",
            "https://www.wikidata.org/wiki/Property:P434",
            "https://www.wikidata.org/wiki/Q",
            "not a url",
            "mailto:x@en.wikipedia.org",
        ] {
            assert_eq!(Page::from_url(url), None, "{url}");
        }
    }

    #[test]
    fn a_name_leads_to_no_other_host() {
        for name in ["evil.com/:x", "EN:x", "en:", "x", "Q1x", "Q"] {
            assert_eq!(Page::from_name(name), None, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_link_makes_it_panic(link in "(https://)?(en|de)?\\.?(wikipedia|wikidata)\\.org/?.{0,40}") {
            let _ = Page::from_url(&link);
        }
    }
}
