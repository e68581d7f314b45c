use std::net::{IpAddr, Ipv6Addr};

/// The network that one customer has: an IPv4 address itself, or the /64 of an IPv6 address.
pub fn customer_network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(of_both) => match of_both.to_ipv4_mapped() {
            Some(address) => IpAddr::V4(address),
            None => {
                let [a, b, c, d, ..] = of_both.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::customer_network;

    #[test]
    fn a_customer_has_an_address_or_a_network() {
        for (address, network) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ] {
            let found = customer_network(address.parse().unwrap()).to_string();
            assert_eq!(found, network, "{address}");
        }
    }
}
