//! Periods as they are typed: `250ms`, `90s`, `15m`, `6h`, `400d`.

use std::time::Duration;

/// The longest period: ten years of days.
const MOST_SECONDS: f64 = 3653.0 * 86_400.0;

/// Parses a period of a unit, longer than none; for clap and for lists of sources.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => 0.0,
    };
    let seconds = number.parse::<f64>().unwrap_or_default() * seconds;
    if seconds > 0.0 && seconds <= MOST_SECONDS {
        return Ok(Duration::from_secs_f64(seconds));
    }
    Err(format!("expected a period of ms, s, m, h or d, such as 15m or 400d, found {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_number_and_a_unit() {
        for (text, seconds) in [
            ("250ms", 0.25),
            ("90s", 90.0),
            ("15m", 900.0),
            ("1.5h", 5400.0),
            ("400d", 34_560_000.0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in
            ["", "15", "m", "0m", "-1m", "1.2.3s", "5 m", "5weeks", "99999d", "1e9s", "nand"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
