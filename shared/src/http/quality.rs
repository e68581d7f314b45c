/// The items of a header field that lists what a client takes, each with its weight in thousandths (RFC 9110 §12.4.2).
pub fn weighed(field: &str) -> impl Iterator<Item = (&str, u16)> {
    field.split(',').map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let is_weight = name.trim().eq_ignore_ascii_case("q");
            is_weight.then(|| thousandths(value.trim()))
        });
        (name, weight.unwrap_or(1_000))
    })
}

/// A weight, `0.5`, as 500; what can't be read counts as 1, as if it weren't there.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if text.is_empty() || !whole.bytes().all(|digit| digit == b'0') {
        return 1_000;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
    digits.fold(0, |number, digit| match digit {
        b'0'..=b'9' => number * 10 + u16::from(digit - b'0'),
        _ => number * 10,
    })
}

#[cfg(test)]
mod tests {
    use super::weighed;

    #[test]
    fn items_have_the_weight_that_they_name_or_all_of_it() {
        let field = "a, b;q=0.5,c; level=1 ;Q = 0.25, d;q=0, e;q=1.000, f;q=, g;q=x, ;q=.1";
        let expected = [
            ("a", 1_000),
            ("b", 500),
            ("c", 250),
            ("d", 0),
            ("e", 1_000),
            ("f", 1_000),
            ("g", 1_000),
            ("", 100),
        ];
        assert_eq!(weighed(field).collect::<Vec<_>>(), expected);
    }
}
