//! Which addresses a webhook may go to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses a webhook may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addresses {
    /// Those of the public Internet: who submits a job has no say over what only standin can reach.
    #[default]
    Public,
    /// Private ones as well. Where clouds tell machines their secrets, nothing is ever sent.
    Private,
}

/// Why nothing is sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwanted {
    /// It is no address of the public Internet.
    #[error("{0} is not a public address: webhooks go there with --webhook-allow-private alone")]
    Private(IpAddr),
    /// A cloud tells its machines secrets there.
    #[error("{0} tells machines their secrets: no webhook goes there")]
    Metadata(IpAddr),
}

/// What is not public of IPv4: IANA's registry of special-purpose addresses, and multicast.
const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, what is reserved, and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];
/// What is not public of the only part of IPv6 that is given out, `2000::/3`.
const SPECIAL_V6: [(Ipv6Addr, u32); 5] = [
    // Protocols, Teredo among them, which leads to any address of IPv4.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4, as Teredo.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];
const PUBLIC_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Where a gateway between the two, if there is one, leads to the address of IPv4 in its last 32 bits.
const TRANSLATED: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);
/// `::a.b.c.d`, which some systems still take for an address of IPv4.
const COMPATIBLE: (Ipv6Addr, u32) = (Ipv6Addr::UNSPECIFIED, 96);
/// Of Amazon, Google, Microsoft and others; Microsoft's second one, which is public by its number; Alibaba;
/// Oracle; and Amazon's of IPv6.
const METADATA: [IpAddr; 5] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

// === impl Addresses ===

impl Addresses {
    /// Whether a webhook may go to an address.
    ///
    /// # Errors
    /// When it may not.
    pub fn admit(self, address: IpAddr) -> Result<(), Unwanted> {
        let meant = meant(address);
        if METADATA.contains(&meant) {
            return Err(Unwanted::Metadata(address));
        }
        match self {
            Addresses::Public if !is_public(meant) => Err(Unwanted::Private(address)),
            Addresses::Public | Addresses::Private => Ok(()),
        }
    }
}

/// The address that is reached in the end.
fn meant(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) if [TRANSLATED, COMPATIBLE].into_iter().any(|net| is_in_v6(six, net)) => {
            let [.., a, b, c, d] = six.octets();
            // `::` and `::1` are within 0.0.0.0/8 then, and no more public than before.
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        canonical => canonical,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => !SPECIAL_V4.into_iter().any(|net| is_in_v4(four, net)),
        IpAddr::V6(six) => is_in_v6(six, PUBLIC_V6) && !SPECIAL_V6.into_iter().any(|net| is_in_v6(six, net)),
    }
}

fn is_in_v4(address: Ipv4Addr, (net, bits): (Ipv4Addr, u32)) -> bool {
    (address.to_bits() ^ net.to_bits()).leading_zeros() >= bits
}

fn is_in_v6(address: Ipv6Addr, (net, bits): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ net.to_bits()).leading_zeros() >= bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_public_is_refused() {
        for text in "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 \
            169.254.0.1 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.168.0.1 198.18.0.1 198.19.255.255 \
            198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 \
            ::ffff:10.0.0.1 ::ffff:0:0 ::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b:1::1 100::1 2001::1 2001:1ff:ffff:: \
            2001:db8::1 2002:7f00:1:: 3fff::1 5f00::1 fc00::1 fdff:ffff::1 fe80::1 febf::1 fec0::1 ff02::1 \
            4000::1"
            .split(' ')
        {
            assert_eq!(Addresses::Public.admit(ip(text)), Err(Unwanted::Private(ip(text))), "{text}");
            assert_eq!(Addresses::Private.admit(ip(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_public_is_admitted() {
        for text in
            "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 \
            169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 \
            198.17.255.255 198.20.0.0 223.255.255.255 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2001:200::1 \
            2001:4860:4860::8888 2606:4700::1111 2a00:1450::1"
                .split(' ')
        {
            assert_eq!(Addresses::Public.admit(ip(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn nothing_goes_where_secrets_are_told() {
        for text in
            "169.254.169.254 168.63.129.16 100.100.100.200 192.0.0.192 fd00:ec2::254 ::ffff:169.254.169.254 \
            ::169.254.169.254 64:ff9b::169.254.169.254"
                .split(' ')
        {
            for rule in [Addresses::Public, Addresses::Private] {
                assert_eq!(rule.admit(ip(text)), Err(Unwanted::Metadata(ip(text))), "{text}");
            }
        }
    }

    proptest! {
        /// The standard library knows some of it by name.
        #[test]
        fn what_the_standard_library_calls_private_is_refused(four: Ipv4Addr, six: Ipv6Addr) {
            let special = four.is_private() || four.is_loopback() || four.is_link_local() || four.is_multicast()
                || four.is_unspecified() || four.is_broadcast() || four.is_documentation();
            let refused = Addresses::Public.admit(four.into()).is_err();
            prop_assert!(refused || !special);
            prop_assert_eq!(Addresses::Public.admit(four.to_ipv6_mapped().into()).is_err(), refused);
            let special = six.is_loopback() || six.is_multicast() || six.is_unspecified()
                || six.is_unique_local() || six.is_unicast_link_local();
            prop_assert!(Addresses::Public.admit(six.into()).is_err() || !special);
        }
    }
}
