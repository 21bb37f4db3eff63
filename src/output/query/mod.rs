//! `--query`: JMESPath as Python's `jmespath` 1.1.0 evaluates it with `OrderedDict` for hashes.
//!
//! Lists and objects are shared, never copied, wherever Python hands on the same one: YAML shows it.

mod compare;
mod functions;
mod lexer;
mod parser;

use std::cell::Cell;
use std::cmp::Ordering;

use super::value::{JsonObject, Value};
use functions::CallArgument;
use lexer::Comparator;
use parser::Node;

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Query(Node);

impl Query {
    /// Compiles an expression; unknown functions are only found when they are called, as in Python.
    pub(super) fn parse(expression: &str) -> Result<Query, String> {
        parser::parse_expression(expression).map(Query)
    }

    /// Applies the expression to a value.
    pub(super) fn search(&self, value: &Value) -> Evaluated {
        Evaluator { depth: Cell::new(0) }.visit(&self.0, value)
    }
}

/// A result, or why there is none.
type Evaluated = Result<Value, String>;

struct Evaluator {
    depth: Cell<usize>,
}

impl Evaluator {
    fn visit(&self, node: &Node, value: &Value) -> Evaluated {
        let depth = self.depth.get();
        if depth > DEEPEST {
            return Err("the expression nests too deeply".to_owned());
        }
        self.depth.set(depth + 1);
        let result = self.visit_node(node, value);
        self.depth.set(depth);
        result
    }

    fn visit_node(&self, node: &Node, value: &Value) -> Evaluated {
        match node {
            Node::Current => Ok(value.clone()),
            Node::Field(name) => Ok(match value {
                Value::Object(object) => object.get(name).cloned().unwrap_or(Value::Null),
                _ => Value::Null,
            }),
            Node::Literal(literal) => Ok(literal.clone()),
            Node::Index(index) => Ok(item_at(value, *index)),
            Node::Slice(parts) => slice_list(value, *parts),
            Node::Chain(_, nodes) => {
                nodes.iter().try_fold(value.clone(), |value, node| self.visit(node, &value))
            }
            Node::Or(sides) => {
                let left = self.visit(&sides[0], value)?;
                if is_true(&left) { Ok(left) } else { self.visit(&sides[1], value) }
            }
            Node::And(sides) => {
                let left = self.visit(&sides[0], value)?;
                if is_true(&left) { self.visit(&sides[1], value) } else { Ok(left) }
            }
            Node::Not(node) => Ok(Value::Bool(!is_true(&self.visit(node, value)?))),
            Node::Compare(how, sides) => {
                compare_values(*how, &self.visit(&sides[0], value)?, &self.visit(&sides[1], value)?)
            }
            Node::Flatten(node) => Ok(flatten_lists(&self.visit(node, value)?)),
            Node::Projection(_) | Node::ValueProjection(_) | Node::Filter(_) => {
                self.projection(node, value)
            }
            Node::MultiList(_) | Node::MultiHash(_) if value.is_null() => Ok(Value::Null),
            Node::MultiList(nodes) => {
                let items = nodes.iter().map(|node| self.visit(node, value));
                Ok(Value::list(items.collect::<Result<_, _>>()?))
            }
            Node::MultiHash(members) => {
                let mut object = JsonObject::ordered();
                for (name, node) in members {
                    object.insert(name.clone(), self.visit(node, value)?);
                }
                Ok(Value::object(object))
            }
            Node::Function(name, arguments) => self.function(name, arguments, value),
            Node::Expression(_) => Err("`&` is valid only before a function's argument".to_owned()),
        }
    }

    fn function(&self, name: &str, arguments: &[Node], value: &Value) -> Evaluated {
        let mut resolved = Vec::with_capacity(arguments.len());
        for argument in arguments {
            resolved.push(match argument {
                Node::Expression(node) => CallArgument::Expression(node),
                node => CallArgument::Value(self.visit(node, value)?),
            });
        }
        functions::call_function(self, name, &resolved)
    }

    fn projection(&self, node: &Node, value: &Value) -> Evaluated {
        match node {
            Node::Projection(parts) => match self.visit(&parts[0], value)? {
                Value::List(items) => self.project(items.iter(), &parts[1], None),
                _ => Ok(Value::Null),
            },
            Node::ValueProjection(parts) => match self.visit(&parts[0], value)? {
                Value::Object(object) => {
                    self.project(object.members().iter().map(|(_, v)| v), &parts[1], None)
                }
                _ => Ok(Value::Null),
            },
            Node::Filter(parts) => match self.visit(&parts[0], value)? {
                Value::List(items) => self.project(items.iter(), &parts[1], Some(&parts[2])),
                _ => Ok(Value::Null),
            },
            _ => self.visit(node, value),
        }
    }

    fn project<'a>(
        &self,
        items: impl Iterator<Item = &'a Value>,
        each: &Node,
        condition: Option<&Node>,
    ) -> Evaluated {
        let mut collected = Vec::new();
        for item in items {
            if let Some(condition) = condition
                && !is_true(&self.visit(condition, item)?)
            {
                continue;
            }
            let taken = self.visit(each, item)?;
            if !taken.is_null() {
                collected.push(taken);
            }
        }
        Ok(Value::list(collected))
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Text(text) => !text.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Object(object) => !object.members().is_empty(),
        _ => true,
    }
}

fn item_at(value: &Value, index: i64) -> Value {
    let Value::List(items) = value else {
        return Value::Null;
    };
    let from_start = if index < 0 { index + items.len() as i64 } else { index };
    let item = usize::try_from(from_start).ok().and_then(|place| items.get(place));
    item.cloned().unwrap_or(Value::Null)
}

/// Python's `list[start:stop:step]`.
fn slice_list(value: &Value, [start, stop, step]: [Option<i64>; 3]) -> Evaluated {
    let Value::List(items) = value else {
        return Ok(Value::Null);
    };
    let (length, step) = (items.len() as i64, step.unwrap_or(1));
    if step == 0 {
        return Err("the step of a slice cannot be 0".to_owned());
    }
    let (lowest, highest) = if step < 0 { (-1, length - 1) } else { (0, length) };
    let place = |bound: i64| {
        let from_start = if bound < 0 { bound + length } else { bound };
        from_start.clamp(lowest, highest)
    };
    let (first, last) = if step < 0 { (highest, lowest) } else { (lowest, highest) };
    let (mut at, stop) = (start.map_or(first, place), stop.map_or(last, place));
    let mut taken = Vec::new();
    while if step < 0 { at > stop } else { at < stop } {
        taken.push(items[at as usize].clone());
        at = at.saturating_add(step);
    }
    Ok(Value::list(taken))
}

fn flatten_lists(value: &Value) -> Value {
    let Value::List(items) = value else {
        return Value::Null;
    };
    let mut merged = Vec::with_capacity(items.len());
    for item in items.iter() {
        match item {
            Value::List(inner) => merged.extend(inner.iter().cloned()),
            item => merged.push(item.clone()),
        }
    }
    Value::list(merged)
}

fn compare_values(how: Comparator, left: &Value, right: &Value) -> Evaluated {
    let comparable = |v: &Value| matches!(v, Value::Int(_) | Value::Float(_) | Value::Text(_));
    match how {
        Comparator::Equal => return Ok(Value::Bool(compare::are_equal(left, right))),
        Comparator::NotEqual => return Ok(Value::Bool(!compare::are_equal(left, right))),
        _ if !comparable(left) || !comparable(right) => return Ok(Value::Null),
        _ => {}
    }
    let order = compare::partial_order(left, right)?;
    Ok(Value::Bool(match how {
        Comparator::Less => order == Some(Ordering::Less),
        Comparator::LessOrEqual => order.is_some_and(Ordering::is_le),
        Comparator::Greater => order == Some(Ordering::Greater),
        _ => order.is_some_and(Ordering::is_ge),
    }))
}

/// Python's own recursion ends at about 480 nodes.
const DEEPEST: usize = 480;
