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
}
