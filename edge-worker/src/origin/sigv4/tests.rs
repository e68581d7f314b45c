use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings,
};
use aws_sigv4::sign::v4;

use crate::config::Secret;

use super::*;

fn example() -> Aws {
    Aws {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned())
            .unwrap(),
        region: "us-east-1".to_owned(),
    }
}

const TIME: &str = "20150830T123600Z";

fn request<'a>(method: &'a str, path: &'a str, query: &'a str) -> Unsigned<'a> {
    Unsigned {
        method,
        host: "example.amazonaws.com",
        path,
        query,
        body: b"",
        time: TIME,
    }
}

/// The `header-signature.txt` of AWS's published test suite for Signature Version 4.
#[test]
fn signatures_are_those_of_awss_test_suite() {
    let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let query = format!("{unreserved}={unreserved}");
    let path = format!("/{unreserved}");
    for (name, request, signature) in [
        (
            "get-vanilla",
            request("GET", "/", ""),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "post-vanilla",
            request("POST", "/", ""),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "post-vanilla-query",
            request("POST", "/", "Param1=value1"),
            "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
        ),
        (
            "get-vanilla-empty-query-key",
            request("GET", "/", "Param1=value1"),
            "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
        ),
        (
            "get-vanilla-query-order-key-case",
            request("GET", "/", "Param2=value2&Param1=value1"),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "get-vanilla-query-order-encoded",
            request("GET", "/", "Param-3=Value3&Param=Value2&%E1%88%B4=Value1"),
            "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
        ),
        (
            "get-vanilla-utf8-query",
            request("GET", "/", "ሴ=bar"),
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
        ),
        (
            "get-vanilla-query-unreserved",
            request("GET", "/", &query),
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        (
            "get-unreserved",
            request("GET", &path, ""),
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        ),
        (
            "get-utf8",
            request("GET", "/ሴ", ""),
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
        ),
    ] {
        let fields = [("host", request.host), ("x-amz-date", request.time)];
        let empty = hex::encode(Sha256::digest(b""));
        let scope = Scope {
            region: "us-east-1",
            service: "service",
        };
        assert_eq!(
            authorization(request, &fields, &empty, scope, &example()),
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature={signature}"
            ),
            "{name}"
        );
    }
}

/// `Authorization` as AWS's own crate makes it.
fn reference(request: Unsigned<'_>) -> String {
    let aws = example();
    let identity = Credentials::new(
        aws.access_key_id,
        aws.secret_access_key.reveal(),
        None,
        None,
        "test",
    )
    .into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    // 30 August 2015, 12:36.
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160);
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&aws.region)
        .name(SERVICE)
        .time(time)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let Unsigned {
        method,
        host,
        path,
        query,
        body,
        ..
    } = request;
    let url = match query {
        "" => format!("https://{host}{path}"),
        query => format!("https://{host}{path}?{query}"),
    };
    let signable = SignableRequest::new(
        method,
        url,
        [("host", host)].into_iter(),
        SignableBody::Bytes(body),
    )
    .unwrap();
    let (instructions, _) = aws_sigv4::http_request::sign(signable, &parameters)
        .unwrap()
        .into_parts();
    let authorization = instructions
        .headers()
        .find(|(name, _)| *name == "authorization")
        .map(|(_, value)| value.to_owned());
    authorization.unwrap()
}

#[test]
fn requests_to_the_origin_are_signed_as_awss_own_crate_signs_them() {
    let ids: &[u8] = br#"["070d193a-845c-479f-980e-bef15710653e"]"#;
    for (method, path, query, body) in [
        ("GET", "/", "", &b""[..]),
        (
            "GET",
            "/artist/070d193a-845c-479f-980e-bef15710653e",
            "",
            b"",
        ),
        ("GET", "/recent/artist", "since=-62135596800", b""),
        (
            "GET",
            "/search",
            "type=album&query=sign%20%22o%22%20the%20times&artist=Bj%C3%B6rk%2F%26",
            b"",
        ),
        ("GET", "/chart/itunes/album/a%20b", "", b""),
        ("POST", "/search/fingerprint", "", ids),
    ] {
        let request = Unsigned {
            body,
            ..request(method, path, query)
        };
        let [(_, authorization), ..] = sign(request, &example());
        assert_eq!(authorization, reference(request), "{method} {path}?{query}");
    }
}
