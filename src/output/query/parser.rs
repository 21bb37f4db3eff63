//! Turns tokens into a tree, exactly as Python's `jmespath/parser.py` (1.1.0).
//!
//! Not the `jmespath` crate's parser: that one reads `foo.*.a.b`, `l[0][0:2].b`, `{a:b c:d}`,
//! `` `text` `` and `l[-0]` otherwise than `az` does.

use std::rc::Rc;

use super::super::value::Value;
use super::lexer::{Comparator, Token, tokens};

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
pub(super) fn parse(expression: &str) -> Result<Node, String> {
    let mut parser = Parser { tokens: tokens(expression)?, at: 0, depth: 0, steps: 0 };
    let node = parser.expression(0)?;
    match parser.current() {
        Token::End => Ok(node),
        _ => Err(parser.unexpected(parser.at)),
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
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
            Token::Literal(value) => Ok(Node::Literal(value)),
            Token::Unquoted(name) => Ok(Node::Field(name)),
            Token::Quoted(_) if matches!(self.current(), Token::LeftParenthesis) => {
                Err(format!("a function name cannot be quoted, at {}", self.column(place)))
            }
            Token::Quoted(name) => Ok(Node::Field(name)),
            Token::Star => {
                let item = match self.current() {
                    Token::RightBracket => Node::Current,
                    _ => self.projected(STAR)?,
                };
                Ok(Node::ValueProjection(Box::new([Node::Current, item])))
            }
            Token::Filter => self.filter(Node::Current),
            Token::LeftBrace => self.multi_hash(),
            Token::LeftParenthesis => {
                let node = self.expression(0)?;
                self.expect(&Token::RightParenthesis)?;
                Ok(node)
            }
            Token::Flatten => self.flatten(Node::Current),
            Token::Not => Ok(Node::Not(Box::new(self.expression(NOT)?))),
            Token::LeftBracket => self.prefix_bracket(),
            Token::Current => Ok(Node::Current),
            Token::Expression => Ok(Node::Expression(Box::new(self.expression(0)?))),
            _ => Err(self.unexpected(place)),
        }
    }

    fn prefix_bracket(&mut self) -> Parsed {
        match (self.current(), self.peek(1)) {
            (Token::Number(_) | Token::Colon, _) => {
                let index = self.index()?;
                self.project_if_slice(Node::Current, index)
            }
            (Token::Star, Token::RightBracket) => {
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
            Token::Dot => self.dot(left),
            Token::Pipe => {
                let right = self.expression(PIPE)?;
                Ok(Node::Chain(Link::Pipe, vec![left, right]))
            }
            Token::Or => Ok(Node::Or(Box::new([left, self.expression(OR)?]))),
            Token::And => Ok(Node::And(Box::new([left, self.expression(AND)?]))),
            Token::Compare(how) => {
                let right = self.expression(COMPARE)?;
                Ok(Node::Compare(how, Box::new([left, right])))
            }
            Token::LeftParenthesis => self.function(left, place),
            Token::Filter => self.filter(left),
            Token::Flatten => self.flatten(left),
            Token::LeftBracket => self.bracket(left),
            _ => Err(self.unexpected(place)),
        }
    }

    fn dot(&mut self, left: Node) -> Parsed {
        if matches!(self.current(), Token::Star) {
            self.at += 1;
            let item = self.projected(DOT)?;
            return Ok(Node::ValueProjection(Box::new([left, item])));
        }
        let right = self.after_dot(DOT)?;
        Ok(chained(Link::Dot, left, right))
    }

    fn bracket(&mut self, left: Node) -> Parsed {
        if !matches!(self.current(), Token::Number(_) | Token::Colon) {
            self.expect(&Token::Star)?;
            self.expect(&Token::RightBracket)?;
            let item = self.projected(STAR)?;
            return Ok(Node::Projection(Box::new([left, item])));
        }
        let index = self.index()?;
        // A slice after an index projects nothing: so it is in the original.
        match left {
            Node::Chain(Link::Index, _) => Ok(chained(Link::Index, left, index)),
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
        if let (Token::Number(index), false) =
            (self.current(), matches!(self.peek(1), Token::Colon))
        {
            let index = *index;
            self.at += 1;
            self.expect(&Token::RightBracket)?;
            return Ok(Node::Index(index));
        }
        let mut parts = [None; 3];
        let mut part = 0;
        while !matches!(self.current(), Token::RightBracket) {
            let place = self.at;
            match self.advance() {
                Token::Colon if part < 2 => part += 1,
                Token::Number(number) => parts[part] = Some(number),
                _ => return Err(self.unexpected(place)),
            }
        }
        self.at += 1;
        Ok(Node::Slice(parts))
    }

    fn filter(&mut self, left: Node) -> Parsed {
        let condition = self.expression(0)?;
        self.expect(&Token::RightBracket)?;
        let item = match self.current() {
            Token::Flatten => Node::Current,
            _ => self.projected(FILTER)?,
        };
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
        while !matches!(self.current(), Token::RightParenthesis) {
            arguments.push(self.expression(0)?);
            if matches!(self.current(), Token::Comma) {
                self.at += 1;
            }
        }
        self.at += 1;
        Ok(Node::Function(name, arguments))
    }

    fn multi_list(&mut self) -> Parsed {
        let mut items = vec![self.expression(0)?];
        while !matches!(self.current(), Token::RightBracket) {
            self.expect(&Token::Comma)?;
            items.push(self.expression(0)?);
        }
        self.at += 1;
        Ok(Node::MultiList(items))
    }

    fn multi_hash(&mut self) -> Parsed {
        let mut members = Vec::new();
        loop {
            let place = self.at;
            let (Token::Unquoted(name) | Token::Quoted(name)) = self.advance() else {
                return Err(self.unexpected(place));
            };
            self.expect(&Token::Colon)?;
            members.push((name, self.expression(0)?));
            match self.current() {
                Token::Comma => self.at += 1,
                Token::RightBrace => {
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
            Token::LeftBracket | Token::Filter => self.expression(power),
            Token::Dot => {
                self.at += 1;
                self.after_dot(power)
            }
            _ => Err(self.unexpected(self.at)),
        }
    }

    fn after_dot(&mut self, power: u8) -> Parsed {
        match self.current() {
            Token::Quoted(_) | Token::Unquoted(_) | Token::Star => self.expression(power),
            Token::LeftBracket => {
                self.at += 1;
                self.multi_list()
            }
            Token::LeftBrace => {
                self.at += 1;
                self.multi_hash()
            }
            _ => Err(self.unexpected(self.at)),
        }
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        if std::mem::discriminant(self.current()) != std::mem::discriminant(token) {
            return Err(self.unexpected(self.at));
        }
        self.at += 1;
        Ok(())
    }

    fn advance(&mut self) -> Token {
        let token = self.current().clone();
        self.at += 1;
        token
    }

    fn current(&self) -> &Token {
        self.peek(0)
    }

    fn peek(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |(_, token)| token)
    }

    fn unexpected(&self, place: usize) -> String {
        match self.tokens.get(place) {
            None | Some((_, Token::End)) => "the expression is incomplete".to_owned(),
            Some(_) => format!("unexpected token at {}", self.column(place)),
        }
    }

    fn column(&self, place: usize) -> String {
        let position = self.tokens.get(place).map_or(0, |(position, _)| *position);
        format!("column {}", position + 1)
    }
}

fn chained(link: Link, left: Node, right: Node) -> Node {
    match left {
        Node::Chain(of, mut nodes) if of == link => {
            nodes.push(right);
            Node::Chain(of, nodes)
        }
        left => Node::Chain(link, vec![left, right]),
    }
}

fn binding_power(token: &Token) -> u8 {
    match token {
        Token::Pipe => PIPE,
        Token::Or => OR,
        Token::And => AND,
        Token::Compare(_) => COMPARE,
        Token::Flatten => FLATTEN,
        Token::Star => STAR,
        Token::Filter => FILTER,
        Token::Dot => DOT,
        Token::Not => NOT,
        Token::LeftBrace => 50,
        Token::LeftBracket => 55,
        Token::LeftParenthesis => 60,
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
