//! What a resource depends on, and the order that follows from it.

use super::declared::{Declared, relative};
use super::error::TemplateError;
use super::evaluate::{Frame, Place};
use super::scope::Scope;
use serde_json::Value;

/// Refuses a template that declares one resource twice.
pub(crate) fn refuse_duplicates(declared: &[Declared<'_>]) -> Result<(), TemplateError> {
    for (index, resource) in declared.iter().enumerate() {
        if declared[..index].iter().any(|earlier| earlier.id.eq_ignore_ascii_case(&resource.id)) {
            return Err(TemplateError::validation(&format!(
                "The resource '{}' at {} is defined multiple times in a template. Please see https://aka.ms/arm-template/#resources for usage details.",
                resource.relative_id(),
                resource.place
            )));
        }
    }
    Ok(())
}

/// The positions of the resources each resource depends on.
pub(crate) fn resolve(
    scope: &Scope,
    declared: &[Declared<'_>],
) -> Result<Vec<Vec<usize>>, TemplateError> {
    (0..declared.len()).map(|index| of_one(scope, declared, index)).collect()
}

fn of_one(
    scope: &Scope,
    declared: &[Declared<'_>],
    index: usize,
) -> Result<Vec<usize>, TemplateError> {
    let resource = &declared[index];
    let mut found = earlier_batch(declared, index);
    let frame = Frame::new(scope, Place::Resource).with_copies(&resource.copies);
    let raw = resource.raw.get("dependsOn").unwrap_or(&Value::Null);
    let entries = match frame.value(raw).map_err(|detail| resource.invalid(&detail))? {
        Value::Null => Vec::new(),
        Value::Array(entries) => entries,
        _ => return Err(resource.invalid("The 'dependsOn' must be an array of strings")),
    };
    for entry in entries {
        let Value::String(wanted) = entry else {
            return Err(resource.invalid("The 'dependsOn' must be an array of strings"));
        };
        let matches = matching(declared, resource, wanted.trim_end_matches('/'));
        if matches.is_empty() {
            return Err(TemplateError::validation(&format!(
                "The resource '{}' is not defined in the template. Please see https://aka.ms/arm-template for usage details.",
                relative(&wanted, &resource.target.scope_id())
            )));
        }
        if matches.contains(&index) {
            return Err(TemplateError::validation(&format!(
                "The template resource '{}' cannot reference itself. Please see https://aka.ms/arm-template-expressions/#reference for usage details.",
                resource.relative_id()
            )));
        }
        found.extend(matches);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// A resource of a serial loop waits for the batch before its own.
fn earlier_batch(declared: &[Declared<'_>], index: usize) -> Vec<usize> {
    let resource = &declared[index];
    let Some((_, Some(batch))) = &resource.looped else {
        return Vec::new();
    };
    let in_earlier_batch = |other: &Declared<'_>| {
        std::ptr::eq(other.raw, resource.raw)
            && matches!(&other.looped, Some((_, Some(other))) if other + 1 == *batch)
    };
    (0..declared.len()).filter(|other| in_earlier_batch(&declared[*other])).collect()
}

/// The resources a `dependsOn` entry means: a full id, a symbol, a name, a loop or a relative id.
fn matching(declared: &[Declared<'_>], resource: &Declared<'_>, wanted: &str) -> Vec<usize> {
    let positions = |test: &dyn Fn(&Declared<'_>) -> bool| -> Vec<usize> {
        (0..declared.len()).filter(|index| test(&declared[*index])).collect()
    };
    if wanted.starts_with('/') {
        return positions(&|other| other.id.eq_ignore_ascii_case(wanted));
    }
    let by_symbol = positions(&|other| other.symbol.as_deref() == Some(wanted));
    if !by_symbol.is_empty() {
        return by_symbol;
    }
    let named = positions(&|other| {
        let is_loop = matches!(&other.looped, Some((name, _)) if name.eq_ignore_ascii_case(wanted));
        is_loop || other.name.eq_ignore_ascii_case(wanted)
    });
    if !named.is_empty() {
        return named;
    }
    let here = resource.target.scope_id();
    positions(&|other| {
        other.relative_id().eq_ignore_ascii_case(wanted)
            || relative(&other.id, &here).eq_ignore_ascii_case(wanted)
    })
}

/// The positions in an order in which every resource comes after those it depends on.
pub(crate) fn order(
    declared: &[Declared<'_>],
    needs: &[Vec<usize>],
) -> Result<Vec<usize>, TemplateError> {
    let mut placed = vec![false; declared.len()];
    let mut order = Vec::with_capacity(declared.len());
    while order.len() < declared.len() {
        let next = (0..declared.len())
            .find(|index| !placed[*index] && needs[*index].iter().all(|need| placed[*need]));
        let Some(next) = next else {
            return Err(circular(declared, needs, &placed));
        };
        placed[next] = true;
        order.push(next);
    }
    Ok(order)
}

fn circular(declared: &[Declared<'_>], needs: &[Vec<usize>], placed: &[bool]) -> TemplateError {
    // Whatever is left waits for something that is left too, so walking far enough ends in the circle.
    let unplaced = |index: &usize| !placed[*index];
    let mut at = (0..declared.len()).find(unplaced).unwrap_or(0);
    for _ in 0..declared.len() {
        at = needs[at].iter().copied().find(|need| unplaced(need)).unwrap_or(at);
    }
    TemplateError::validation(&format!(
        "Circular dependency detected on resource: '{}'. Please see https://aka.ms/arm-template/#resources for usage details.",
        declared[at].id
    ))
}
