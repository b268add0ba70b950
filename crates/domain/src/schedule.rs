//! When a source is synced by itself. Every source has its own moment within the period, by its id: not all begin
//! at once, and each at the same time of day.

use protocol::SourceId;
use protocol::api::Schedule;

const DAY_MS: f64 = 24.0 * 60.0 * 60.0 * 1_000.0;

/// The next moment of a source's schedule after `now`, in Unix milliseconds; none where it is synced by hand.
#[must_use]
pub fn next(schedule: Schedule, source: &SourceId, now: f64) -> Option<f64> {
    let period = match schedule {
        Schedule::Manual => return None,
        Schedule::Daily => DAY_MS,
        Schedule::Weekly => 7.0 * DAY_MS,
        Schedule::Monthly => 30.0 * DAY_MS,
    };
    let offset = share(source.as_str()) * period;
    // Whole milliseconds, so that the moment is the same however it is computed.
    let moment = (((now - offset) / period).floor() + 1.0).mul_add(period, offset).floor();
    Some(if moment > now { moment } else { moment + period })
}

/// 0 to 1, the same for the same text (FNV-1a, 64 bits).
fn share(text: &str) -> f64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: f64 = 1_795_000_000_000.0;

    fn source(n: u128) -> SourceId {
        SourceId::from_bits(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834))
    }

    #[test]
    fn the_next_moment_is_within_one_period_and_the_one_after_a_period_later() {
        for (schedule, days) in [(Schedule::Daily, 1.0), (Schedule::Weekly, 7.0), (Schedule::Monthly, 30.0)] {
            for n in 1..200 {
                let first = next(schedule, &source(n), NOW).unwrap();
                assert!(first > NOW && first <= NOW + days * DAY_MS);
                assert_eq!(next(schedule, &source(n), NOW + 1.0), Some(first));
                let second = next(schedule, &source(n), first).unwrap();
                assert!((second - first - days * DAY_MS).abs() <= 1.0, "{}", second - first);
            }
        }
        assert_eq!(next(Schedule::Manual, &source(1), NOW), None);
    }

    #[test]
    fn sources_are_spread_over_the_day() {
        let mut hours = [0; 24];
        for n in 0..2_400 {
            let at = next(Schedule::Daily, &source(n), NOW).unwrap() - NOW;
            hours[(at / DAY_MS * 24.0) as usize % 24] += 1;
        }
        assert!(hours.iter().all(|count| (50..150).contains(count)), "{hours:?}");
    }
}
