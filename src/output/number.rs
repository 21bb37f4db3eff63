//! Numbers as Python has them: integers of any size and floats that print as `repr` prints them.
//!
//! `i64` holds nearly every integer; longer ones are kept as canonical decimal digits, because no
//! command computes with them and `az` prints them unchanged.

use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

/// A Python `int`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PythonInt {
    /// Fits a machine word.
    Small(i64),
    /// Does not: an optional minus sign and digits without leading zeros.
    Large(Rc<str>),
}

impl PythonInt {
    /// Reads an optional sign and decimal digits, as Python's `int()` does after stripping.
    pub(super) fn parse(text: &str) -> Option<PythonInt> {
        let (negative, digits) = split_sign(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(PythonInt::from_digits(negative, digits))
    }

    /// The whole part of a finite float, exact at any size.
    pub(super) fn from_float(value: f64) -> Option<PythonInt> {
        if !value.is_finite() {
            return None;
        }
        PythonInt::parse(&format!("{:.0}", value.trunc()))
    }

    /// The nearest float; `None` where Python raises `OverflowError`.
    pub(super) fn to_float(&self) -> Option<f64> {
        match self {
            PythonInt::Small(small) => Some(*small as f64),
            PythonInt::Large(digits) => digits.parse().ok().filter(|f: &f64| f.is_finite()),
        }
    }

    /// The sum of two integers.
    pub(super) fn plus(&self, other: &PythonInt) -> PythonInt {
        if let (PythonInt::Small(a), PythonInt::Small(b)) = (self, other)
            && let Some(sum) = a.checked_add(*b)
        {
            return PythonInt::Small(sum);
        }
        let (a, b) = (self.to_string(), other.to_string());
        let ((a_negative, a), (b_negative, b)) = (split_sign(&a), split_sign(&b));
        if a_negative == b_negative {
            return PythonInt::from_digits(a_negative, &add_digits(a, b));
        }
        match compare_digits(a, b) {
            Ordering::Equal => PythonInt::Small(0),
            Ordering::Greater => PythonInt::from_digits(a_negative, &subtract_digits(a, b)),
            Ordering::Less => PythonInt::from_digits(b_negative, &subtract_digits(b, a)),
        }
    }

    /// The value without its sign.
    pub(super) fn absolute(&self) -> PythonInt {
        let text = self.to_string();
        PythonInt::from_digits(false, split_sign(&text).1)
    }

    /// Python's true division by a length: correctly rounded for machine integers.
    pub(super) fn divided_by(&self, count: usize) -> Option<f64> {
        let PythonInt::Small(small) = self else {
            return Some(self.to_float()? / count as f64);
        };
        if small.unsigned_abs() < 1 << 53 {
            return Some(*small as f64 / count as f64);
        }
        // 64 more bits and a sticky last one: the conversion then rounds once.
        let (wide, count) = (u128::from(small.unsigned_abs()) << 63, count as u128);
        let quotient = (wide / count) | u128::from(!wide.is_multiple_of(count));
        let magnitude = quotient as f64 / (1u64 << 63) as f64;
        Some(if *small < 0 { -magnitude } else { magnitude })
    }

    /// Orders an integer against a float without rounding either; `None` for NaN.
    pub(super) fn compare_float(&self, float: f64) -> Option<Ordering> {
        if float.is_nan() {
            return None;
        }
        let Some(whole) = PythonInt::from_float(float) else {
            return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
        };
        let fraction = 0.0_f64.partial_cmp(&float.fract())?;
        Some(self.cmp(&whole).then(fraction))
    }

    fn from_digits(negative: bool, digits: &str) -> PythonInt {
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return PythonInt::Small(0);
        }
        let text = if negative { format!("-{digits}") } else { digits.to_owned() };
        text.parse().map_or_else(|_| PythonInt::Large(text.into()), PythonInt::Small)
    }
}

impl fmt::Display for PythonInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PythonInt::Small(small) => write!(f, "{small}"),
            PythonInt::Large(digits) => f.write_str(digits),
        }
    }
}

impl PartialOrd for PythonInt {
    fn partial_cmp(&self, other: &PythonInt) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PythonInt {
    fn cmp(&self, other: &PythonInt) -> Ordering {
        if let (PythonInt::Small(a), PythonInt::Small(b)) = (self, other) {
            return a.cmp(b);
        }
        let (a, b) = (self.to_string(), other.to_string());
        match (split_sign(&a), split_sign(&b)) {
            ((false, a), (false, b)) => compare_digits(a, b),
            ((true, a), (true, b)) => compare_digits(b, a),
            ((false, _), (true, _)) => Ordering::Greater,
            ((true, _), (false, _)) => Ordering::Less,
        }
    }
}

/// Prints a float as Python's `repr`: shortest digits, exponent from 1e16 and below 1e-4.
pub(super) fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = shortest_digits(value);
    let (mantissa, exponent) = scientific.split_once('e').expect("`{:e}` writes an exponent");
    let exponent: i32 = exponent.parse().expect("`{:e}` writes a decimal exponent");
    if (-4..16).contains(&exponent) {
        return positional_text(mantissa, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// The fewest digits that read back as the value, in scientific notation. Where two such texts are
/// equally near, Rust rounds up and Python to the even digit, as a conversion to so many digits does.
fn shortest_digits(value: f64) -> String {
    let rounded_up = format!("{value:e}");
    let mantissa = rounded_up.split('e').next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let to_even = format!("{value:.*e}", digits.saturating_sub(1));
    if to_even.parse() == Ok(value) { to_even } else { rounded_up }
}

/// Moves the point of a mantissa; there is a digit on both of its sides.
fn positional_text(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    let mut digits = mantissa.replace('.', "");
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    while digits.len() < whole + 1 {
        digits.push('0');
    }
    let (whole, fraction) = digits.split_at(whole);
    format!("{sign}{whole}.{fraction}")
}

/// Reads a float as Python's `float()` does: also `inf`, `nan`, spaces and `1_000.5`.
pub(super) fn float_from_text(text: &str) -> Option<f64> {
    let text = without_underscores(super::python::strip_text(text))?;
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let named = ["inf", "infinity", "nan"].iter().any(|n| unsigned.eq_ignore_ascii_case(n));
    if !named && !unsigned.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b)) {
        return None;
    }
    text.parse().ok()
}

/// Reads an integer as Python's `int()` does: spaces, a sign and `1_000` are accepted.
pub(super) fn int_from_text(text: &str) -> Option<PythonInt> {
    let text = without_underscores(super::python::strip_text(text))?;
    // CPython refuses longer texts (sys.int_info.default_max_str_digits).
    if split_sign(&text).1.len() > MOST_DIGITS {
        return None;
    }
    PythonInt::parse(&text)
}

/// The most digits CPython converts from text to `int`.
pub(super) const MOST_DIGITS: usize = 4300;

/// Removes underscores that are between two digits; any other one refuses the text.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let fits = |at: usize| digit(at.checked_sub(1)) && digit(Some(at + 1));
    let all_fit = bytes.iter().enumerate().all(|(at, b)| *b != b'_' || fits(at));
    all_fit.then(|| text.replace('_', ""))
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn compare_digits(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn add_digits(a: &str, b: &str) -> String {
    let mut carry = 0;
    let (mut a, mut b) = (a.bytes().rev(), b.bytes().rev());
    let mut sum = Vec::new();
    loop {
        let (x, y) = (a.next(), b.next());
        if x.is_none() && y.is_none() && carry == 0 {
            break;
        }
        let total = x.map_or(0, |d| d - b'0') + y.map_or(0, |d| d - b'0') + carry;
        sum.push(char::from(b'0' + total % 10));
        carry = total / 10;
    }
    sum.iter().rev().collect()
}

/// Subtracts the smaller `b` from `a`.
fn subtract_digits(a: &str, b: &str) -> String {
    let mut borrow = 0;
    let mut b = b.bytes().rev();
    let mut difference = Vec::new();
    for digit in a.bytes().rev() {
        let taken = b.next().map_or(0, |d| d - b'0') + borrow;
        let digit = digit - b'0';
        borrow = u8::from(digit < taken);
        difference.push(char::from(b'0' + digit + borrow * 10 - taken));
    }
    difference.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str) -> PythonInt {
        PythonInt::parse(text).unwrap()
    }

    #[test]
    fn floats_print_as_python_prints_them() {
        let cases = [
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e5, "100000.0"),
            (-0.0, "-0.0"),
            (1.5e-310, "1.5e-310"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (9007199254740993.0, "9007199254740992.0"),
            (1e15 + 1.25, "1000000000000001.2"),
            (5e-324, "5e-324"),
            (-1234.5, "-1234.5"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (float, expected) in cases {
            assert_eq!(float_repr(float), expected);
        }
    }

    #[test]
    fn integers_beyond_64_bits_stay_exact() {
        let max = int("9223372036854775807");
        assert_eq!(max.plus(&PythonInt::Small(1)).to_string(), "9223372036854775808");
        assert_eq!(int("-9223372036854775809").plus(&max).to_string(), "-2");
        assert_eq!(int("-99999999999999999999").absolute().to_string(), "99999999999999999999");
        assert!(int("-99999999999999999999") < int("-9"));
        assert!(int("100000000000000000000") > int("99999999999999999999"));
    }

    #[test]
    fn integers_and_floats_compare_without_rounding() {
        let odd = int("9007199254740993");
        assert_eq!(odd.compare_float(9007199254740992.0), Some(Ordering::Greater));
        assert_eq!(PythonInt::Small(1).compare_float(1.5), Some(Ordering::Less));
        assert_eq!(PythonInt::Small(-1).compare_float(-1.5), Some(Ordering::Greater));
        assert_eq!(PythonInt::Small(1).compare_float(f64::NAN), None);
    }

    #[test]
    fn text_becomes_a_number_as_in_python() {
        assert_eq!(int_from_text(" +1_000 "), Some(PythonInt::Small(1000)));
        assert_eq!(int_from_text("1__0"), None);
        assert_eq!(float_from_text("1_0.5"), Some(10.5));
        assert_eq!(float_from_text("-Infinity"), Some(f64::NEG_INFINITY));
        assert_eq!(float_from_text("1e"), None);
        assert_eq!(float_from_text("0x1"), None);
    }
}
