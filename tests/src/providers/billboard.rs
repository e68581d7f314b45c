//! Billboard's pages `charts/billboard-200` and `charts/artist-100`, as far as they hold the chart.

use axum::http::Uri;

fn row(place: usize, title: &str, artist: Option<&str>) -> String {
    let label = artist.map_or_else(String::new, |artist| {
        format!(
            "<span class=\"c-label  a-no-trucate a-font-primary-s\">\n\t\t\n\t\t{artist}\n\t</span>"
        )
    });
    format!(
        r#"<div class="o-chart-results-list-row-container">
<ul class="o-chart-results-list-row // lrv-a-unstyle-list lrv-u-flex" data-detail-target="{place}">
<li class="o-chart-results-list__item // lrv-u-background-color-black"><span class="c-label  a-font-primary-bold-l">

	{place}
</span></li>
<li class="o-chart-results-list__item"><div class="c-lazy-image"><img alt="" src="https://charts-static.billboard.com/img/180x180.jpg"></div></li>
<li class="lrv-u-width-100p"><ul class="lrv-a-unstyle-list lrv-u-flex">
<li class="o-chart-results-list__item // lrv-u-flex-grow-1">
<h3 id="title-of-a-story" class="c-title  a-no-trucate a-font-primary-bold-s">


		{title}


</h3>
{label}</li>
<li class="o-chart-results-list__item"><span class="c-label">LAST WEEK</span><span class="c-label">{place}</span></li>
</ul></li></ul></div>"#
    )
}

/// The page of a path, or that there is none.
pub(super) fn page(uri: &Uri) -> Option<String> {
    let rows = match uri.path() {
        "/charts/billboard-200/" => [
            row(1, "30", Some("Adele")),
            row(2, "Songs for Nobody", Some("Nobody &amp; Anybody")),
            row(
                3,
                "The La&#8217;s",
                Some(r#"<a href="/artist/the-las/">The La's</a>"#),
            ),
        ],
        "/charts/artist-100/" => [
            row(1, "Prince", None),
            row(2, "Nobody Anybody Knows", None),
            row(3, "Adele", None),
        ],
        _ => return None,
    };
    let rows = rows.concat();
    Some(format!(
        r#"<!DOCTYPE html><html lang="en-US"><head><title>Billboard</title></head><body>
<h3 class="c-title">Trending on Billboard</h3><span class="c-label">Chart</span>
<div class="chart-results-list // lrv-u-padding-t-150">{rows}</div>
<script>window.pmc = {{"a": "<h3>"}};</script></body></html>"#
    ))
}

/// A page with no chart in it, as when a robot is suspected.
pub(super) fn empty() -> String {
    "<!DOCTYPE html><title>Just a moment...</title><h3>Checking your browser</h3><span>…</span>"
        .to_owned()
}
