//! What stands in a chart's page.
//!
//! A page is read by what has outlived its redesigns, in several ways, of which the first that finds something counts:
//! rows of a list with a title and a label after it, and attributes that name both.

use std::sync::LazyLock;

use scraper::{ElementRef, Html, Selector};

use crate::providers::chart::ChartEntry;

fn selector(text: &str) -> Selector {
    Selector::parse(text).expect("the selector is one")
}

/// A row of the list.
static ROW: LazyLock<Selector> = LazyLock::new(|| {
    selector("[class*='chart-results-list-row-container'], [class*='chart-list__element']")
});
/// The row's title: the album's, or the artist's.
static TITLE: LazyLock<Selector> =
    LazyLock::new(|| selector("h3, [class*='chart-element__information__song']"));
/// The row's label, which names an album's artist.
static LABEL: LazyLock<Selector> =
    LazyLock::new(|| selector("span, [class*='chart-element__information__artist']"));
/// An element that names title and artist in attributes.
static NAMED: LazyLock<Selector> = LazyLock::new(|| selector("[data-title]"));

/// The albums of a page, first place first.
pub(super) fn albums(html: &str) -> Vec<ChartEntry> {
    let page = Html::parse_document(html);
    let in_rows: Vec<ChartEntry> = rows(&page)
        .filter_map(|(title, row)| {
            Some(ChartEntry {
                artist: artist_after(title, row)?,
                title: Some(text(title)?),
                ..ChartEntry::default()
            })
        })
        .collect();
    if !in_rows.is_empty() {
        return in_rows;
    }
    page.select(&NAMED)
        .filter_map(|element| {
            let attribute = |name| element.attr(name).and_then(trimmed);
            Some(ChartEntry {
                artist: attribute("data-artist")?,
                title: attribute("data-title"),
                ..ChartEntry::default()
            })
        })
        .collect()
}

/// The artists of a page, first place first.
pub(super) fn artists(html: &str) -> Vec<ChartEntry> {
    let page = Html::parse_document(html);
    let entry = |artist| ChartEntry {
        artist,
        ..ChartEntry::default()
    };
    let in_rows: Vec<ChartEntry> = rows(&page)
        .filter_map(|(title, _)| text(title))
        .map(entry)
        .collect();
    if !in_rows.is_empty() {
        return in_rows;
    }
    page.select(&NAMED)
        .filter_map(|element| {
            let name = element
                .attr("data-artist")
                .or_else(|| element.attr("data-title"));
            name.and_then(trimmed)
        })
        .map(entry)
        .collect()
}

/// Rows that have a title.
fn rows(page: &Html) -> impl Iterator<Item = (ElementRef<'_>, ElementRef<'_>)> {
    page.select(&ROW)
        .filter_map(|row| Some((row.select(&TITLE).next()?, row)))
}

/// The first label after the title, in what both are part of; labels before it hold the place and news of it.
fn artist_after(title: ElementRef<'_>, row: ElementRef<'_>) -> Option<String> {
    let around = title
        .ancestors()
        .filter_map(ElementRef::wrap)
        .take_while(|around| around.id() != row.id())
        .chain([row]);
    around
        .filter_map(|around| {
            around
                .select(&LABEL)
                // Elements are numbered as they stand in the page.
                .filter(|label| label.id() > title.id() && !is_within(*label, title))
                .find_map(text)
        })
        .next()
}

fn is_within(element: ElementRef<'_>, outer: ElementRef<'_>) -> bool {
    element
        .ancestors()
        .any(|ancestor| ancestor.id() == outer.id())
}

fn text(element: ElementRef<'_>) -> Option<String> {
    trimmed(&element.text().collect::<String>())
}

/// Text with single spaces, unless there is none.
fn trimmed(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn album(title: &str, artist: &str) -> ChartEntry {
        ChartEntry {
            artist: artist.to_owned(),
            title: Some(title.to_owned()),
            ..ChartEntry::default()
        }
    }

    fn row(place: u32, title: &str, label: &str) -> String {
        format!(
            r#"<div class="o-chart-results-list-row-container"><ul class="o-chart-results-list-row // lrv-a-unstyle-list">
                 <li class="o-chart-results-list__item"><span class="c-label  a-font-primary-bold-l">
                    {place}
                 </span><span class="c-label">NEW</span></li>
                 <li class="lrv-u-width-100p"><ul class="lrv-a-unstyle-list"><li class="o-chart-results-list__item">
                   <h3 id="title-of-a-story" class="c-title  a-no-trucate">

                     {title}

                   </h3>{label}</li>
                   <li class="o-chart-results-list__item"><span class="c-label">LW</span><span class="c-label">3</span></li>
                 </ul></li></ul></div>"#
        )
    }

    #[test]
    fn albums_are_read_from_the_rows_of_the_list() {
        let rows = [
            row(
                1,
                "30",
                r#"<span class="c-label  a-no-trucate">Adele</span>"#,
            ),
            row(
                2,
                "Her Loss",
                "<span class=\"c-label\">\n <a href=\"/artist/drake/\">Drake</a> &amp; <a>21 Savage</a>\n</span>",
            ),
            row(3, "", r#"<span class="c-label">Nobody</span>"#),
        ];
        let page = format!(
            "<html><body><h3>Billboard 200</h3>{}</body></html>",
            rows.concat()
        );
        assert_eq!(
            albums(&page),
            [album("30", "Adele"), album("Her Loss", "Drake & 21 Savage")]
        );
    }

    #[test]
    fn artists_are_the_titles_of_their_rows() {
        let page = [row(1, "The La&#8217;s", ""), row(2, "Prince", "")].concat();
        let names: Vec<String> = artists(&page)
            .into_iter()
            .map(|entry| entry.artist)
            .collect();
        assert_eq!(names, ["The La’s", "Prince"]);
    }

    #[test]
    fn former_forms_of_the_page_are_read_too() {
        let list = r#"<ol><li class="chart-list__element display--flex"><button class="chart-element__wrapper">
            <span class="chart-element__rank__number">1</span>
            <span class="chart-element__information"><span class="chart-element__information__song text--truncate">30</span>
            <span class="chart-element__information__artist text--truncate">Adele</span></span></button></li></ol>"#;
        assert_eq!(albums(list), [album("30", "Adele")]);
        let attributes = r#"<div class="chart-list-item" data-rank="1" data-artist="Adele" data-title="30"></div>"#;
        assert_eq!(albums(attributes), [album("30", "Adele")]);
        assert_eq!(artists(attributes)[0].artist, "Adele");
    }

    #[test]
    fn a_page_without_a_chart_has_nothing() {
        for page in [
            "",
            "<html><h3>Just a moment…</h3><span>robot?</span></html>",
            "{}",
            "<<<>>>",
        ] {
            assert_eq!(albums(page), [], "{page}");
            assert_eq!(artists(page), [], "{page}");
        }
    }
}
