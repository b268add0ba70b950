use super::*;

const SITE: &str = "https://shop.example";

fn allows(robots: &str, agent: &str, path: &str) -> bool {
    Robots::parse(robots.as_bytes()).allows(agent, &format!("{SITE}{path}"))
}

#[test]
fn an_empty_file_allows_everything() {
    assert!(allows("", AGENT, "/anything"));
}

#[test]
fn own_group_replaces_the_rules_for_everybody() {
    let robots = "User-agent: *\nDisallow: /\n\nUser-agent: frontdeskbot/1.0\nDisallow: /private\n";
    assert!(allows(robots, AGENT, "/public"));
    assert!(!allows(robots, AGENT, "/private/a"));
    assert!(!allows(robots, "OtherBot", "/public"));
}

#[test]
fn own_group_without_a_match_does_not_fall_back() {
    assert!(allows("User-agent: *\nDisallow: /\nUser-agent: FrontdeskBot\nDisallow:\n", AGENT, "/a"));
}

#[test]
fn groups_of_the_same_agent_are_one_group() {
    let robots = "User-agent: A\nDisallow: /x\n\nUser-agent: B\nDisallow: /\n\nUser-agent: A\nDisallow: /y\n";
    assert!(!allows(robots, "A", "/x"));
    assert!(!allows(robots, "A", "/y"));
    assert!(allows(robots, "A", "/z"));
}

#[test]
fn agents_above_one_rule_share_it() {
    let robots = "User-agent: A\nCrawl-delay: 2\nUser-agent: B\nDisallow: /x\n";
    assert!(!allows(robots, "A", "/x"));
    assert!(!allows(robots, "B", "/x"));
    assert_eq!(Robots::parse(robots.as_bytes()).crawl_delay("B"), Some(2.0));
}

#[test]
fn longest_rule_wins_and_a_tie_allows() {
    let robots = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /t\nAllow: /t\n";
    assert!(!allows(robots, AGENT, "/a/c"));
    assert!(allows(robots, AGENT, "/a/b/c"));
    assert!(allows(robots, AGENT, "/t"));
}

#[test]
fn wildcards_and_end_anchor_match_as_the_standard_says() {
    let robots = "User-agent: *\nDisallow: /*.pdf$\nDisallow: /a*b*c\nDisallow: /exact$\nDisallow: /$money\n";
    assert!(!allows(robots, AGENT, "/x/y.pdf"));
    assert!(allows(robots, AGENT, "/x/y.pdf?v=1"));
    assert!(!allows(robots, AGENT, "/a-1-b-2-c-3"));
    assert!(allows(robots, AGENT, "/a-c-b"));
    assert!(!allows(robots, AGENT, "/exact"));
    assert!(allows(robots, AGENT, "/exactly"));
    assert!(!allows(robots, AGENT, "/$money"));
}

#[test]
fn an_anchored_tail_may_repeat_an_earlier_part() {
    assert!(line::matches(b"/aXbXb", b"/a*Xb$"));
    assert!(!line::matches(b"/ab", b"/ab*b$"));
    assert!(line::matches(b"/anything", b"*$"));
    assert!(!line::matches(b"/", b"$"));
}

#[test]
fn misspelt_keys_and_forgotten_colons_are_understood() {
    for rule in
        ["dissallow: /x", "DISALOW: /x", "diasllow /x", "disallaw:/x", "Disallow\t/x", "dissalow : /x"]
    {
        assert!(!allows(&format!("useragent: *\n{rule}\n"), AGENT, "/x"), "{rule}");
    }
    assert!(allows("User-agent: *\nDisallow /x y\n", AGENT, "/x"));
}

#[test]
fn byte_order_mark_comments_and_every_line_ending_are_read() {
    assert!(!allows("\u{feff}User-agent: * # all\r\nDisallow: /x # none\r\n", AGENT, "/x"));
    assert!(!allows("User-agent: *\rDisallow: /x\r", AGENT, "/x"));
}

#[test]
fn allowing_an_index_file_allows_its_directory_only() {
    let robots = "User-agent: *\nAllow: /shop/index.html\nDisallow: /\n";
    assert!(allows(robots, AGENT, "/shop/"));
    assert!(allows(robots, AGENT, "/shop/index.html"));
    assert!(!allows(robots, AGENT, "/shop/x"));
    assert!(!allows(robots, AGENT, "/index.html"));
}

#[test]
fn escapes_compare_in_either_case_and_letters_are_escaped() {
    let robots = "User-agent: *\nDisallow: /caf\u{e9}\nDisallow: /a%2fb\n";
    assert!(!allows(robots, AGENT, "/caf%C3%A9"));
    assert!(!allows(robots, AGENT, "/caf%c3%a9"));
    assert!(!allows(robots, AGENT, "/a%2Fb"));
}

#[test]
fn rules_before_any_agent_are_ignored() {
    assert!(allows("Disallow: /\nUser-agent: Other\nDisallow: /x\n", AGENT, "/"));
}

#[test]
fn a_rule_cut_by_the_size_limit_is_dropped() {
    let mut body = b"User-agent: *\nDisallow: /early\n".to_vec();
    body.resize(MAX_BYTES - "\nDisallow: /".len(), b'#');
    body.extend_from_slice(b"\nDisallow: /late\n");
    let robots = Robots::parse(&body);
    assert!(!robots.allows(AGENT, "https://a.example/early"));
    assert!(robots.allows(AGENT, "https://a.example/other"));
    assert!(robots.allows(AGENT, "https://a.example/late"));
}

#[test]
fn sitemaps_and_delays_are_read_wherever_they_stand() {
    let robots = Robots::parse(
        b"Sitemap: https://a.example/one.xml\nUser-agent: *\nCrawl-delay: 1.5\nsite-map: /two.xml\n",
    );
    assert_eq!(robots.sitemaps(), ["https://a.example/one.xml", "/two.xml"]);
    assert_eq!(robots.crawl_delay(AGENT), Some(1.5));
    assert_eq!(Robots::parse(b"User-agent: *\nCrawl-delay: soon\n").crawl_delay(AGENT), None);
}

#[test]
fn a_missing_file_allows_and_a_failing_server_forbids() {
    assert!(Robots::from_response(404, b"").allows(AGENT, SITE));
    assert!(!Robots::from_response(503, b"").allows(AGENT, SITE));
    assert!(!Robots::from_response(429, b"").allows(AGENT, SITE));
}

#[test]
fn path_is_found_in_any_form_of_an_address() {
    for (url, path) in [
        ("", "/"),
        ("http://a.example", "/"),
        ("http://a.example/x?y#z", "/x?y"),
        ("http://a.example?q", "/?q"),
        ("http://a.example;p?q", "/;p?q"),
        ("http://a.example#/x", "/"),
        ("//a.example/x", "/x"),
        ("a.example/x?u=http://b.example/", "/x?u=http://b.example/"),
        ("/x/http://y", "/x/http://y"),
    ] {
        assert_eq!(path_and_query(url), path, "{url}");
    }
}
