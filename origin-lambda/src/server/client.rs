//! Who asks, as far as clients are told apart for what each may do so often only.

use std::net::IpAddr;

use ::http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

use linernotes_shared::http::{self, customer_network};

use crate::network::is_local;

const CLIENT: HeaderName = HeaderName::from_static(http::CLIENT);

/// One of 65,536 marks that all addresses share: it tells a client from nearly all others, and nobody who it was. Kept in
/// a table, it is no personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Client(u16);

impl Client {
    /// Who asks. That is whom the edge names, where only the edge can ask: `has_edge`, or in Lambda, where there is no
    /// other side of a connection. Elsewhere it is the other side, unless that is in the local network, as a proxy is.
    pub(super) fn of(
        headers: &HeaderMap,
        other_side: Option<IpAddr>,
        has_edge: bool,
    ) -> Option<Self> {
        let address = match other_side {
            Some(address) if !has_edge => (!is_local(address)).then_some(address),
            _ => headers.get(CLIENT)?.to_str().ok()?.parse().ok(),
        };
        address.map(Self::at)
    }

    fn at(address: IpAddr) -> Self {
        let digest = Sha256::digest(customer_network(address).to_string());
        Self(u16::from_be_bytes([digest[0], digest[1]]))
    }

    /// What its calls are counted under.
    pub(super) fn mark(self) -> String {
        format!("{:04x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(named: Option<&str>, other_side: Option<&str>, has_edge: bool) -> Option<Client> {
        let named = named.map(|named| (CLIENT, named.parse().unwrap()));
        let other_side = other_side.map(|address| address.parse().unwrap());
        Client::of(&named.into_iter().collect(), other_side, has_edge)
    }

    #[test]
    fn whom_the_edge_names_is_believed_where_only_the_edge_can_ask() {
        let at = |address: &str| Some(Client::at(address.parse().unwrap()));
        for (named, other_side, has_edge, expected) in [
            (
                Some("192.0.2.1"),
                Some("198.51.100.7"),
                true,
                at("192.0.2.1"),
            ),
            (Some("192.0.2.1"), None, false, at("192.0.2.1")),
            (
                Some("192.0.2.1"),
                Some("198.51.100.7"),
                false,
                at("198.51.100.7"),
            ),
            (Some("192.0.2.1"), Some("172.17.0.1"), false, None),
            (None, Some("198.51.100.7"), true, None),
            (Some("somebody"), Some("198.51.100.7"), true, None),
            (None, None, false, None),
        ] {
            assert_eq!(
                client(named, other_side, has_edge),
                expected,
                "{named:?} {other_side:?} {has_edge}"
            );
        }
    }

    #[test]
    fn a_customer_is_one_client_and_another_is_another() {
        let mark = |address: &str| Client::at(address.parse().unwrap()).mark();
        assert_eq!(mark("2001:db8:1:2::9"), mark("2001:db8:1:2:3:4:5:6"));
        assert_ne!(mark("192.0.2.1"), mark("192.0.2.2"));
        assert_eq!(mark("192.0.2.1").len(), 4);
    }
}
