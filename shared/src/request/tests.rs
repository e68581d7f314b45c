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
    assert_eq!(get("/artists", ""), Err(RequestError::UnknownRoute));
    assert_eq!(
        get("/api/v0.5/artist/x", ""),
        Err(RequestError::UnknownRoute)
    );
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
            Request::Series(uuid::Uuid::from_bytes(bytes).into()),
        ] {
            let canonical = request.canonical_path();
            let (path, query) = canonical.split_once('?').unwrap_or((&canonical, ""));
            proptest::prop_assert_eq!(get(path, query), Ok(request));
        }
    }
}
