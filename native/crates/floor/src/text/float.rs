//! Floats as JavaScript writes them, after rounding to nine significant digits.

const DIGITS: usize = 9;
/// The place of the last digit behind the first.
const LAST: i32 = 8;
/// Digits that decide how the last one is rounded: more than any float64 needs to show that it is not a tie.
const EXACT: usize = 60;

/// The text of `String(Number(value.toPrecision(9)))` in JavaScript; negative zero is `0`.
pub(super) fn text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if value < 0.0 { "-" } else { "" };
    if value.is_infinite() {
        return format!("{sign}Infinity");
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let (digits, point) = rounded(value.abs());
    format!("{sign}{}", spelled(&digits, point))
}

/// The significant digits, and where the decimal point is, counted from before the first. A tie is rounded away from
/// zero, as in JavaScript; the smallest floats have fewer digits than nine.
fn rounded(value: f64) -> (String, i32) {
    let exact = format!("{value:.EXACT$e}");
    let (digits, exponent) = split(&exact);
    let mut digits = digits.bytes().map(|digit| u64::from(digit - b'0'));
    let head = digits.by_ref().take(DIGITS).fold(0, |number, digit| number * 10 + digit);
    let head = head + u64::from(digits.next().is_some_and(|digit| digit >= 5));
    let nearest: f64 = format!("{head}e{}", exponent - LAST).parse().unwrap_or(value);
    let shortest = format!("{nearest:e}");
    let (digits, exponent) = split(&shortest);
    (digits, exponent + 1)
}

/// The digits and the exponent of a text like `1.5e-7`.
fn split(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (mantissa.chars().filter(char::is_ascii_digit).collect(), exponent.parse().unwrap_or(0))
}

fn spelled(digits: &str, point: i32) -> String {
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    match point {
        1..=21 if count <= point => format!("{digits}{}", zeros(point - count)),
        1..=21 => {
            let (whole, part) = digits.split_at(point as usize);
            format!("{whole}.{part}")
        }
        -5..=0 => format!("0.{}{digits}", zeros(-point)),
        _ => {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            let sign = if point > 0 { "+" } else { "-" };
            format!("{first}{dot}{rest}e{sign}{}", (point - 1).abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_javascript_does_after_rounding() {
        // Each pair was checked with String(Number((x).toPrecision(9))).
        let pairs = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333333"),
            (2.0 / 3.0, "0.666666667"),
            (123_456_788.5, "123456789"),
            (-123_456_788.5, "-123456789"),
            (123_456_789.5, "123456790"),
            (999_999_999.5, "1000000000"),
            (0.999_999_999_9, "1"),
            (1e21, "1e+21"),
            (123_456_789_012_345_680_000.0, "123456789000000000000"),
            (1.5e300, "1.5e+300"),
            (0.000_001, "0.000001"),
            (0.000_000_1, "1e-7"),
            (1.234_567_891_2e-7, "1.23456789e-7"),
            (f64::MIN_POSITIVE, "2.22507386e-308"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.79769313e+308"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, expected) in pairs {
            assert_eq!(text(value), expected, "{value:e}");
        }
    }
}
