//! A reader of SQL that understands just the statements this product writes and refuses everything else, so that
//! a statement it cannot judge is never taken for a safe one.

use std::collections::BTreeSet;

use store::{Statement, Value};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// Names and keywords, in lower case.
    Word(String),
    Parameter(usize),
    /// Strings and numbers: what is in them does not matter.
    Literal,
    Sign(char),
    /// What is between brackets, or between CASE and END.
    Group(Vec<Token>),
}
use Token::{Group, Parameter, Sign, Word};

/// Judges one statement: an error says why it does not prove its tenancy.
pub fn judge(statement: &Statement, tenant_tables: &BTreeSet<String>, key: &str) -> Result<(), String> {
    let tokens = read(&statement.sql)?;
    let bound = |number: usize| matches!(number.checked_sub(1).and_then(|at| statement.binds.get(at)), Some(Value::Text(text)) if text == key);
    let mut judge = Judge { tables: tenant_tables, bound: &bound, seen: 0 };
    match tokens.first() {
        Some(Word(word)) if word == "select" => judge.select(&tokens)?,
        Some(Word(word)) if word == "insert" => judge.insert(&tokens)?,
        Some(Word(word)) if word == "update" => judge.update(&tokens)?,
        Some(Word(word)) if word == "delete" => judge.delete(&tokens)?,
        other => return Err(format!("it begins with {other:?}")),
    }
    let named = mentions(&tokens, tenant_tables);
    if named == judge.seen {
        Ok(())
    } else {
        Err(format!("it names tenant tables {named} times, of which {} were understood", judge.seen))
    }
}

fn read(sql: &str) -> Result<Vec<Token>, String> {
    let mut open: Vec<(char, Vec<Token>)> = vec![(' ', Vec::new())];
    let mut letters = sql.chars().peekable();
    let take = |letters: &mut std::iter::Peekable<std::str::Chars<'_>>, fits: fn(char) -> bool| {
        let mut text = String::new();
        while let Some(c) = letters.next_if(|c| fits(*c)) {
            text.push(c);
        }
        text
    };
    while let Some(&c) = letters.peek() {
        let token = if c.is_ascii_alphabetic() || c == '_' {
            let word = take(&mut letters, |c| c.is_ascii_alphanumeric() || c == '_').to_ascii_lowercase();
            match word.as_str() {
                "case" => {
                    open.push(('c', Vec::new()));
                    continue;
                }
                "end" => Group(close(&mut open, 'c')?),
                _ => Word(word),
            }
        } else if c.is_ascii_digit() {
            take(&mut letters, |c| c.is_ascii_digit() || c == '.');
            Token::Literal
        } else {
            letters.next();
            match c {
                '(' => {
                    open.push(('(', Vec::new()));
                    continue;
                }
                ')' => Group(close(&mut open, '(')?),
                '?' => Parameter(
                    take(&mut letters, |c| c.is_ascii_digit())
                        .parse()
                        .map_err(|_| "a parameter without a number")?,
                ),
                '\'' => {
                    while letters.next().ok_or("a string without an end")? != '\'' {}
                    Token::Literal
                }
                ' ' | '\n' | '\t' => continue,
                '=' | '<' | '>' | ',' | '.' | '*' | '+' | '-' | '/' | '%' => Sign(c),
                other => return Err(format!("the sign {other} is not understood")),
            }
        };
        open.last_mut().ok_or("too many closing brackets")?.1.push(token);
    }
    let whole = close(&mut open, ' ')?;
    let text = format!("{whole:?}");
    let signs: Vec<_> = whole.windows(2).collect();
    if text.contains("Sign('-'), Sign('-')") || signs.iter().any(|pair| *pair == [Sign('/'), Sign('*')]) {
        return Err("comments are not understood".into());
    }
    Ok(whole)
}

fn close(open: &mut Vec<(char, Vec<Token>)>, kind: char) -> Result<Vec<Token>, String> {
    match open.pop() {
        Some((opened, tokens)) if opened == kind => Ok(tokens),
        _ => Err("brackets, or CASE and END, do not match".into()),
    }
}

fn is(token: Option<&Token>, word: &str) -> bool {
    matches!(token, Some(Word(found)) if found == word)
}

/// How often tenant tables are named, other than in front of a column.
fn mentions(tokens: &[Token], tables: &BTreeSet<String>) -> usize {
    let one = |(at, token): (usize, &Token)| match token {
        Group(inner) => mentions(inner, tables),
        Word(word) => usize::from(tables.contains(word) && tokens.get(at + 1) != Some(&Sign('.'))),
        _ => 0,
    };
    tokens.iter().enumerate().map(one).sum()
}

/// Everything up to the first of these words.
fn until<'t>(tokens: &'t [Token], words: &[&str]) -> &'t [Token] {
    let end = tokens.iter().position(|token| matches!(token, Word(word) if words.contains(&word.as_str())));
    &tokens[..end.unwrap_or(tokens.len())]
}

/// Everything behind the first of this word.
fn behind<'t>(tokens: &'t [Token], word: &str) -> Option<&'t [Token]> {
    tokens.iter().position(|token| is(Some(token), word)).map(|at| &tokens[at + 1..])
}

struct Judge<'j> {
    tables: &'j BTreeSet<String>,
    bound: &'j dyn Fn(usize) -> bool,
    seen: usize,
}

impl Judge<'_> {
    fn is_key(&self, tokens: &[Token]) -> bool {
        matches!(tokens, [Parameter(number)] if (self.bound)(*number))
    }

    /// Every SELECT in brackets, at any depth.
    fn inner(&mut self, tokens: &[Token]) -> Result<(), String> {
        for token in tokens {
            if let Group(group) = token {
                if is(group.first(), "select") { self.select(group)? } else { self.inner(group)? }
            }
        }
        Ok(())
    }

    fn select(&mut self, tokens: &[Token]) -> Result<(), String> {
        for word in [
            "union",
            "intersect",
            "except",
            "with",
            "values",
            "left",
            "right",
            "full",
            "natural",
            "using",
            "between",
            "distinct",
            "window",
        ] {
            if tokens.iter().any(|token| is(Some(token), word)) {
                return Err(format!("{} is not understood here", word.to_uppercase()));
            }
        }
        self.inner(tokens)?;
        let Some(from) = behind(tokens, "from") else { return Ok(()) };
        let ends = ["where", "group", "having", "order", "limit", "returning"];
        let clause = until(from, &ends);
        let (mut aliases, mut conditions) = (Vec::new(), Vec::new());
        for join in clause.split(|token| is(Some(token), "join") || *token == Sign(',')) {
            let join: Vec<_> = join
                .iter()
                .filter(|token| !is(Some(token), "inner") && !is(Some(token), "cross"))
                .cloned()
                .collect();
            let table = until(&join, &["on"]);
            aliases.push(self.table(table)?);
            conditions.extend(behind(&join, "on").map(<[Token]>::to_vec));
        }
        let rest = &from[clause.len()..];
        if is(rest.first(), "where") {
            conditions.push(until(&rest[1..], &["group", "having", "order", "limit", "returning"]).to_vec());
        }
        self.proves(&aliases, &conditions)
    }

    /// The table, whether it is a tenant's, and the name its columns go by.
    fn table(&mut self, tokens: &[Token]) -> Result<(String, bool), String> {
        let tokens: Vec<_> = tokens.iter().filter(|token| !is(Some(token), "as")).cloned().collect();
        match tokens.as_slice() {
            [Group(_)] => Ok((String::new(), false)),
            // What a parameter lists is nobody's table.
            [Word(table), Group(_), Word(alias)] if table == "json_each" => Ok((alias.clone(), false)),
            [Group(_), Word(alias)] => Ok((alias.clone(), false)),
            [Word(table)] => Ok((table.clone(), self.note(table))),
            [Word(table), Word(alias)] => Ok((alias.clone(), self.note(table))),
            other => Err(format!("{other:?} is no table")),
        }
    }

    fn note(&mut self, table: &str) -> bool {
        let tenant = self.tables.contains(table);
        self.seen += usize::from(tenant);
        tenant
    }

    fn proves(&self, aliases: &[(String, bool)], conditions: &[Vec<Token>]) -> Result<(), String> {
        for (alias, _) in aliases.iter().filter(|(_, tenant)| *tenant) {
            let alone = aliases.len() == 1;
            if !conditions.iter().any(|condition| self.holds(condition, alias, alone)) {
                return Err(format!("nothing says that workspace_id of {alias} is the tenant's"));
            }
        }
        Ok(())
    }

    /// Whether a condition can only be true for rows of the tenant: one of the parts joined by AND says so.
    fn holds(&self, condition: &[Token], alias: &str, alone: bool) -> bool {
        let blurred = ["or", "not", "between"];
        if condition.iter().any(|token| matches!(token, Word(word) if blurred.contains(&word.as_str()))) {
            return false;
        }
        condition.split(|token| is(Some(token), "and")).any(|part| {
            let (left, right) = match part.iter().position(|token| *token == Sign('=')) {
                Some(at) => (&part[..at], &part[at + 1..]),
                None => return false,
            };
            let names = |side: &[Token]| match side {
                [Word(column)] => alone && column == "workspace_id",
                [Word(of), Sign('.'), Word(column)] => of == alias && column == "workspace_id",
                _ => false,
            };
            (names(left) && self.is_key(right)) || (names(right) && self.is_key(left))
        })
    }

    fn insert(&mut self, tokens: &[Token]) -> Result<(), String> {
        let [_, Word(into), Word(table), Group(columns), body @ ..] = tokens else {
            return Err("it is not INSERT INTO table (columns) …".into());
        };
        if into != "into" {
            return Err(format!("INSERT {} can replace another tenant's row", into.to_uppercase()));
        }
        let tenant = self.note(table);
        let place = columns
            .split(|token| *token == Sign(','))
            .position(|column| column == [Word("workspace_id".into())]);
        let conflict = body.windows(2).position(|pair| is(pair.first(), "on") && is(pair.get(1), "conflict"));
        let (values, conflict) = body.split_at(conflict.unwrap_or(body.len()));
        let rows: Vec<&[Token]> = if is(values.first(), "select") {
            self.select(values)?;
            vec![until(&values[1..], &["from"])]
        } else if is(values.first(), "values") {
            self.inner(values)?;
            values[1..]
                .iter()
                .filter_map(|token| if let Group(row) = token { Some(row.as_slice()) } else { None })
                .collect()
        } else {
            return Err("it inserts neither VALUES nor a SELECT".into());
        };
        if tenant {
            let place = place.ok_or("it does not say whose row it is")?;
            for row in rows {
                if !row.split(|token| *token == Sign(',')).nth(place).is_some_and(|value| self.is_key(value))
                {
                    return Err(format!("the row of {table} is not given the tenant's key"));
                }
            }
        }
        self.conflict(conflict, table, tenant)
    }

    fn conflict(&mut self, tokens: &[Token], table: &str, tenant: bool) -> Result<(), String> {
        if tokens.is_empty() {
            return Ok(());
        }
        self.inner(tokens)?;
        let action = behind(tokens, "do").ok_or("ON CONFLICT does nothing known")?;
        if action.iter().any(|token| is(Some(token), "conflict")) {
            return Err("more than one ON CONFLICT is not understood".into());
        }
        if is(action.first(), "nothing") {
            return Ok(());
        }
        let set = behind(action, "set").ok_or("ON CONFLICT neither updates nor does nothing")?;
        self.assigns(set)?;
        let condition = behind(set, "where").unwrap_or_default().to_vec();
        if tenant && !self.holds(&condition, table, false) {
            return Err(format!("ON CONFLICT may update another tenant's row of {table}"));
        }
        Ok(())
    }

    fn assigns(&self, set: &[Token]) -> Result<(), String> {
        for assignment in until(set, &["where", "returning"]).split(|token| *token == Sign(',')) {
            match assignment {
                [Word(column), Sign('='), ..] if column != "workspace_id" => {}
                other => return Err(format!("the assignment {other:?} moves a row or is not understood")),
            }
        }
        Ok(())
    }

    fn update(&mut self, tokens: &[Token]) -> Result<(), String> {
        self.inner(tokens)?;
        let table = self.table(until(&tokens[1..], &["set"]))?;
        let set = behind(tokens, "set").ok_or("UPDATE without SET")?;
        if behind(set, "from").is_some() {
            return Err("UPDATE … FROM is not understood".into());
        }
        self.assigns(set)?;
        self.proves(&[table], &[until(behind(set, "where").unwrap_or_default(), &["returning"]).to_vec()])
    }

    fn delete(&mut self, tokens: &[Token]) -> Result<(), String> {
        self.inner(tokens)?;
        let from = behind(tokens, "from").ok_or("DELETE without FROM")?;
        let table = self.table(until(from, &["where", "returning"]))?;
        self.proves(&[table], &[until(behind(from, "where").unwrap_or_default(), &["returning"]).to_vec()])
    }
}
