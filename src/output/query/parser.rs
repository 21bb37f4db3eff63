//! Turns tokens into a tree, exactly as Python's `jmespath/parser.py` (1.1.0).
//!
//! Not the `jmespath` crate's parser: that one reads `foo.*.a.b`, `l[0][0:2].b`, `{a:b c:d}`,
//! `` `text` `` and `l[-0]` otherwise than `az` does.

use std::rc::Rc;

use super::super::value::Value;
use super::lexer::{Comparator, QueryToken, split_tokens};

/// A node of the tree, named as in `jmespath/ast.py`.
#[derive(Debug)]
pub(super) enum Node {
    Current,
    Field(Rc<str>),
    Literal(Value),
    Index(i64),
    Slice([Option<i64>; 3]),
    /// Each child is applied to the result of the one before: `a.b`, `a[0]`, `a | b`.
    Chain(Link, Vec<Node>),
    Or(Box<[Node; 2]>),
    And(Box<[Node; 2]>),
    Not(Box<Node>),
    Compare(Comparator, Box<[Node; 2]>),
    Flatten(Box<Node>),
    /// A list and what to take from each item.
    Projection(Box<[Node; 2]>),
    /// An object and what to take from each value.
    ValueProjection(Box<[Node; 2]>),
    /// A list, what to take from each item, and which items.
    Filter(Box<[Node; 3]>),
    MultiList(Vec<Node>),
    MultiHash(Vec<(Rc<str>, Node)>),
    Function(Rc<str>, Vec<Node>),
    Expression(Box<Node>),
}

/// What joined the children of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Dot,
    Index,
    Pipe,
}

/// Parses an expression; the error says what is wrong and at which column.
pub(super) fn parse_expression(expression: &str) -> Result<Node, String> {
    let mut parser = Parser { tokens: split_tokens(expression)?, at: 0, depth: 0, steps: 0 };
    let node = parser.expression(0)?;
    match parser.current() {
        QueryToken::End => Ok(node),
        _ => Err(parser.unexpected(parser.at)),
    }
}

struct Parser {
    tokens: Vec<(usize, QueryToken)>,
    at: usize,
    depth: usize,
    steps: usize,
}

type Parsed = Result<Node, String>;

impl Parser {
    fn expression(&mut self, power: u8) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the expression nests too deeply".to_owned());
        }
        let mut left = self.prefix()?;
        while power < binding_power(self.current()) {
            self.steps += 1;
            if self.steps > LONGEST {
                return Err("the expression is too long".to_owned());
            }
            left = self.infix(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn prefix(&mut self) -> Parsed {
        let place = self.at;
        match self.advance() {
            QueryToken::Literal(value) => Ok(Node::Literal(value)),
            QueryToken::Unquoted(name) => Ok(Node::Field(name)),
            QueryToken::Quoted(_) if matches!(self.current(), QueryToken::LeftParenthesis) => {
                Err(format!("a function name cannot be quoted, at {}", self.column(place)))
            }
            QueryToken::Quoted(name) => Ok(Node::Field(name)),
            QueryToken::Star => {
                let item = self.projected(STAR)?;
                Ok(Node::ValueProjection(Box::new([Node::Current, item])))
            }
            QueryToken::Filter => self.filter(Node::Current),
            QueryToken::LeftBrace => self.multi_hash(),
            QueryToken::LeftParenthesis => {
                let node = self.expression(0)?;
                self.expect(&QueryToken::RightParenthesis)?;
                Ok(node)
            }
            QueryToken::Flatten => self.flatten(Node::Current),
            QueryToken::Not => Ok(Node::Not(Box::new(self.expression(NOT)?))),
            QueryToken::LeftBracket => self.prefix_bracket(),
            QueryToken::Current => Ok(Node::Current),
            QueryToken::Expression => Ok(Node::Expression(Box::new(self.expression(0)?))),
            _ => Err(self.unexpected(place)),
        }
    }

    fn prefix_bracket(&mut self) -> Parsed {
        match (self.current(), self.peek(1)) {
            (QueryToken::Number(_) | QueryToken::Colon, _) => {
                let index = self.index()?;
                self.project_if_slice(Node::Current, index)
            }
            (QueryToken::Star, QueryToken::RightBracket) => {
                self.at += 2;
                let item = self.projected(STAR)?;
                Ok(Node::Projection(Box::new([Node::Current, item])))
            }
            _ => self.multi_list(),
        }
    }

    fn infix(&mut self, left: Node) -> Parsed {
        let place = self.at;
        match self.advance() {
            QueryToken::Dot => self.dot(left),
            QueryToken::Pipe => {
                let right = self.expression(PIPE)?;
                Ok(Node::Chain(Link::Pipe, vec![left, right]))
            }
            QueryToken::Or => Ok(Node::Or(Box::new([left, self.expression(OR)?]))),
            QueryToken::And => Ok(Node::And(Box::new([left, self.expression(AND)?]))),
            QueryToken::Compare(how) => {
                let right = self.expression(COMPARE)?;
                Ok(Node::Compare(how, Box::new([left, right])))
            }
            QueryToken::LeftParenthesis => self.function(left, place),
            QueryToken::Filter => self.filter(left),
            QueryToken::Flatten => self.flatten(left),
            QueryToken::LeftBracket => self.bracket(left),
            _ => Err(self.unexpected(place)),
        }
    }

    fn dot(&mut self, left: Node) -> Parsed {
        if matches!(self.current(), QueryToken::Star) {
            self.at += 1;
            let item = self.projected(DOT)?;
            return Ok(Node::ValueProjection(Box::new([left, item])));
        }
        let right = self.after_dot(DOT)?;
        Ok(chain_nodes(Link::Dot, left, right))
    }

    fn bracket(&mut self, left: Node) -> Parsed {
        if !matches!(self.current(), QueryToken::Number(_) | QueryToken::Colon) {
            self.expect(&QueryToken::Star)?;
            self.expect(&QueryToken::RightBracket)?;
            let item = self.projected(STAR)?;
            return Ok(Node::Projection(Box::new([left, item])));
        }
        let index = self.index()?;
        // A slice after an index projects nothing: so it is in the original.
        match left {
            Node::Chain(Link::Index, _) => Ok(chain_nodes(Link::Index, left, index)),
            _ => self.project_if_slice(left, index),
        }
    }

    fn project_if_slice(&mut self, left: Node, index: Node) -> Parsed {
        let slice = matches!(index, Node::Slice(_));
        let node = Node::Chain(Link::Index, vec![left, index]);
        if !slice {
            return Ok(node);
        }
        let item = self.projected(STAR)?;
        Ok(Node::Projection(Box::new([node, item])))
    }

    /// The inside of `[0]` or `[0:1:2]` and the bracket after it.
    fn index(&mut self) -> Parsed {
        if let (QueryToken::Number(index), false) =
            (self.current(), matches!(self.peek(1), QueryToken::Colon))
        {
            let index = *index;
            self.at += 1;
            self.expect(&QueryToken::RightBracket)?;
            return Ok(Node::Index(index));
        }
        let mut parts = [None; 3];
        let mut part = 0;
        while !matches!(self.current(), QueryToken::RightBracket) {
            let place = self.at;
            match self.advance() {
                QueryToken::Colon if part < 2 => part += 1,
                QueryToken::Number(number) => parts[part] = Some(number),
                _ => return Err(self.unexpected(place)),
            }
        }
        self.at += 1;
        Ok(Node::Slice(parts))
    }

    fn filter(&mut self, left: Node) -> Parsed {
        let condition = self.expression(0)?;
        self.expect(&QueryToken::RightBracket)?;
        let item = self.projected(FILTER)?;
        Ok(Node::Filter(Box::new([left, item, condition])))
    }

    fn flatten(&mut self, left: Node) -> Parsed {
        let item = self.projected(FLATTEN)?;
        Ok(Node::Projection(Box::new([Node::Flatten(Box::new(left)), item])))
    }

    /// A comma between arguments may be missing, and one may follow the last: so in the original.
    fn function(&mut self, left: Node, place: usize) -> Parsed {
        let Node::Field(name) = left else {
            return Err(format!("a function name is missing before {}", self.column(place)));
        };
        let mut arguments = Vec::new();
        while !matches!(self.current(), QueryToken::RightParenthesis) {
            arguments.push(self.expression(0)?);
            if matches!(self.current(), QueryToken::Comma) {
                self.at += 1;
            }
        }
        self.at += 1;
        Ok(Node::Function(name, arguments))
    }

    fn multi_list(&mut self) -> Parsed {
        let mut items = vec![self.expression(0)?];
        while !matches!(self.current(), QueryToken::RightBracket) {
            self.expect(&QueryToken::Comma)?;
            items.push(self.expression(0)?);
        }
        self.at += 1;
        Ok(Node::MultiList(items))
    }

    fn multi_hash(&mut self) -> Parsed {
        let mut members = Vec::new();
        loop {
            let place = self.at;
            let (QueryToken::Unquoted(name) | QueryToken::Quoted(name)) = self.advance() else {
                return Err(self.unexpected(place));
            };
            self.expect(&QueryToken::Colon)?;
            members.push((name, self.expression(0)?));
            match self.current() {
                QueryToken::Comma => self.at += 1,
                QueryToken::RightBrace => {
                    self.at += 1;
                    return Ok(Node::MultiHash(members));
                }
                _ => {}
            }
        }
    }

    /// What a projection takes from each item.
    fn projected(&mut self, power: u8) -> Parsed {
        match self.current() {
            token if binding_power(token) < PROJECTION_STOP => Ok(Node::Current),
            QueryToken::LeftBracket | QueryToken::Filter => self.expression(power),
            QueryToken::Dot => {
                self.at += 1;
                self.after_dot(power)
            }
            _ => Err(self.unexpected(self.at)),
        }
    }

    fn after_dot(&mut self, power: u8) -> Parsed {
        match self.current() {
            QueryToken::Quoted(_) | QueryToken::Unquoted(_) | QueryToken::Star => {
                self.expression(power)
            }
            QueryToken::LeftBracket => {
                self.at += 1;
                self.multi_list()
            }
            QueryToken::LeftBrace => {
                self.at += 1;
                self.multi_hash()
            }
            _ => Err(self.unexpected(self.at)),
        }
    }

    fn expect(&mut self, token: &QueryToken) -> Result<(), String> {
        if std::mem::discriminant(self.current()) != std::mem::discriminant(token) {
            return Err(self.unexpected(self.at));
        }
        self.at += 1;
        Ok(())
    }

    fn advance(&mut self) -> QueryToken {
        let token = self.current().clone();
        self.at += 1;
        token
    }

    fn current(&self) -> &QueryToken {
        self.peek(0)
    }

    fn peek(&self, ahead: usize) -> &QueryToken {
        self.tokens.get(self.at + ahead).map_or(&QueryToken::End, |(_, token)| token)
    }

    fn unexpected(&self, place: usize) -> String {
        match self.tokens.get(place) {
            None | Some((_, QueryToken::End)) => "the expression is incomplete".to_owned(),
            Some(_) => format!("unexpected token at {}", self.column(place)),
        }
    }

    fn column(&self, place: usize) -> String {
        let position = self.tokens.get(place).map_or(0, |(position, _)| *position);
        format!("column {}", position + 1)
    }
}

fn chain_nodes(link: Link, left: Node, right: Node) -> Node {
    match left {
        Node::Chain(of, mut nodes) if of == link => {
            nodes.push(right);
            Node::Chain(of, nodes)
        }
        left => Node::Chain(link, vec![left, right]),
    }
}

fn binding_power(token: &QueryToken) -> u8 {
    match token {
        QueryToken::Pipe => PIPE,
        QueryToken::Or => OR,
        QueryToken::And => AND,
        QueryToken::Compare(_) => COMPARE,
        QueryToken::Flatten => FLATTEN,
        QueryToken::Star => STAR,
        QueryToken::Filter => FILTER,
        QueryToken::Dot => DOT,
        QueryToken::Not => NOT,
        QueryToken::LeftBrace => 50,
        QueryToken::LeftBracket => 55,
        QueryToken::LeftParenthesis => 60,
        _ => 0,
    }
}

const PIPE: u8 = 1;
const OR: u8 = 2;
const AND: u8 = 3;
const COMPARE: u8 = 5;
const FLATTEN: u8 = 9;
/// Tokens that bind less end a projection.
const PROJECTION_STOP: u8 = 10;
const STAR: u8 = 20;
const FILTER: u8 = 21;
const DOT: u8 = 40;
const NOT: u8 = 45;

/// Deeper expressions would exhaust the stack; Python stops at about 330.
const DEEPEST: usize = 200;
/// More operators than this would make a tree too deep to walk.
const LONGEST: usize = 10_000;
