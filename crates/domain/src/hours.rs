//! Business hours, by the wall clock of the business: the week, and the days that are not like their weekday.

use protocol::Problem;
use protocol::agent::{BusinessHours, Holiday};

/// Most holidays.
pub const MAX_HOLIDAYS: usize = 60;
/// Most characters of a holiday's name.
pub const MAX_HOLIDAY_NAME: usize = 60;
/// Minutes of a day.
const MIDNIGHT: u16 = 1_440;

/// What the wall shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    /// As in `2026-12-25`.
    pub date: String,
    /// 1 is Monday.
    pub weekday: u8,
    /// After midnight.
    pub minute: u16,
}

/// Whether somebody is there: without any hours, always; on a holiday, as the holiday says.
#[must_use]
pub fn is_open(hours: &BusinessHours, now: &Wall) -> bool {
    if let Some(holiday) = holiday(hours, &now.date) {
        return holiday.open.is_some_and(|span| (span.from..span.to).contains(&now.minute));
    }
    hours.open.is_empty()
        || hours
            .open
            .iter()
            .any(|span| span.weekday == now.weekday && (span.from..span.to).contains(&now.minute))
}

/// The holiday on a date; one of that very date goes before one of every year.
fn holiday<'h>(hours: &'h BusinessHours, date: &str) -> Option<&'h Holiday> {
    let own = hours.holidays.iter().find(|holiday| holiday.date == date);
    own.or_else(|| {
        let day = date.get(4..).filter(|day| !day.is_empty())?;
        hours
            .holidays
            .iter()
            .find(|holiday| holiday.yearly && holiday.date.get(4..) == Some(day) && *holiday.date <= *date)
    })
}

/// The first thing about the holidays that has to be mended.
///
/// # Errors
/// With the path of the field, as in `holidays[1].date`.
pub fn check_holidays(holidays: &[Holiday]) -> Result<(), Problem> {
    let wrong = |at: usize, part: &str, message: &str| {
        Err(Problem::field(&format!("holidays[{at}].{part}"), message))
    };
    if holidays.len() > MAX_HOLIDAYS {
        return Err(Problem::field("holidays", format!("At most {MAX_HOLIDAYS} holidays.")));
    }
    for (at, holiday) in holidays.iter().enumerate() {
        if !is_date(&holiday.date) {
            return wrong(at, "date", "Choose a day, as in 2026-12-25.");
        }
        if holidays.iter().take(at).any(|other| other.date == holiday.date) {
            return wrong(at, "date", "This day is in the list already.");
        }
        if holiday.name.chars().count() > MAX_HOLIDAY_NAME {
            return wrong(at, "name", "Please use at most 60 characters.");
        }
        if holiday.open.is_some_and(|span| span.from >= span.to || span.to > MIDNIGHT) {
            return wrong(at, "open", "The end comes before the beginning.");
        }
    }
    Ok(())
}

/// A day of the calendar in the years 2000 to 2199.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() });
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok());
    let (Some(year), Some(month), Some(day)) = (part(0..4), part(5..7), part(8..10)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    shaped && (2000..2200).contains(&year) && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::agent::{DaySpan, OpenSpan};

    fn at(date: &str, weekday: u8, minute: u16) -> Wall {
        Wall { date: date.into(), weekday, minute }
    }

    fn holiday(date: &str) -> Holiday {
        Holiday { date: date.into(), ..Holiday::default() }
    }

    #[test]
    fn a_span_holds_its_beginning_and_not_its_end() {
        let mut hours = BusinessHours::default();
        let is_open_at =
            |hours: &BusinessHours, weekday, minute| is_open(hours, &at("2026-11-23", weekday, minute));
        assert!(is_open_at(&hours, 7, 0));
        hours.open =
            vec![OpenSpan { weekday: 1, from: 540, to: 720 }, OpenSpan { weekday: 1, from: 780, to: 1_440 }];
        assert!(is_open_at(&hours, 1, 540) && is_open_at(&hours, 1, 1_439));
        assert!(!is_open_at(&hours, 1, 720) && !is_open_at(&hours, 1, 539) && !is_open_at(&hours, 2, 600));
    }

    #[test]
    fn a_holiday_goes_before_its_weekday_even_where_it_is_always_open() {
        let christmas = Holiday { yearly: true, ..holiday("2024-12-25") };
        let eve = Holiday { open: Some(DaySpan { from: 540, to: 720 }), ..holiday("2026-12-24") };
        let mut hours = BusinessHours { holidays: vec![christmas, eve], ..BusinessHours::default() };
        assert!(is_open(&hours, &at("2026-12-23", 3, 600)));
        assert!(!is_open(&hours, &at("2026-12-25", 5, 600)), "every year");
        assert!(is_open(&hours, &at("2023-12-25", 1, 600)), "not before its first");
        assert!(is_open(&hours, &at("2026-12-24", 4, 600)) && !is_open(&hours, &at("2026-12-24", 4, 720)));
        assert!(is_open(&hours, &at("2027-12-24", 5, 800)), "once");
        hours.open = vec![OpenSpan { weekday: 5, from: 0, to: 1_440 }];
        assert!(!is_open(&hours, &at("2026-12-25", 5, 600)));
        // The day itself knows better than the rule of every year.
        hours.holidays.push(Holiday { open: Some(DaySpan { from: 0, to: 60 }), ..holiday("2026-12-25") });
        assert!(is_open(&hours, &at("2026-12-25", 5, 30)) && !is_open(&hours, &at("2026-12-25", 5, 60)));
    }

    #[test]
    fn holidays_that_make_no_sense_name_their_field() {
        let field =
            |holidays: Vec<Holiday>| check_holidays(&holidays).err().and_then(|problem| problem.field);
        for date in [
            "",
            "2026-02-29",
            "2026-13-01",
            "2026-1-01",
            "26-12-2024",
            "2026-04-31",
            "2026-00-10",
            "+026-01-01",
        ] {
            assert_eq!(field(vec![holiday(date)]).as_deref(), Some("holidays[0].date"), "{date}");
        }
        assert_eq!(field(vec![holiday("2028-02-29"), holiday("2026-12-31")]), None);
        assert_eq!(
            field(vec![holiday("2026-12-25"), holiday("2026-12-25")]).as_deref(),
            Some("holidays[1].date")
        );
        let long = Holiday { name: "x".repeat(61), ..holiday("2026-12-25") };
        assert_eq!(field(vec![long]).as_deref(), Some("holidays[0].name"));
        let turned = Holiday { open: Some(DaySpan { from: 60, to: 60 }), ..holiday("2026-12-25") };
        assert_eq!(field(vec![turned]).as_deref(), Some("holidays[0].open"));
        let many = (0..61).map(|n| holiday(&format!("20{:02}-01-01", n))).collect();
        assert_eq!(field(many).as_deref(), Some("holidays"));
    }
}
