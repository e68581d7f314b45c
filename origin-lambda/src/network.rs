//! What an address tells of where it leads.

use std::net::IpAddr;

use url::{Host, Url};

/// Whether a URL leads to this machine.
pub(crate) fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a URL leads to this machine, or to an address of a local network. What is sent there is no proxy's business.
pub(crate) fn is_near(url: &Url) -> bool {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) | None => return is_here(url),
    };
    is_local(address)
}

/// Whether an address is this machine's, or one of a local network.
pub(crate) fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_private() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_this_machine_or_a_local_networks_address() {
        for (url, near) in [
            ("http://localhost:8686", true),
            ("http://127.0.0.2", true),
            ("http://192.168.1.5:8686/lidarr", true),
            ("http://[::1]:8686", true),
            ("http://[fd00::5]", true),
            ("http://[::ffff:10.0.0.5]", true),
            ("http://1.1.1.1", false),
            ("http://[2606:4700::1111]", false),
            ("https://lidarr.example.org", false),
        ] {
            assert_eq!(is_near(&Url::parse(url).unwrap()), near, "{url}");
        }
    }
}
