//! Equality and order as Python's operators and `jmespath` define them.

use std::cmp::Ordering;

use super::super::number::PythonInt;
use super::super::value::{JsonObject, Value};

/// Python's `==`: `1 == 1.0 == True`, at any depth.
fn python_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same_item(a, b))
        }
        (Value::Object(a), Value::Object(b)) => objects_equal(a, b),
        _ => as_number(a)
            .zip(as_number(b))
            .is_some_and(|(a, b)| order_of(&a, &b) == Some(Ordering::Equal)),
    }
}

/// Two `OrderedDict`s are equal only in the same order.
fn objects_equal(a: &JsonObject, b: &JsonObject) -> bool {
    let (left, right) = (a.members(), b.members());
    if left.len() != right.len() {
        return false;
    }
    if a.is_ordered() && b.is_ordered() && !left.iter().zip(right).all(|(a, b)| a.0 == b.0) {
        return false;
    }
    left.iter().all(|(name, value)| b.get(name).is_some_and(|other| same_item(value, other)))
}

/// How Python compares the items of two lists, and finds one in a list: the same object counts as
/// equal, and every NaN of one document is the same object.
pub(super) fn same_item(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) if a.is_nan() && b.is_nan() => true,
        _ => python_equal(a, b),
    }
}

/// JMESPath's `==`: 0 and 1 are not booleans, unless deeper inside.
pub(super) fn are_equal(a: &Value, b: &Value) -> bool {
    if is_zero_or_one(a) {
        return !matches!(b, Value::Bool(_)) && python_equal(a, b);
    }
    if is_zero_or_one(b) {
        return !matches!(a, Value::Bool(_)) && python_equal(a, b);
    }
    python_equal(a, b)
}

/// Python's `<` for two numbers or two texts: `Err` for a mix, `Ok(None)` if one is NaN.
pub(super) fn partial_order(a: &Value, b: &Value) -> Result<Option<Ordering>, String> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Ok(Some(a.cmp(b))),
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => Ok(order_of(a, b)),
        _ => Err("a number and a text cannot be compared".to_owned()),
    }
}

fn order_of(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Float(b)) => a.compare_float(*b),
        (Value::Float(a), Value::Int(b)) => b.compare_float(*a).map(Ordering::reverse),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        _ => None,
    }
}

/// A boolean counts as 0 or 1, as in Python.
fn as_number(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(flag) => Some(Value::Int(PythonInt::Small(i64::from(*flag)))),
        Value::Int(_) | Value::Float(_) => Some(value.clone()),
        _ => None,
    }
}

fn is_zero_or_one(value: &Value) -> bool {
    match value {
        Value::Int(int) => matches!(int, PythonInt::Small(0 | 1)),
        Value::Float(float) => *float == 0.0 || *float == 1.0,
        _ => false,
    }
}
