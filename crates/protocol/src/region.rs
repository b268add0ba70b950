//! Where copies of an agent's knowledge may live, and which of them is nearest to a visitor.

use crate::wire;

wire! {
    /// Where a copy of an agent's knowledge lives: at home, where everything is written, or in a region, by the name
    /// that Durable Objects have for it.
    #[derive(Copy, Eq, Default, Hash)]
    #[serde(rename_all = "snake_case")]
    pub enum Region {
        #[default]
        Home,
        Wnam,
        Enam,
        Sam,
        Weur,
        Eeur,
        Apac,
        Oc,
        Afr,
        Me,
    }
}

use Region::{Afr, Apac, Eeur, Enam, Home, Me, Oc, Sam, Weur, Wnam};

/// East of it Europe is eastern; west of the other, America is western.
const EASTERN_EUROPE: f32 = 15.0;
const WESTERN_AMERICA: f32 = -100.0;
/// Countries of Asia that are called the Middle East.
const MIDDLE_EAST: &str = "AE AM AZ BH CY GE IL IQ IR JO KW LB OM PS QA SA SY TR YE";

impl Region {
    /// The regions beside home.
    pub const ALL: [Self; 9] = [Wnam, Enam, Sam, Weur, Eeur, Apac, Oc, Afr, Me];

    /// As Durable Objects call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Home => "home",
            Wnam => "wnam",
            Enam => "enam",
            Sam => "sam",
            Weur => "weur",
            Eeur => "eeur",
            Apac => "apac",
            Oc => "oc",
            Afr => "afr",
            Me => "me",
        }
    }

    /// The region of a name, never home.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.name() == name)
    }

    /// The regions of a list with commas, and what of it names none.
    #[must_use]
    pub fn list(text: &str) -> (Vec<Self>, Vec<&str>) {
        let (mut regions, mut unknown) = (Vec::new(), Vec::new());
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match Self::named(name) {
                Some(region) if regions.contains(&region) => {}
                Some(region) => regions.push(region),
                None => unknown.push(name),
            }
        }
        (regions, unknown)
    }

    /// Where a visitor is, by what is known of the address.
    #[must_use]
    pub fn of_visitor(continent: &str, country: &str, longitude: Option<f32>) -> Option<Self> {
        Some(match continent {
            "EU" if longitude.is_some_and(|degrees| degrees > EASTERN_EUROPE) => Eeur,
            "EU" => Weur,
            "NA" if longitude.is_some_and(|degrees| degrees < WESTERN_AMERICA) => Wnam,
            "NA" => Enam,
            "SA" => Sam,
            "AF" => Afr,
            "OC" => Oc,
            "AS" if country.len() == 2 && MIDDLE_EAST.contains(country) => Me,
            "AS" => Apac,
            _ => return None,
        })
    }

    /// The nearest of some, as cables run.
    #[must_use]
    pub fn nearest(self, among: &[Self]) -> Option<Self> {
        self.neighbours().into_iter().find(|region| among.contains(region))
    }

    fn neighbours(self) -> [Self; 9] {
        match self {
            Wnam => [Wnam, Enam, Apac, Oc, Sam, Weur, Eeur, Me, Afr],
            Enam | Home => [Enam, Wnam, Weur, Sam, Eeur, Me, Afr, Apac, Oc],
            Sam => [Sam, Enam, Wnam, Weur, Eeur, Afr, Me, Apac, Oc],
            Weur => [Weur, Eeur, Me, Enam, Afr, Wnam, Apac, Sam, Oc],
            Eeur => [Eeur, Weur, Me, Enam, Afr, Apac, Wnam, Sam, Oc],
            Apac => [Apac, Oc, Me, Wnam, Eeur, Weur, Enam, Afr, Sam],
            Oc => [Oc, Apac, Wnam, Enam, Me, Weur, Eeur, Sam, Afr],
            Afr => [Afr, Weur, Me, Eeur, Enam, Apac, Wnam, Sam, Oc],
            Me => [Me, Eeur, Weur, Apac, Afr, Enam, Wnam, Oc, Sam],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_nearest_to_itself_and_knows_all_others() {
        for region in Region::ALL {
            assert_eq!(Region::named(region.name()), Some(region));
            assert_eq!(serde_json::to_value(region).unwrap(), region.name());
            assert_eq!(region.neighbours()[0], region);
            assert!(Region::ALL.iter().all(|other| region.neighbours().contains(other)));
            assert_eq!(region.nearest(&[]), None);
            for other in Region::ALL {
                assert_eq!(region.nearest(&[other]), Some(other));
            }
        }
        assert_eq!(Region::named("home"), None);
    }

    #[test]
    fn visitors_are_where_their_address_is() {
        for (city, continent, country, longitude, region) in [
            ("Lisbon", "EU", "PT", -9.1, Weur),
            ("Berlin", "EU", "DE", 13.4, Weur),
            ("Warsaw", "EU", "PL", 21.0, Eeur),
            ("Seattle", "NA", "US", -122.3, Wnam),
            ("Chicago", "NA", "US", -87.6, Enam),
            ("Lima", "SA", "PE", -77.0, Sam),
            ("Lagos", "AF", "NG", 3.4, Afr),
            ("Auckland", "OC", "NZ", 174.8, Oc),
            ("Dubai", "AS", "AE", 55.3, Me),
            ("Tokyo", "AS", "JP", 139.7, Apac),
        ] {
            assert_eq!(Region::of_visitor(continent, country, Some(longitude)), Some(region), "{city}");
        }
        assert_eq!(Region::of_visitor("EU", "", None), Some(Weur));
        assert_eq!(Region::of_visitor("AS", "", None), Some(Apac));
        assert_eq!(Region::of_visitor("AN", "AQ", None), None);
        assert_eq!(Region::of_visitor("", "T1", None), None);
    }

    #[test]
    fn a_visitor_gets_the_nearest_region_that_there_is() {
        assert_eq!(Eeur.nearest(&[Enam, Weur, Apac]), Some(Weur));
        assert_eq!(Oc.nearest(&[Enam, Weur, Apac]), Some(Apac));
        assert_eq!(Sam.nearest(&[Weur, Enam]), Some(Enam));
    }

    #[test]
    fn a_list_names_regions_once_and_says_what_it_does_not_know() {
        assert_eq!(Region::list(""), (vec![], vec![]));
        assert_eq!(Region::list(" weur, apac,weur ,"), (vec![Weur, Apac], vec![]));
        assert_eq!(Region::list("weur,europe,home"), (vec![Weur], vec!["europe", "home"]));
    }
}
