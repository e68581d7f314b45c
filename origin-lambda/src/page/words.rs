//! Times and numbers in words.

use jiff::Timestamp;

/// How long, in the largest unit that says enough: `45 seconds`, `3 hours`.
pub fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (24 * 60 * 60, "day"),
        (60 * 60, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let (length, name) = UNITS
        .into_iter()
        // Two of a unit are worth it; 90 minutes say more than an hour.
        .find(|(length, _)| seconds >= 2 * length)
        .unwrap_or((1, "second"));
    counted(seconds / length, name)
}

/// `1 album`, `2 albums`, `1,234 albums`.
pub fn counted(number: u64, name: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {name}{ending}", grouped(number))
}

/// A sentence, from its words.
pub fn sentence(words: &impl std::fmt::Display) -> String {
    let words = words.to_string();
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

/// A number with its thousands apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Part of a whole, in per cent; `–` of nothing.
pub fn share(part: u64, whole: u64) -> String {
    match whole {
        0 => "–".to_owned(),
        _ => format!("{:.1} %", part as f64 * 100.0 / whole as f64),
    }
}

/// A moment for people: `2026-07-01 12:00 UTC`.
pub fn moment(unix_seconds: u64) -> String {
    i64::try_from(unix_seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map_or_else(
            || "an unknown time".to_owned(),
            |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        )
}

/// A track's length, `4:05`; `–` if it isn't known.
pub fn length(milliseconds: Option<u64>) -> String {
    match milliseconds {
        None | Some(0) => "–".to_owned(),
        Some(milliseconds) => {
            let seconds = (milliseconds + 500) / 1_000;
            let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
            match hours {
                0 => format!("{minutes}:{seconds:02}"),
                _ => format!("{hours}:{minutes:02}:{seconds:02}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_read_as_people_say_them() {
        let day = 24 * 60 * 60;
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (90 * 60, "90 minutes"),
            (5 * 60 * 60, "5 hours"),
            (47 * 60 * 60, "47 hours"),
            (2 * day, "2 days"),
            (1_234 * day, "1,234 days"),
        ] {
            assert_eq!(span(seconds), words);
        }
        assert_eq!(counted(1, "album"), "1 album");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(
            (share(1, 3), share(0, 0)),
            ("33.3 %".to_owned(), "–".to_owned())
        );
        assert_eq!(moment(1_782_907_200), "2026-07-01 12:00 UTC");
        let lengths = [None, Some(0), Some(245_499), Some(3_600_000)].map(length);
        assert_eq!(lengths, ["–", "–", "4:05", "1:00:00"]);
    }
}
