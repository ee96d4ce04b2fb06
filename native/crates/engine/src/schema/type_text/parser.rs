//! A recursive descent over canonical type text.

use std::str::FromStr;

use crate::error::{EngineError, ErrorCode, Result};
use crate::schema::field::{FieldType, IntervalLayout, NestedField, UnionLayout, Unit};

/// Types inside one another that are still accepted.
const MAX_DEPTH: usize = 64;

/// What is left of a text.
struct Cursor<'text> {
    whole: &'text str,
    rest: &'text str,
    depth: usize,
}

pub(super) fn parse(text: &str) -> Result<FieldType> {
    let mut cursor = Cursor { whole: text, rest: text.trim(), depth: 0 };
    let data_type = cursor.data_type()?;
    if cursor.rest.is_empty() { Ok(data_type) } else { Err(cursor.unknown()) }
}

impl Cursor<'_> {
    fn data_type(&mut self) -> Result<FieldType> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.unknown());
        }
        let name = self.word()?;
        let data_type = match simple(&name) {
            Some(data_type) => data_type,
            None => self.with_members(&name)?,
        };
        self.depth -= 1;
        Ok(data_type)
    }

    fn with_members(&mut self, name: &str) -> Result<FieldType> {
        match name {
            "fixed_size_binary" => {
                let byte_width = self.between("(", ")", Self::number)?;
                Ok(FieldType::FixedSizeBinary { byte_width })
            }
            "time32" => self.between("(", ")", Self::unit).map(|unit| FieldType::Time32 { unit }),
            "time64" => self.between("(", ")", Self::unit).map(|unit| FieldType::Time64 { unit }),
            "duration" => self.between("(", ")", Self::unit).map(|unit| FieldType::Duration { unit }),
            "timestamp" => self.between("(", ")", |inner| {
                let unit = inner.unit()?;
                let timezone = if inner.takes(",") { Some(inner.zone()?) } else { None };
                Ok(FieldType::Timestamp { unit, timezone })
            }),
            "interval" => self.between("(", ")", Self::interval).map(|unit| FieldType::Interval { unit }),
            "decimal32" => self.decimal(32),
            "decimal64" => self.decimal(64),
            "decimal128" => self.decimal(128),
            "decimal256" => self.decimal(256),
            _ => self.nested(name),
        }
    }

    fn nested(&mut self, name: &str) -> Result<FieldType> {
        match name {
            "list" => self.item().map(|item| FieldType::List { item }),
            "large_list" => self.item().map(|item| FieldType::LargeList { item }),
            "list_view" => self.item().map(|item| FieldType::ListView { item }),
            "large_list_view" => self.item().map(|item| FieldType::LargeListView { item }),
            "fixed_size_list" => self.between("<", ">", |inner| {
                let item = inner.child("item")?;
                inner.expect(",")?;
                Ok(FieldType::FixedSizeList { item: Box::new(item), size: inner.number()? })
            }),
            "struct" => self.between("<", ">", |inner| inner.named().map(|(fields, _)| FieldType::Struct { fields })),
            "map" => self.between("<", ">", |inner| {
                let key = NestedField::new("key", inner.data_type()?, false);
                inner.expect(",")?;
                let value = inner.child("value")?;
                let keys_sorted = inner.flag("sorted")?;
                Ok(FieldType::Map { key: Box::new(key), value: Box::new(value), keys_sorted })
            }),
            "dictionary" => self.between("<", ">", |inner| {
                let index = Box::new(inner.data_type()?);
                inner.expect(",")?;
                let value = Box::new(inner.data_type()?);
                Ok(FieldType::Dictionary { index, value, ordered: inner.flag("ordered")? })
            }),
            "run_end_encoded" => self.between("<", ">", |inner| {
                let run_ends = Box::new(NestedField::new("run_ends", inner.data_type()?, false));
                inner.expect(",")?;
                Ok(FieldType::RunEndEncoded { run_ends, values: Box::new(inner.child("values")?) })
            }),
            "sparse_union" => self.union(UnionLayout::Sparse),
            "dense_union" => self.union(UnionLayout::Dense),
            _ => Err(self.unknown()),
        }
    }

    fn decimal(&mut self, bit_width: u16) -> Result<FieldType> {
        self.between("(", ")", |inner| {
            let precision = inner.number()?;
            inner.expect(",")?;
            Ok(FieldType::Decimal { precision, scale: inner.number()?, bit_width })
        })
    }

    fn union(&mut self, mode: UnionLayout) -> Result<FieldType> {
        self.between("<", ">", |inner| inner.named().map(|(fields, type_ids)| FieldType::Union { mode, fields, type_ids }))
    }

    fn item(&mut self) -> Result<Box<NestedField>> {
        self.between("<", ">", |inner| inner.child("item").map(Box::new))
    }

    /// A type, and `!` when it is not nullable.
    fn child(&mut self, name: &str) -> Result<NestedField> {
        let data_type = self.data_type()?;
        let nullable = !self.takes("!");
        Ok(NestedField::new(name, data_type, nullable))
    }

    /// Fields up to the closing bracket, with the type id of each.
    fn named(&mut self) -> Result<(Vec<NestedField>, Vec<i8>)> {
        let (mut fields, mut ids) = (Vec::new(), Vec::new());
        while !self.rest.starts_with('>') {
            let name = if self.rest.starts_with('"') { self.quoted()? } else { self.word()? };
            self.expect(":")?;
            let position = i8::try_from(fields.len() % 128).map_err(|_| self.unknown())?;
            fields.push(self.child(&name)?);
            ids.push(if self.takes("=") { self.number()? } else { position });
            if !self.takes(",") {
                break;
            }
        }
        Ok((fields, ids))
    }

    fn flag(&mut self, word: &str) -> Result<bool> {
        if !self.takes(",") {
            return Ok(false);
        }
        self.expect(word).map(|()| true)
    }

    fn between<T>(&mut self, open: &str, close: &str, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.expect(open)?;
        let value = read(self)?;
        self.expect(close)?;
        Ok(value)
    }

    fn unit(&mut self) -> Result<Unit> {
        Ok(match self.word()?.as_str() {
            "s" => Unit::Second,
            "ms" => Unit::Millisecond,
            "us" => Unit::Microsecond,
            "ns" => Unit::Nanosecond,
            _ => return Err(self.unknown()),
        })
    }

    fn interval(&mut self) -> Result<IntervalLayout> {
        Ok(match self.word()?.as_str() {
            "year_month" => IntervalLayout::YearMonth,
            "day_time" => IntervalLayout::DayTime,
            "month_day_nano" => IntervalLayout::MonthDayNano,
            _ => return Err(self.unknown()),
        })
    }

    /// Everything up to the bracket.
    fn zone(&mut self) -> Result<String> {
        let end = self.rest.find(')').ok_or_else(|| self.unknown())?;
        let (zone, _) = self.rest.split_at(end);
        self.take(zone).map(|zone| zone.trim_end().to_owned())
    }

    fn word(&mut self) -> Result<String> {
        let end = self.rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(self.rest.len());
        let (word, _) = self.rest.split_at(end);
        self.take(word)
    }

    fn number<T: FromStr>(&mut self) -> Result<T> {
        let end = self.rest.find(|letter: char| !letter.is_ascii_digit() && letter != '-').unwrap_or(self.rest.len());
        let (digits, _) = self.rest.split_at(end);
        self.take(digits)?.parse().map_err(|_| self.unknown())
    }

    fn take(&mut self, word: &str) -> Result<String> {
        if word.is_empty() {
            return Err(self.unknown());
        }
        let word = word.to_owned();
        self.rest = self.rest.strip_prefix(word.as_str()).unwrap_or(self.rest).trim_start();
        Ok(word)
    }

    /// A name in quotes: `""` stands for one, a backslash for what follows it.
    fn quoted(&mut self) -> Result<String> {
        let mut letters = self.rest.chars();
        letters.next();
        let mut name = String::new();
        loop {
            match letters.next() {
                Some('\\') => name.extend(letters.next()),
                Some('"') if letters.as_str().starts_with('"') => name.extend(letters.next()),
                Some('"') => break,
                Some(letter) => name.push(letter),
                None => return Err(self.unknown()),
            }
        }
        self.rest = letters.as_str().trim_start();
        Ok(name)
    }

    fn takes(&mut self, mark: &str) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, mark: &str) -> Result<()> {
        if self.takes(mark) { Ok(()) } else { Err(self.unknown()) }
    }

    fn unknown(&self) -> EngineError {
        let message = format!("'{}' is not a type; write it as formatTypeText prints it, like decimal128(10,2).", self.whole);
        EngineError::new(ErrorCode::SqlTypeUnknown, message).with("text", self.whole)
    }
}

fn simple(name: &str) -> Option<FieldType> {
    Some(match name {
        "null" => FieldType::Null {},
        "bool" => FieldType::Bool {},
        "int8" => FieldType::Int8 {},
        "int16" => FieldType::Int16 {},
        "int32" => FieldType::Int32 {},
        "int64" => FieldType::Int64 {},
        "uint8" => FieldType::Uint8 {},
        "uint16" => FieldType::Uint16 {},
        "uint32" => FieldType::Uint32 {},
        "uint64" => FieldType::Uint64 {},
        "float16" => FieldType::Float16 {},
        "float32" => FieldType::Float32 {},
        "float64" => FieldType::Float64 {},
        "utf8" => FieldType::Utf8 {},
        "large_utf8" => FieldType::LargeUtf8 {},
        "utf8_view" => FieldType::Utf8View {},
        "binary" => FieldType::Binary {},
        "large_binary" => FieldType::LargeBinary {},
        "binary_view" => FieldType::BinaryView {},
        "date32" => FieldType::Date32 {},
        "date64" => FieldType::Date64 {},
        _ => return None,
    })
}
