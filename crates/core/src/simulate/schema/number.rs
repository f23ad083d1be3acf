//! Numbers within limits.

use super::named;
use crate::dice::Dice;
use serde_json::{Map, Number, Value};

/// How far from the only limit a number is, at most.
const SPAN: f64 = 100.0;
/// Digits after the point of a plausible number.
const DECIMALS: usize = 2;

/// A whole number, or one with a fraction.
pub(super) fn number(keywords: &Map<String, Value>, name: &str, whole: bool, dice: &mut Dice) -> Value {
    let (least, most) = limits(keywords, name, whole);
    match keywords.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0) {
        Some(step) => multiple(step, least, most, whole, dice),
        None if whole => integer(dice.between(least.ceil() as i128, most.floor() as i128)),
        None => fraction(least, most, keywords, dice),
    }
}

fn integer(number: i128) -> Value {
    i64::try_from(number)
        .map(Value::from)
        .or_else(|_| u64::try_from(number).map(Value::from))
        .unwrap_or_else(|_| Number::from_f64(number as f64).map_or(Value::Null, Value::Number))
}

/// Between what and what: as the schema says, and where it does not, as the name suggests.
fn limits(keywords: &Map<String, Value>, name: &str, whole: bool) -> (f64, f64) {
    let bound = |keyword: &str| keywords.get(keyword).and_then(Value::as_f64);
    let strict = |keyword: &str| keywords.get(keyword) == Some(&Value::Bool(true));
    // A number that is not to be reached is missed by one, or where numbers have fractions, by next to nothing.
    let past = |limit: f64, up: bool| match (whole, up) {
        (true, true) => limit.floor() + 1.0,
        (true, false) => limit.ceil() - 1.0,
        (false, true) => limit.next_up(),
        (false, false) => limit.next_down(),
    };
    let at_least =
        bound("minimum").map(|least| if strict("exclusiveMinimum") { past(least, true) } else { least });
    let at_most =
        bound("maximum").map(|most| if strict("exclusiveMaximum") { past(most, false) } else { most });
    let above = bound("exclusiveMinimum").map(|least| past(least, true));
    let below = bound("exclusiveMaximum").map(|most| past(most, false));
    let least = above.into_iter().chain(at_least).reduce(f64::max);
    let most = below.into_iter().chain(at_most).reduce(f64::min);
    let (usual_least, usual_most) = named::range(name);
    let fits = |usual: f64| least.is_none_or(|least| usual >= least) && most.is_none_or(|most| usual <= most);
    match (least, most) {
        _ if fits(usual_least) && fits(usual_most) => (usual_least, usual_most),
        (Some(least), Some(most)) => (least, most),
        (Some(least), None) => (least, least + SPAN),
        (None, Some(most)) => (most - SPAN, most),
        (None, None) => (usual_least, usual_most),
    }
}

fn fraction(least: f64, most: f64, keywords: &Map<String, Value>, dice: &mut Dice) -> Value {
    let exact = least + (most - least) * dice.unit();
    let number = [DECIMALS, 6, 12]
        .into_iter()
        .map(|digits| rounded(exact, digits))
        .find(|number| *number >= least && *number <= most && super::check::in_range(keywords, *number));
    Number::from_f64(number.unwrap_or(exact.clamp(least, most.max(least)))).map_or(Value::Null, Value::Number)
}

/// The number that is written with so many digits after its point.
fn rounded(number: f64, digits: usize) -> f64 {
    format!("{number:.digits$}").parse().unwrap_or(number)
}

fn multiple(step: f64, least: f64, most: f64, whole: bool, dice: &mut Dice) -> Value {
    let digits = decimals(step);
    let scale = 10f64.powi(i32::try_from(digits).unwrap_or_default());
    // 0.25 is 25 hundredths: of those, whole numbers are the multiples of 25 that are multiples of 100 too.
    let steps = (step * scale).round();
    let (step, digits) = if whole { (steps / divisor(steps, scale), 0) } else { (step, digits) };
    let (first, last) = ((least / step).ceil() as i128, (most / step).floor() as i128);
    let number = dice.between(first, last) as f64 * step;
    if digits == 0 {
        return integer(number.round() as i128);
    }
    Number::from_f64(rounded(number, digits)).map_or(Value::Null, Value::Number)
}

fn divisor(one: f64, other: f64) -> f64 {
    let (mut one, mut rest) = (one, other);
    while rest >= 1.0 {
        (one, rest) = (rest, one % rest);
    }
    one.max(1.0)
}

/// Digits after the point.
fn decimals(number: f64) -> usize {
    number.to_string().split_once('.').map_or(0, |(_, digits)| digits.len())
}

/// Whether a number is a multiple of another, as they are written.
pub(super) fn is_multiple(number: f64, step: f64) -> bool {
    let times = number / step;
    step == 0.0 || (times - times.round()).abs() < 1e-9 * times.abs().max(1.0)
}
