//! JSON to values.

use super::options::Options;
use super::token::{Token, Tokens};
use crate::raise::{Outcome, Raise};
use crate::state::Stack;

/// However deep scripts allow: each level takes stack of the thread.
const DEPTH_MAX: i32 = 2600;

/// Returns the value that JSON text describes.
pub(super) fn decode(stack: &mut Stack<'_>) -> Outcome {
    if stack.top() != 1 {
        return Err(stack.bad_argument(1, "expected 1 argument"));
    }
    let options = Options::read(stack)?;
    let text = stack.check_text(1)?.to_vec();
    if text.len() >= 2 && (text[0] == 0 || text[1] == 0) {
        return Err(Raise::here("JSON parser does not support UTF-16 or UTF-32"));
    }
    let mut parser = Parser {
        tokens: Tokens::new(&text, options.decode_invalid),
        depth: 0,
        depth_max: options.decode_depth_max.min(DEPTH_MAX),
    };
    let first = parser.tokens.next();
    parser.value(stack, first)?;
    match parser.tokens.next() {
        Token::End => Ok(1),
        other => Err(parser.unexpected("the end", &other)),
    }
}

struct Parser<'a> {
    tokens: Tokens<'a>,
    depth: i32,
    depth_max: i32,
}

impl Parser<'_> {
    /// Pushes the value that begins with `token`.
    fn value(&mut self, stack: &mut Stack<'_>, token: Token) -> Result<(), Raise> {
        match token {
            Token::String(text) => stack.push_bytes(&text),
            Token::Number(number) => stack.push_number(number),
            Token::Boolean(value) => stack.push_boolean(value),
            Token::Null => stack.push_light(0),
            Token::ObjectBegin => self.object(stack),
            Token::ArrayBegin => self.array(stack),
            other => Err(self.unexpected("value", &other)),
        }
    }

    fn array(&mut self, stack: &mut Stack<'_>) -> Result<(), Raise> {
        self.descend(stack)?;
        stack.push_table(0, 0)?;
        let table = stack.top();
        let mut token = self.tokens.next();
        if token == Token::ArrayEnd {
            self.depth -= 1;
            return Ok(());
        }
        for position in 1.. {
            self.value(stack, token)?;
            stack.raw_set_index(table, position);
            stack.check_memory()?;
            match self.tokens.next() {
                Token::ArrayEnd => break,
                Token::Comma => {}
                other => return Err(self.unexpected("comma or array end", &other)),
            }
            token = self.tokens.next();
        }
        self.depth -= 1;
        Ok(())
    }

    fn object(&mut self, stack: &mut Stack<'_>) -> Result<(), Raise> {
        self.descend(stack)?;
        stack.push_table(0, 0)?;
        let table = stack.top();
        let mut token = self.tokens.next();
        if token == Token::ObjectEnd {
            self.depth -= 1;
            return Ok(());
        }
        loop {
            match token {
                Token::String(key) => stack.push_bytes(&key)?,
                other => return Err(self.unexpected("object key string", &other)),
            }
            match self.tokens.next() {
                Token::Colon => {}
                other => return Err(self.unexpected("colon", &other)),
            }
            let value = self.tokens.next();
            self.value(stack, value)?;
            stack.raw_set(table)?;
            stack.check_memory()?;
            match self.tokens.next() {
                Token::ObjectEnd => break,
                Token::Comma => {}
                other => return Err(self.unexpected("comma or object end", &other)),
            }
            token = self.tokens.next();
        }
        self.depth -= 1;
        Ok(())
    }

    fn descend(&mut self, stack: &mut Stack<'_>) -> Result<(), Raise> {
        self.depth += 1;
        if self.depth > self.depth_max || !stack.has_room(3) {
            return Err(Raise::here(format!(
                "Found too many nested data structures ({}) at character {}",
                self.depth, self.tokens.at
            )));
        }
        Ok(())
    }

    fn unexpected(&self, expected: &str, found: &Token) -> Raise {
        Raise::here(format!(
            "Expected {expected} but found {} at character {}",
            found.name(),
            self.tokens.token_at + 1
        ))
    }
}
