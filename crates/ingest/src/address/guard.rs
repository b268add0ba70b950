//! Which addresses a Worker may call on a customer's word: public web servers, nothing else.
//!
//! The check reads the address alone. It cannot see what a public name resolves to; Workers do not route to
//! private networks, and every redirect has to pass this check again before it is followed.

use std::net::{Ipv4Addr, Ipv6Addr};

use thiserror::Error;
use url::{Host, Url};

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    #[error("Only http and https addresses can be called. Use an address that begins with https://.")]
    Scheme,
    #[error("The address holds a user name or password. Remove it and try again.")]
    Credentials,
    #[error("Only the standard ports 80 and 443 can be called. Remove the port from the address.")]
    Port,
    #[error("The address points into a private network. Use the public address of the website.")]
    Private,
    #[error("The name is not a public one. Use the full public name of the website, such as example.com.")]
    Name,
}

/// Endings of names that mean something inside one network only.
const PRIVATE_SUFFIXES: [&str; 13] = [
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "workgroup",
    "arpa",
    "onion",
    "svc",
];

/// Public names whose every subdomain answers with a loopback address or with the address in the name.
const EMBEDDING_SUFFIXES: [&str; 24] = [
    "nip.io",
    "sslip.io",
    "xip.io",
    "xip.name",
    "xip.lol",
    "ip6.name",
    "traefik.me",
    "localtest.me",
    "lvh.me",
    "vcap.me",
    "lacolhost.com",
    "local.gd",
    "localho.st",
    "localhost.direct",
    "localhst.co.uk",
    "fuf.me",
    "fbi.com",
    "yoogle.com",
    "smackaho.st",
    "backname.io",
    "1u.ms",
    "rbndr.us",
    "rebind.network",
    "rebind.it",
];

/// Networks that are not the public internet (IANA's IPv4 special-purpose registry, and multicast).
const PRIVATE_V4: [([u8; 4], u8); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 3),
];

/// Whether a request to `url` may be made.
///
/// `local` holds `host:port` pairs an operator allows all the same, such as `localhost:8788` for a demo site.
pub fn check(url: &Url, local: &[String]) -> Result<(), Refused> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refused::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::Credentials);
    }
    let host = url.host_str().unwrap_or_default();
    let named = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
    if local.iter().any(|allowed| allowed.eq_ignore_ascii_case(&named)) {
        return Ok(());
    }
    // Each scheme's own port only: `http` to 443 is nothing a website is served on.
    if url.port().is_some() {
        return Err(Refused::Port);
    }
    match url.host() {
        Some(Host::Ipv4(address)) if is_private_v4(address) => Err(Refused::Private),
        Some(Host::Ipv6(address)) if is_private_v6(address) => Err(Refused::Private),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => Ok(()),
        Some(Host::Domain(name)) => check_name(name),
        None => Err(Refused::Name),
    }
}

fn check_name(name: &str) -> Result<(), Refused> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let ends =
        |suffix: &&str| name.strip_suffix(*suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if PRIVATE_SUFFIXES.iter().chain(&EMBEDDING_SUFFIXES).any(ends) {
        return Err(Refused::Private);
    }
    let public = name.contains('.') && !name.split('.').any(str::is_empty);
    if public { Ok(()) } else { Err(Refused::Name) }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    PRIVATE_V4.iter().any(|(network, length)| {
        let shift = 32 - u32::from(*length);
        bits >> shift == Ipv4Addr::from(*network).to_bits() >> shift
    })
}

/// Everything outside global unicast (2000::/3) is private: loopback, link-local, unique local, multicast,
/// v4-mapped and NAT64 forms of IPv4 alike. Inside it, what only wraps another address or is documentation.
fn is_private_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Protocol assignments: Teredo, ORCHID, benchmarking.
        [0x2001, second, ..] if second < 0x0200 => true,
        [0x2001, 0x0db8, ..] => true,
        // 6to4 wraps an IPv4 address.
        [0x2002, ..] => true,
        // Documentation (RFC 9637).
        [0x3fff, second, ..] if second < 0x1000 => true,
        [first, ..] => !(0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> Option<Refused> {
        check(&Url::parse(url).expect(url), &[]).err()
    }

    #[test]
    fn public_websites_are_allowed() {
        for url in [
            "https://example.com/a",
            "http://www.example.co.uk:80/",
            "https://xn--bcher-kva.example/",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://localhost.example.com/",
            "https://mylocal.example/",
            "https://172.15.0.1/",
            "https://172.32.0.1/",
            "https://100.128.0.1/",
        ] {
            assert_eq!(refused(url), None, "{url}");
        }
    }

    #[test]
    fn private_ipv4_networks_are_refused() {
        for host in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            assert_eq!(refused(&format!("http://{host}/")), Some(Refused::Private), "{host}");
        }
    }

    #[test]
    fn decimal_octal_hexadecimal_and_short_loopback_is_refused() {
        for host in [
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "017700000001",
            "127.1",
            "127.0.1",
            "0x7f.1",
            "0",
            "%31%32%37.0.0.1",
            "127\u{3002}0\u{3002}0\u{3002}1",
            "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
            "127.0.0.1.",
        ] {
            assert_eq!(refused(&format!("http://{host}/")), Some(Refused::Private), "{host}");
        }
    }

    #[test]
    fn private_and_wrapping_ipv6_is_refused() {
        for host in [
            "::",
            "::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "2001:2::1",
            "3fff::1",
            "100::1",
            "5f00::1",
        ] {
            assert_eq!(refused(&format!("http://[{host}]/")), Some(Refused::Private), "{host}");
        }
    }

    #[test]
    fn names_of_private_networks_and_embedding_services_are_refused() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "app.localhost",
            "printer.local",
            "metadata.google.internal",
            "db.internal",
            "router.lan",
            "10.0.0.1.nip.io",
            "127-0-0-1.sslip.io",
            "foo.localtest.me",
            "lvh.me",
            "1.0.0.127.in-addr.arpa",
            "a.xip.io",
        ] {
            assert_eq!(refused(&format!("http://{host}/")), Some(Refused::Private), "{host}");
        }
        assert_eq!(refused("http://intraweb/"), Some(Refused::Name));
        assert_eq!(refused("http://a..example/"), Some(Refused::Name));
    }

    #[test]
    fn other_schemes_ports_and_credentials_are_refused() {
        assert_eq!(refused("ftp://example.com/"), Some(Refused::Scheme));
        assert_eq!(refused("file:///etc/passwd"), Some(Refused::Scheme));
        assert_eq!(refused("https://example.com:22/"), Some(Refused::Port));
        assert_eq!(refused("http://example.com:443/"), Some(Refused::Port));
        assert_eq!(refused("https://user@example.com/"), Some(Refused::Credentials));
        assert_eq!(refused("https://example.com@127.0.0.1/"), Some(Refused::Credentials));
    }

    #[test]
    fn an_operators_local_host_is_allowed_on_its_port_only() {
        let local = ["localhost:8788".to_owned(), "127.0.0.1:80".to_owned(), "[::1]:8788".to_owned()];
        let allowed = |url: &str| check(&Url::parse(url).unwrap(), &local).is_ok();
        assert!(allowed("http://LOCALHOST:8788/a"));
        assert!(allowed("http://127.0.0.1/"));
        assert!(allowed("http://[::1]:8788/"));
        assert!(!allowed("http://localhost:8789/"));
        assert!(!allowed("ftp://localhost:8788/"));
        assert!(!allowed("http://user@localhost:8788/"));
    }
}
