use super::*;
use protocol::DocumentId;

fn hit(url: &str, text: &str) -> Hit {
    Hit {
        document_id: DocumentId::ordered(1, [0; 10]),
        ord: 0,
        url: url.into(),
        title: "Page".into(),
        heading_path: Vec::new(),
        text: text.into(),
        score: 1.0,
        words: None,
        meaning: None,
    }
}

fn sources() -> Vec<Hit> {
    vec![
        hit(
            "https://bikes.test/prices#tandem",
            "Book at https://book.test/now?x=1, or mail hello@bikes.test.",
        ),
        hit("https://bikes.test/wiki/Wheel_(bike)", "See www.wheels.test/a. Call +44 20 7946 0958."),
        hit(
            "http://intranet/help#top",
            "Open http://localhost:3000 or http://localhost:{port}, set --host=http://localhost:8080/ui and \
             a.test/b,https://c.test/x, say it as IPA://naʊt/; it begins with http:// or not.",
        ),
    ]
}

fn through(text: &str, size: usize) -> (String, u32) {
    let mut links = LinkGuard::new(&sources());
    let characters: Vec<char> = text.chars().collect();
    let mut shown: String =
        characters.chunks(size).map(|piece| links.push(&piece.iter().collect::<String>())).collect();
    shown.push_str(&links.finish());
    (shown, links.removed())
}

#[test]
fn addresses_of_the_sources_stay_as_they_are() {
    for text in [
        "See https://bikes.test/prices and https://bikes.test/prices#tandem.",
        "See [the prices](https://bikes.test/prices#tandem), **https://book.test/now?x=1**!",
        "bikes.test/prices, www.bikes.test/prices/, HTTPS://Bikes.test/prices",
        "Write to hello@bikes.test or [write](mailto:hello@bikes.test); <https://bikes.test/prices>",
        "[Wheels](https://bikes.test/wiki/Wheel_(bike)), https://bikes.test/wiki/Wheel_(bike), www.wheels.test/a",
        "Ring tel:+442079460958 or [ring](tel:+442079460958).",
        "Open http://localhost:3000! See http://localhost:{port}, http://intranet/help or [help](http://intranet/help#top).",
        "Set --host=http://localhost:8080/ui; a.test/b,https://c.test/x and (IPA://naʊt/), which begins with http://.",
    ] {
        for size in [1, 2, 5, 500] {
            assert_eq!(through(text, size), (text.to_owned(), 0), "pieces of {size}");
        }
    }
}

#[test]
fn every_other_address_goes_and_its_words_stay() {
    for (text, left) in [
        ("See https://evil.test/a?q=b.", "See …."),
        ("See [our page](https://evil.test) [1].", "See our page [1]."),
        ("![x](https://evil.test/?q=secret)!", "x!"),
        ("![](https://evil.test/?q=secret)", "…"),
        ("![map](https://bikes.test/prices)", "map"),
        ("[![x](https://evil.test/i.png)](https://evil.test)", "[x] (…)"),
        ("[1](https://evil.test)", "[1]"),
        (
            "[a](javascript:alert(1)) [b](data:text/html,x) [c](//evil.test) [d](/login) [e](evil.test)",
            "a b c d e",
        ),
        ("[f](<https://evil.test/x y> \"title\")", "f"),
        ("[https://bikes.test/prices](https://evil.test)", "https://bikes.test/prices"),
        ("[https://evil.test](https://bikes.test/prices)", "[…](https://bikes.test/prices)"),
        (
            "<https://evil.test> <img src=//evil.test/x> <a href=\"javascript:x()\">",
            "<…> <img src=…> <a href=\"…()\">",
        ),
        ("www.evil.test, evil.com/path and info@evil.com; MAILTO:a@evil.test", "…, evil… and info…; …"),
        (
            "https://bikes.test.evil.com/prices https://bikes.test/prices?q=1 https://bikes.test@evil.com",
            "… … …",
        ),
        ("https://bikes.test/price", "…"),
        ("A_evil.comevil.com and hello_evil.com/x", "A_evil… and hello_evil…"),
        ("[a](www.https://bikes.test/prices) [b](x:https://bikes.test/prices)", "a b"),
        ("javascript:alert`1` data:text/html;base64,AAAA vbscript:x", "…`1` … …"),
        ("https:\n//evil.com", "https:\n…"),
        ("tel:+4499999999 foo://bar 192.0.2.7/x 192.0.2.7:8080", "… foo… 192… 192…"),
        ("[ref]: https://evil.test\nsee [x][ref]", "[ref]: …\nsee [x][ref]"),
        ("请访问https://evil.com了解", "请访问…了解"),
        ("[open](https://evil.test", "[open] (…"),
        ("ev[il.com/x](https://evil.test)", "evil…"),
        ("a=https://evil.test", "a=…"),
        ("https://localhost:3000 http://localhost:3001 http://open http://a", "… … … …"),
        ("www.open [x](http://set) [y](intranet/help) //localhost.test/x", "… x y …"),
        (
            "http://https://bikes.test/prices https://mailto:hello@bikes.test http://www.localhost:3000",
            "… … …",
        ),
        ("say @://www.mailto:hello@bikes.test", "say …"),
        ("c.test/x,https://c.test/x evil.test/tel:+442079460958 x/http://localhost:3000", "… evil… x…"),
    ] {
        for size in [1, 2, 3, 500] {
            let (shown, removed) = through(text, size);
            assert_eq!(shown, left, "{text} in pieces of {size}");
            assert!(removed > 0, "{text}");
        }
    }
}

#[test]
fn ordinary_text_is_no_address() {
    for text in [
        "Open from 9:00 to 17:30. It costs 1.200,50 € (incl. VAT) e.g. for Node.js or v1.2.3/beta, and/or more!",
        "Note:this [x] [1][2] (see) a/b/c, 24/7, @handle, Dr.Smith said: \"Well...\" U.S. p.m. z.B. d.h.",
        "data: none. tel: on request. http and www are words; whatever.",
        "- [ ] task\n- [x] done! ![not an image] [label]\n(text)",
        "Endet hier.Es geht weiter. foo_bar.baz() config.yaml main.rs README.md",
    ] {
        for size in [1, 2, 3, 500] {
            assert_eq!(through(text, size), (text.to_owned(), 0), "pieces of {size}");
        }
    }
}

#[test]
fn text_is_shown_at_once_unless_it_may_become_an_address() {
    let mut links = LinkGuard::new(&[]);
    assert_eq!(links.push("Good day"), "Good day");
    assert_eq!(links.push(" the"), " the");
    assert_eq!(links.push(" h"), " ");
    assert_eq!(links.push("ello"), "hello");
    assert_eq!(links.push("."), "");
    assert_eq!(links.push(" So"), ". So");
}
