//! A request's address in its parts. The runtime has normalised it, so it is cut and not parsed again: a second
//! parser with its tables of international names would be a tenth of this Worker.

/// The parts that routes look at.
pub struct Address<'a> {
    /// Scheme, host and port.
    pub origin: &'a str,
    /// What stands behind the `?`.
    query: Option<&'a str>,
}

impl<'a> Address<'a> {
    /// Cuts an address as `Request.url` gives it: absolute, always with a path.
    pub fn of(url: &'a str) -> Self {
        let url = url.split_once('#').map_or(url, |(before, _)| before);
        let (place, query) = match url.split_once('?') {
            Some((place, query)) => (place, Some(query)),
            None => (url, None),
        };
        let host = place.find("://").map_or(0, |at| at + 3);
        let end = place.get(host..).and_then(|rest| rest.find('/')).map_or(place.len(), |at| host + at);
        Self { origin: place.get(..end).unwrap_or_default(), query }
    }

    /// The same address with another path.
    pub fn at(&self, path: &str) -> String {
        let query = self.query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{path}{query}", self.origin)
    }

    /// A field of the query, as it is written.
    pub fn field(&self, name: &str) -> Option<&'a str> {
        let fields = self.query.into_iter().flat_map(|query| query.split('&'));
        fields.filter_map(|field| field.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_cut_into_its_parts() {
        for (url, origin, moved, after) in [
            ("https://a.example/", "https://a.example", "https://a.example/app/", None),
            (
                "http://127.0.0.1:8787/v1/ws?after=7",
                "http://127.0.0.1:8787",
                "http://127.0.0.1:8787/app/?after=7",
                Some("7"),
            ),
            (
                "https://a.example/x?y=/?&after=&after=2",
                "https://a.example",
                "https://a.example/app/?y=/?&after=&after=2",
                Some(""),
            ),
            ("https://a.example/x#after=7", "https://a.example", "https://a.example/app/", None),
        ] {
            let address = Address::of(url);
            assert_eq!(
                (address.origin, address.at("/app/").as_str(), address.field("after")),
                (origin, moved, after),
                "{url}"
            );
        }
    }
}
