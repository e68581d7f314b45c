use super::*;

const PRINCE: &str = "070d193a-845c-479f-980e-bef15710653e";

fn get(path: &str, query: &str) -> Result<Request, RequestError> {
    Request::parse(Method::Get, path, query)
}

fn invalid(field: &'static str, rule: &str) -> Result<Request, RequestError> {
    Err(RequestError::Invalid {
        field,
        rule: rule.to_owned(),
    })
}

#[test]
fn routes_are_served_with_and_without_lidarrs_prefix() {
    let prince = PRINCE.parse().unwrap();
    for path in ["/artist/", "/api/v0.4/artist/", "//artist//"] {
        assert_eq!(
            get(&format!("{path}{PRINCE}"), ""),
            Ok(Request::Lookup(Entity::Artist, prince)),
            "{path}"
        );
    }
    assert_eq!(get("/", ""), Ok(Request::Status));
    assert_eq!(get("/api/v0.4", ""), Ok(Request::Status));
    assert_eq!(get("/api/v0.4/", ""), Ok(Request::Status));
}

#[test]
fn every_spelling_of_a_question_has_one_canonical_path() {
    for (path, query) in [
        (format!("/api/v0.4/album/{PRINCE}"), ""),
        (format!("/album/{}", PRINCE.to_uppercase()), ""),
        (format!("/album/%7B{PRINCE}%7D"), ""),
        (format!("/album/urn%3auuid%3a{PRINCE}"), ""),
        (format!("/album/{PRINCE}/"), "utm_source=x&b=2"),
    ] {
        assert_eq!(
            get(&path, query).unwrap().canonical_path(),
            format!("/album/{PRINCE}"),
            "{path}?{query}"
        );
    }
}

#[test]
fn a_malformed_mbid_is_named_with_its_rule() {
    assert_eq!(
        get("/artist/66c66aaa-6e2f-4930-aaaaaa", ""),
        invalid(
            "mbid",
            "must be a MusicBrainz identifier (a UUID such as 070d193a-845c-479f-980e-bef15710653e)"
        )
    );
}

#[test]
fn nothing_may_follow_an_mbid_in_its_segment() {
    for after in ["&b", "=b", "+", "%20%26", "&%20"] {
        let path = format!("/artist/{PRINCE}{after}");
        let refused = matches!(
            get(&path, ""),
            Err(RequestError::Invalid { field: "mbid", .. })
        );
        assert!(refused, "{path}");
    }
}

#[test]
fn since_may_be_absent_empty_negative_but_not_a_word() {
    assert_eq!(
        get("/recent/artist", ""),
        Ok(Request::Recent(Entity::Artist, 0))
    );
    assert_eq!(
        get("/recent/album", "since="),
        Ok(Request::Recent(Entity::Album, 0))
    );
    assert_eq!(
        get("/recent/album", "since=-62135596800"),
        Ok(Request::Recent(Entity::Album, -62_135_596_800))
    );
    assert_eq!(
        get("/recent/album", "since=yesterday"),
        invalid("since", "must be a whole number of seconds since 1970")
    );
}

#[test]
fn an_unknown_path_is_no_route_and_a_wrong_method_names_the_right_one() {
    for path in ["/artists", "/artist", "/api/v0.3", "/api/search"] {
        assert_eq!(get(path, ""), Err(RequestError::UnknownRoute), "{path}");
    }
    assert_eq!(
        Request::parse(Method::Post, "/", ""),
        Err(RequestError::MethodNotAllowed {
            allowed: "GET, HEAD"
        })
    );
    assert_eq!(
        get("/search/fingerprint", ""),
        Err(RequestError::MethodNotAllowed { allowed: "POST" })
    );
}

/// Lidarr takes a 404 with a JSON object for "deleted".
#[test]
fn a_wrong_prefix_never_says_that_an_artist_or_album_doesnt_exist() {
    for prefix in [
        "/api",
        "/api/v0.3",
        "/api/v0.5",
        "/API/V0.4",
        "/linernotes/api/v0.4",
        "/api/v0.4/api/v0.4",
        "/images",
    ] {
        for route in [
            &format!("/artist/{PRINCE}"),
            &format!("//album/{PRINCE}/"),
            &format!("/album/{PRINCE}/refresh"),
            "/artist/x",
            "/recent/artist",
            "/recent/album",
            "/spotify/artist/4dpARuHxo51G3z768sgnrY",
        ] {
            let error = get(&format!("{prefix}{route}"), "since=1&query=x").unwrap_err();
            assert_eq!(error, RequestError::WrongPrefix, "{prefix}{route}");
        }
    }
    let error = RequestError::WrongPrefix;
    assert_eq!(error.status(), 400);
    assert_eq!(
        error.to_string(),
        "path: no such route; routes start at /api/v0.4/"
    );
}

#[test]
fn a_refresh_is_posted_and_invalidation_may_go_back_to_a_moment() {
    let prince = PRINCE.parse().unwrap();
    assert_eq!(
        Request::parse(Method::Post, &format!("/album/{PRINCE}/refresh"), ""),
        Ok(Request::Refresh(Entity::Album, prince))
    );
    assert_eq!(
        get(&format!("/album/{PRINCE}/refresh"), ""),
        Err(RequestError::MethodNotAllowed { allowed: "POST" })
    );
    for (query, since) in [
        ("", None),
        ("since=", None),
        ("since=1752000000", Some(1_752_000_000)),
    ] {
        assert_eq!(
            get("/invalidate", query),
            Ok(Request::Invalidate(since)),
            "{query}"
        );
    }
    for query in ["since=-1", "since=yesterday", "since=99999999999999999999"] {
        assert_eq!(
            get("/invalidate", query),
            invalid("since", "must be a whole number of seconds since 1970"),
            "{query}"
        );
    }
}

fn searched(
    kind: SearchKind,
    query: &str,
    artist: &str,
    limit: u8,
) -> Result<Request, RequestError> {
    Ok(Request::Search(Search {
        kind,
        query: query.to_owned(),
        artist: artist.to_owned(),
        limit,
    }))
}

#[test]
fn every_way_to_ask_for_the_same_is_one_search() {
    for (path, query) in [
        ("/search", "type=artist&query=the%20beatles"),
        (
            "/api/v0.4/search",
            "query=+The++Beatles%20&type=ARTIST&limit=10",
        ),
        ("/search/artist", "query=THE%09BEATLES&limit="),
        (
            "/search/artist/",
            "type=album&query=the%00beatles&artist=x&includeTracks=1",
        ),
    ] {
        let request = get(path, query);
        assert_eq!(
            request,
            searched(SearchKind::Artist, "the beatles", "", 10),
            "{path}?{query}"
        );
        assert_eq!(
            request.unwrap().canonical_path(),
            "/search?type=artist&query=the+beatles&limit=10"
        );
    }
    assert_eq!(
        get(
            "/search",
            "type=album&query=Evolve&artist=Imagine%20Dragons&includeTracks=1"
        )
        .unwrap()
        .canonical_path(),
        "/search?type=album&query=evolve&artist=imagine+dragons&limit=10"
    );
    assert_eq!(
        get("/search/album", "query=evolve&artist="),
        searched(SearchKind::Album, "evolve", "", 10)
    );
}

#[test]
fn any_text_can_be_searched_for() {
    for (query, text) in [
        ("!!!", "!!!"),
        ("AC%2FDC", "ac/dc"),
        ("-%2B%22%25*", "-+\"%*"),
        ("%F0%9F%92%A9", "💩"),
        ("%D0%9A%D0%98%D0%9F%D0%95%D0%9B%D0%9E%D0%92", "кипелов"),
        // Not UTF-8.
        ("a%FFb", "a\u{fffd}b"),
    ] {
        assert_eq!(
            get("/search", &format!("type=all&query={query}")),
            searched(SearchKind::All, text, "", 10),
            "{query}"
        );
    }
    let long = "love ".repeat(2_000);
    let cut = long[..200].trim_end();
    assert_eq!(
        get("/search", &format!("type=all&query={long}")),
        searched(SearchKind::All, cut, "", 10)
    );
}

#[test]
fn a_search_without_text_or_of_another_type_is_refused() {
    let no_text = invalid("query", "must hold a text to look for");
    assert_eq!(get("/search", "type=all"), no_text);
    assert_eq!(get("/search", "type=all&query="), no_text);
    assert_eq!(get("/search/all", "query=%20%00%09"), no_text);
    let no_type = invalid("type", "must be artist, album or all");
    assert_eq!(get("/search", "query=x"), no_type);
    assert_eq!(get("/search", "query=x&type=song"), no_type);
    assert_eq!(
        get("/search/song", "query=x"),
        Err(RequestError::UnknownRoute)
    );
}

#[test]
fn a_limit_is_a_number_and_has_a_ceiling() {
    let of = |limit: &str| get("/search", &format!("type=all&query=x&limit={limit}"));
    assert_eq!(of("1"), searched(SearchKind::All, "x", "", 1));
    assert_eq!(of("101"), searched(SearchKind::All, "x", "", 100));
    assert_eq!(
        of("99999999999999999999999"),
        searched(SearchKind::All, "x", "", 100)
    );
    let refused = invalid("limit", "must be a whole number of results, 1 or more");
    for limit in ["0", "-1", "ten", "1.5", "%2B5"] {
        assert_eq!(of(limit), refused, "{limit}");
    }
}

#[test]
fn fingerprints_are_posted_and_searches_are_not() {
    assert_eq!(
        Request::parse(Method::Post, "/search/fingerprint", ""),
        Ok(Request::Fingerprint)
    );
    for path in ["/search", "/search/all"] {
        assert_eq!(
            Request::parse(Method::Post, path, ""),
            Err(RequestError::MethodNotAllowed {
                allowed: "GET, HEAD"
            })
        );
    }
}

#[test]
fn a_chart_has_a_name_and_as_many_items_as_are_wanted() {
    for (path, query, canonical) in [
        (
            "/chart/apple-music/album/top",
            "",
            "/chart/apple-music/album/top?count=10",
        ),
        (
            "/chart/iTunes/Album/New",
            "count=200",
            "/chart/itunes/album/new?count=200",
        ),
        (
            "/api/v0.4/chart/billboard/artist/top",
            "count=",
            "/chart/billboard/artist/top?count=10",
        ),
        (
            "/chart/billboard/album/top",
            "user=RJ&x=1",
            "/chart/billboard/album/top?count=10",
        ),
        (
            "/chart/lastfm/artist/top",
            "Count=5&user=",
            "/chart/lastfm/artist/top?count=5",
        ),
        (
            "/chart/lastfm/album/top",
            "user=RJ_-9",
            "/chart/lastfm/album/top?user=rj_-9&count=10",
        ),
    ] {
        let chart = get(path, query).unwrap();
        assert_eq!(chart.canonical_path(), canonical);
        let (path, query) = canonical.split_once('?').unwrap();
        assert_eq!(get(path, query), Ok(chart), "{canonical}");
    }
}

#[test]
fn an_unknown_chart_is_not_found_and_names_those_that_are_known() {
    for path in [
        "/chart/spotify/album/top",
        "/chart/itunes/artist/top",
        "/chart/billboard/album/new",
        "/chart/lastfm/artist/new",
    ] {
        let error = get(path, "").unwrap_err();
        assert_eq!(error.status(), 404, "{path}");
        assert_eq!(
            error.to_string(),
            "chart: must be one of apple-music/album/top, apple-music/album/new, itunes/album/top, \
             itunes/album/new, billboard/album/top, billboard/artist/top, lastfm/album/top, lastfm/artist/top"
        );
    }
    assert_eq!(
        get("/chart/billboard/album", ""),
        Err(RequestError::UnknownRoute)
    );
}

#[test]
fn a_charts_count_and_user_have_rules() {
    for count in ["0", "201", "-1", "1.5", "ten", "99999999999999999999"] {
        assert_eq!(
            get("/chart/itunes/album/top", &format!("count={count}")),
            invalid("count", "must be a whole number from 1 to 200"),
            "{count}"
        );
    }
    for user in [
        "a",
        "sixteen_letters_",
        "no%20space",
        "no%2Fslash",
        "%C3%A9t%C3%A9",
    ] {
        assert_eq!(
            get("/chart/lastfm/album/top", &format!("user={user}")),
            invalid(
                "user",
                "must be a Last.fm user's name: 2 to 15 of the characters a-z A-Z 0-9 _ -"
            ),
            "{user}"
        );
    }
}

#[test]
fn a_spotify_id_has_22_letters_and_digits() {
    let id = "4dpARuHxo51G3z768sgnrY";
    assert_eq!(
        get(&format!("/spotify/artist/{id}/"), "")
            .unwrap()
            .canonical_path(),
        "/spotify/artist/4dpARuHxo51G3z768sgnrY"
    );
    for other in [
        "4dpARuHxo51G3z768sgnr",
        "4dpARuHxo51G3z768sgnrYY",
        "4dpARuHxo51G3z768sgnr-",
        "4dpARuHxo51G3z768sgn%C3%A9",
    ] {
        assert_eq!(
            get(&format!("/spotify/album/{other}"), ""),
            invalid(
                "id",
                "must be a Spotify id (22 letters and digits, such as 4dpARuHxo51G3z768sgnrY)"
            ),
            "{other}"
        );
    }
}

#[test]
fn codes_and_tokens_reach_the_origin_and_no_log() {
    for (path, query, canonical, for_log) in [
        (
            "/spotify/auth",
            "state=http%3A%2F%2Flidarr.lan%3A8686%2Foauth.html&code=s3cret&x=1",
            "/spotify/auth?code=s3cret&state=http%3A%2F%2Flidarr.lan%3A8686%2Foauth.html",
            "/spotify/auth",
        ),
        (
            "/api/v0.4/spotify/renew",
            "refresh_token=s3%2Bcret",
            "/spotify/renew?refresh_token=s3%2Bcret",
            "/spotify/renew",
        ),
    ] {
        let request = get(path, query).unwrap();
        assert_eq!(request.canonical_path(), canonical);
        assert_eq!(request.path_for_log(), for_log);
        assert!(!format!("{request:?}").contains("cret"), "{request:?}");
        let (path, query) = canonical.split_once('?').unwrap();
        assert_eq!(get(path, query), Ok(request));
    }
}

#[test]
fn no_log_shows_what_somebody_typed_or_whom_a_chart_is_of() {
    for (path, query, for_log) in [
        (
            "/search",
            "type=album&query=Private&artist=Somebody&limit=7",
            "/search?type=album&limit=7",
        ),
        (
            "/api/v0.4/search/all",
            "query=private",
            "/search?type=all&limit=10",
        ),
        ("/browse", "query=private", "/browse"),
        (
            "/chart/lastfm/album/top",
            "user=Private&count=3",
            "/chart/lastfm/album/top?count=3",
        ),
        (
            "/chart/billboard/album/top",
            "count=3",
            "/chart/billboard/album/top?count=3",
        ),
        (
            "/recent/album",
            "since=1764000000",
            "/recent/album?since=1764000000",
        ),
    ] {
        assert_eq!(get(path, query).unwrap().path_for_log(), for_log);
    }
}

#[test]
fn what_spotify_refuses_or_a_client_forgets_is_told() {
    for (path, query, field, rule) in [
        (
            "/spotify/auth",
            "",
            "code",
            "must be the code that Spotify gives",
        ),
        (
            "/spotify/auth",
            "error=access_denied&state=x",
            "code",
            "Spotify gave none: access_denied",
        ),
        (
            "/spotify/auth",
            "error=%3Cscript%3E",
            "code",
            "must be the code that Spotify gives",
        ),
        (
            "/spotify/auth",
            "code=1",
            "state",
            "must be 1 to 2048 visible ASCII characters",
        ),
        (
            "/spotify/auth",
            "code=1%0A&state=x",
            "code",
            "must be 1 to 2048 visible ASCII characters",
        ),
        (
            "/spotify/renew",
            "",
            "refresh_token",
            "must be 1 to 2048 visible ASCII characters",
        ),
    ] {
        assert_eq!(get(path, query), invalid(field, rule), "{path}?{query}");
    }
}

#[test]
fn many_spotify_ids_are_sent_rather_than_named() {
    assert_eq!(
        Request::parse(Method::Post, "/spotify/lookup", ""),
        Ok(Request::SpotifyLookup)
    );
    assert_eq!(
        get("/spotify/lookup", ""),
        Err(RequestError::MethodNotAllowed { allowed: "POST" })
    );
}

proptest::proptest! {
    #[test]
    fn no_path_or_query_makes_the_parser_panic(path in ".{0,80}", query in ".{0,80}") {
        let _ = Request::parse(Method::Get, &path, &query);
    }

    #[test]
    fn a_canonical_path_parses_to_the_request_it_came_from(bytes: [u8; 16], since: i64) {
        for request in [
            Request::Lookup(Entity::Artist, uuid::Uuid::from_bytes(bytes).into()),
            Request::Recent(Entity::Album, since),
        ] {
            let canonical = request.canonical_path();
            let (path, query) = canonical.split_once('?').unwrap_or((&canonical, ""));
            proptest::prop_assert_eq!(get(path, query), Ok(request));
        }
    }

    #[test]
    fn a_searchs_canonical_path_parses_to_the_same_search(text in ".{1,300}", artist in ".{0,40}") {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("type", "album")
            .append_pair("query", &text)
            .append_pair("artist", &artist)
            .finish();
        if let Ok(request) = get("/search", &query) {
            let canonical = request.canonical_path();
            let (path, query) = canonical.split_once('?').unwrap();
            proptest::prop_assert_eq!(get(path, query), Ok(request));
        }
    }
}
