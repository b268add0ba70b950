//! Addresses of pages: what a person typed, what a page links to, and which of them we may call.

pub mod guard;
mod source;

use url::{Host, Url};

pub use source::{AddressError, parse_source};

/// Longest address that is followed, in bytes.
pub const MAX_LENGTH: usize = 2_000;

/// Parameters that say where a visitor came from, never what the page shows.
const TRACKING: [&str; 28] = [
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "fbclid",
    "msclkid",
    "yclid",
    "ysclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "__hstc",
    "__hssc",
    "__hsfp",
    "vero_id",
    "oly_enc_id",
    "oly_anon_id",
    "srsltid",
];

/// Beginnings of such parameters: campaign tags of analytics products.
const TRACKING_PREFIXES: [&str; 6] = ["utm_", "pk_", "mtm_", "piwik_", "matomo_", "hsa_"];

/// Endings of paths that are files, not pages. Documents people upload (`pdf`, `docx`) are files too.
const FILES: &str = " 3gp 7z aac ai apk atom avi avif bin bmp bz2 cab csv css deb dmg doc docx dot dotx eot eps \
    epub exe flac flv gif gz heic ico ics iso jar jpeg jpg js json jsonld key m4a m4v map md5 mid mjs mobi mov mp3 \
    mp4 mpeg mpg msi numbers odp ods odt ogg ogv opus otf pages pdf pkg png ppt pptx ps psd rar rdf rpm rss rtf \
    sha256 sig svg swf tar tgz tif tiff ttf vcf wasm wav webm webmanifest webp wmv woff woff2 xls xlsm xlsx xml xsl \
    yaml yml xz zip ";

/// Parameters whose address does something (fills a cart, answers a comment) instead of showing a page.
const ACTIONS: [&str; 6] =
    ["add-to-cart", "add_to_wishlist", "remove_item", "replytocom", "share", "_wpnonce"];

/// Parameters that name a visit, whatever their value.
const SESSIONS: [&str; 6] = ["phpsessid", "jsessionid", "oscsid", "zenid", "cftoken", "cfid"];

/// Parameters that name a visit when their value is as long as such names are.
const PERHAPS_SESSIONS: [&str; 5] = ["sid", "sessid", "sessionid", "session_id", "session"];
const SESSION_LENGTH: usize = 16;

/// Paths that belong to the machinery of a site.
const MACHINERY: [&str; 6] =
    ["/cdn-cgi/", "/wp-admin/", "/wp-json/", "/wp-login.php", "/xmlrpc.php", "/wp-content/uploads/"];

/// The one form of the address that `href` means on a page at `base`; `None` for what is not a page's
/// address (`mailto:`, `javascript:`, credentials, more than [`MAX_LENGTH`] bytes).
///
/// Fragment, default port, dot segments, session ids and tracking parameters go; the remaining parameters stand in
/// the order of their names (those of one name in the order they came), so that one page has one address.
pub fn normalize(base: &Url, href: &str) -> Option<Url> {
    let mut url = base.join(href.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_fragment(None);
    if let Some(host) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
        url.set_host(Some(&host)).ok()?;
    }
    if let Some((path, _)) = split_session(url.path()) {
        url.set_path(&path);
    }
    if let Some(query) = url.query() {
        let mut kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !is_tracking(pair) && !is_session(pair))
            .collect();
        // Without names it is the places that tell the values apart.
        if kept.iter().all(|pair| pair.contains('=')) {
            kept.sort_by_key(|pair| pair.split('=').next());
        }
        let kept = kept.join("&");
        url.set_query((!kept.is_empty()).then_some(kept.as_str()));
    }
    (url.as_str().len() <= MAX_LENGTH).then_some(url)
}

/// The same for a place inside an app that runs in the browser, which the fragment names: `#/about`, `#!/about`.
/// Other fragments lead to a place on a page and name no page of their own.
pub fn route(base: &Url, href: &str) -> Option<Url> {
    let (_, fragment) = href.trim().split_once('#')?;
    let path = fragment.strip_prefix('!').unwrap_or(fragment).strip_prefix('/')?;
    if path.is_empty() {
        return None;
    }
    let mut url = normalize(base, href)?;
    url.set_fragment(Some(fragment));
    (url.as_str().len() <= MAX_LENGTH).then_some(url)
}

/// Whether the address is one of [`route`].
pub fn is_route(url: &Url) -> bool {
    url.fragment().is_some_and(|fragment| fragment.trim_start_matches('!').starts_with('/'))
}

/// Whether both belong to one website: the same host but for a leading `www.`, http and https alike.
pub fn same_site(a: &Url, b: &Url) -> bool {
    match (site_host(a), site_host(b)) {
        (Some(left), Some(right)) => left == right && a.port() == b.port(),
        _ => false,
    }
}

/// Whether the address can be a page, judged by its path and query alone.
pub fn looks_like_page(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    if MACHINERY.iter().any(|machinery| path.starts_with(machinery)) {
        return false;
    }
    if url.query_pairs().any(|(name, _)| ACTIONS.contains(&name.as_ref())) {
        return false;
    }
    let file = path.rsplit('/').next().unwrap_or_default();
    match file.rsplit_once('.') {
        Some((_, ending)) => ending.is_empty() || !FILES.contains(&format!(" {ending} ")),
        None => true,
    }
}

fn site_host(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            Some(name.strip_prefix("www.").unwrap_or(name).to_owned())
        }
        address => Some(address.to_string()),
    }
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    TRACKING.contains(&name.as_str()) || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn is_session(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let name = name.to_ascii_lowercase();
    SESSIONS.contains(&name.as_str())
        || name.starts_with("aspsessionid")
        || (PERHAPS_SESSIONS.contains(&name.as_str())
            && value.len() >= SESSION_LENGTH
            && value.bytes().any(|byte| byte.is_ascii_digit()))
}

/// `/a;jsessionid=1/b` is `/a/b`.
fn split_session(path: &str) -> Option<(String, String)> {
    let at = path.to_ascii_lowercase().find(";jsessionid=")?;
    let (before, session) = path.split_at_checked(at)?;
    let end = session.find('/').unwrap_or(session.len());
    let (session, after) = session.split_at_checked(end)?;
    Some((format!("{before}{after}"), session.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(href: &str) -> Option<String> {
        let base = Url::parse("https://shop.example/docs/page?x=1").unwrap();
        normalize(&base, href).map(String::from)
    }

    #[test]
    fn links_are_made_absolute_and_lose_what_does_not_name_a_page() {
        for (href, url) in [
            ("next", "https://shop.example/docs/next"),
            ("../a/./b", "https://shop.example/a/b"),
            ("#top", "https://shop.example/docs/page?x=1"),
            ("?", "https://shop.example/docs/page"),
            ("/a?utm_source=x&b=2&gclid=3&a=1", "https://shop.example/a?a=1&b=2"),
            ("/a?f[]=2&e=0&f[]=1", "https://shop.example/a?e=0&f[]=2&f[]=1"),
            ("/a?tree&apple", "https://shop.example/a?tree&apple"),
            ("/a?PHPSESSID=1&id=7&ASPSESSIONIDQQ=AB", "https://shop.example/a?id=7"),
            ("/a?sid=0123456789abcdef&page=2", "https://shop.example/a?page=2"),
            ("/a?sid=12", "https://shop.example/a?sid=12"),
            ("/a?UTM_Medium=x", "https://shop.example/a"),
            ("//Shop.Example:443/a", "https://shop.example/a"),
            ("http://other.example.:80/", "http://other.example/"),
            (" /a;jsessionid=9F?b=1 ", "https://shop.example/a?b=1"),
        ] {
            assert_eq!(normal(href).as_deref(), Some(url), "{href}");
        }
    }

    #[test]
    fn what_is_not_a_page_address_is_skipped() {
        for href in ["mailto:a@b.example", "tel:+4416", "javascript:void(0)", "data:text/html,x", "ftp://a/b"]
        {
            assert_eq!(normal(href), None, "{href}");
        }
        assert_eq!(normal("https://user:secret@shop.example/"), None);
        assert_eq!(normal(&"a".repeat(2_001)), None);
    }

    #[test]
    fn routes_of_apps_are_told_from_places_on_a_page() {
        let base = Url::parse("https://shop.example/app?x=1").unwrap();
        let route = |href: &str| super::route(&base, href).map(String::from);
        assert_eq!(route("#/about").as_deref(), Some("https://shop.example/app?x=1#/about"));
        assert_eq!(route("/#!/a/b?c=1").as_deref(), Some("https://shop.example/#!/a/b?c=1"));
        for href in ["#about", "#", "#/", "#!", "#!/", "/about", "#:~:text=x"] {
            assert_eq!(route(href), None, "{href}");
        }
        assert!(is_route(&Url::parse("https://shop.example/#/about").unwrap()));
        assert!(!is_route(&Url::parse("https://shop.example/#about").unwrap()));
    }

    #[test]
    fn www_and_scheme_do_not_make_another_site() {
        let same = |a: &str, b: &str| same_site(&Url::parse(a).unwrap(), &Url::parse(b).unwrap());
        assert!(same("http://www.shop.example/", "https://shop.example/a"));
        assert!(same("http://localhost:8080/", "http://localhost:8080/x"));
        assert!(!same("https://blog.shop.example/", "https://shop.example/"));
        assert!(!same("https://shop.example:8443/", "https://shop.example/"));
    }

    #[test]
    fn files_and_actions_are_not_pages() {
        let page =
            |path: &str| looks_like_page(&Url::parse("https://a.example").unwrap().join(path).unwrap());
        for path in ["/", "/about", "/v1.2/notes", "/index.php?id=1", "/a.html", "/price.list/"] {
            assert!(page(path), "{path}");
        }
        for path in ["/a.JPG", "/x/price.pdf", "/site.css", "/feed.xml", "/p?add-to-cart=7", "/wp-json/v2"] {
            assert!(!page(path), "{path}");
        }
    }
}
