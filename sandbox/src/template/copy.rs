//! Loops: of resources, of properties, of variables and of outputs.

use super::evaluate::Frame;
use serde_json::{Map, Value};

/// The most iterations Resource Manager runs one loop for.
const MOST_ITERATIONS: i64 = 800;

/// One loop an expression stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CopyFrame {
    /// The name of the loop.
    pub(crate) name: String,
    /// The iteration, from zero.
    pub(crate) index: i64,
    /// Whether resources are repeated; only these answer `copyIndex()` without a name.
    pub(crate) of_resources: bool,
}

/// The iteration of the named loop, or of the innermost loop of resources.
pub(crate) fn index(frames: &[CopyFrame], name: Option<&str>) -> Result<i64, String> {
    let mut innermost_first = frames.iter().rev();
    let found = match name {
        Some(name) => innermost_first.find(|frame| frame.name.eq_ignore_ascii_case(name)),
        None => innermost_first.find(|frame| frame.of_resources),
    };
    found.map(|frame| frame.index).ok_or_else(|| {
        match name {
            Some(name) => format!("The template function 'copyIndex' has an invalid argument. The provided copy name '{name}' doesn't exist in the resource"),
            None => "The template function 'copyIndex' is not expected at this location. The function can only be used in a resource with copy specified".to_owned(),
        }
    })
}

/// Whether a member called `copy` is a loop of properties and not a property of that name.
pub(crate) fn is_property_loop(raw: &Value) -> bool {
    raw.as_array().is_some_and(|loops| {
        !loops.is_empty()
            && loops.iter().all(|entry| {
                entry.get("name").is_some()
                    && entry.get("count").is_some()
                    && entry.get("input").is_some()
            })
    })
}

/// Adds what the loops of properties in `raw` give to the object around them.
pub(crate) fn expand_properties(
    frame: Frame<'_>,
    raw: &Value,
    object: &mut Map<String, Value>,
) -> Result<(), String> {
    for entry in raw.as_array().into_iter().flatten() {
        let name = frame.string(&entry["name"])?;
        let items = (0..count(frame, &entry["count"])?)
            .map(|index| {
                let copies = inside(frame.copies, &name, index, false);
                frame.with_copies(&copies).value(&entry["input"])
            })
            .collect::<Result<Vec<_>, _>>()?;
        object.insert(name, Value::Array(items));
    }
    Ok(())
}

/// The loops around `frames` with one more inside.
pub(crate) fn inside(
    frames: &[CopyFrame],
    name: &str,
    index: i64,
    of_resources: bool,
) -> Vec<CopyFrame> {
    let mut copies = frames.to_vec();
    copies.push(CopyFrame { name: name.to_owned(), index, of_resources });
    copies
}

/// Evaluates the `count` of a loop.
pub(crate) fn count(frame: Frame<'_>, raw: &Value) -> Result<i64, String> {
    let value = frame.value(raw)?;
    let count =
        value.as_i64().ok_or_else(|| "The 'count' of 'copy' must be an integer".to_owned())?;
    match count {
        ..0 => Err(format!("The copy count '{count}' must not be negative")),
        0..=MOST_ITERATIONS => Ok(count),
        _ => Err(format!(
            "The copy count '{count}' exceeds the maximum allowed count '{MOST_ITERATIONS}'"
        )),
    }
}
