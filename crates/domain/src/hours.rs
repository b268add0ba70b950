//! Business hours, by the wall clock of the business.

use protocol::agent::BusinessHours;

/// Whether somebody is there: without any hours, always.
#[must_use]
pub fn is_open(hours: &BusinessHours, weekday: u8, minute: u16) -> bool {
    hours.open.is_empty()
        || hours.open.iter().any(|span| span.weekday == weekday && (span.from..span.to).contains(&minute))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::agent::OpenSpan;

    #[test]
    fn a_span_holds_its_beginning_and_not_its_end() {
        let mut hours = BusinessHours::default();
        assert!(is_open(&hours, 7, 0));
        hours.open =
            vec![OpenSpan { weekday: 1, from: 540, to: 720 }, OpenSpan { weekday: 1, from: 780, to: 1_440 }];
        assert!(is_open(&hours, 1, 540) && is_open(&hours, 1, 1_439));
        assert!(!is_open(&hours, 1, 720) && !is_open(&hours, 1, 539) && !is_open(&hours, 2, 600));
    }
}
