//! A JSON array of objects as one object after the other.

use std::io::{self, Read};

use arrow::error::ArrowError;

/// Takes the outer brackets and commas away, byte by byte.
#[derive(Clone, Debug, Default)]
pub struct Elements {
    depth: u32,
    text: bool,
    escaped: bool,
    ended: bool,
}

impl Elements {
    /// What stays of the bytes: commas between elements become line ends.
    pub fn filter(&mut self, bytes: &[u8]) -> Result<Vec<u8>, ArrowError> {
        let mut out = Vec::with_capacity(bytes.len());
        for byte in bytes {
            if let Some(byte) = self.next(*byte)? {
                out.push(byte);
            }
        }
        Ok(out)
    }

    /// Refuses a document that stops inside the array.
    pub fn finish(&self) -> Result<(), ArrowError> {
        if self.ended || (self.depth == 0 && !self.text) { Ok(()) } else { Err(ArrowError::JsonError("the array does not end".to_owned())) }
    }

    fn next(&mut self, byte: u8) -> Result<Option<u8>, ArrowError> {
        if self.text {
            self.text = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
            return Ok(Some(byte));
        }
        match (self.depth, byte) {
            (_, byte) if byte.is_ascii_whitespace() => return Ok(Some(byte)),
            (0, b'[') if !self.ended => {
                self.depth = 1;
                return Ok(None);
            }
            (0, _) => return Err(ArrowError::JsonError("the file is not one JSON array of objects".to_owned())),
            (1, b',') => return Ok(Some(b'\n')),
            (1, b']') => {
                self.depth = 0;
                self.ended = true;
                return Ok(None);
            }
            (_, b'{' | b'[') => self.depth += 1,
            (_, b'}' | b']') => self.depth -= 1,
            (_, b'"') => self.text = true,
            _ => {}
        }
        Ok(Some(byte))
    }
}

/// The elements of an array in a reader.
pub struct ElementReader<R> {
    inner: R,
    elements: Elements,
    ready: io::Cursor<Vec<u8>>,
}

impl<R: Read> ElementReader<R> {
    /// Reads the elements of the array in `inner`.
    pub fn new(inner: R) -> Self {
        Self { inner, elements: Elements::default(), ready: io::Cursor::default() }
    }
}

impl<R: Read> Read for ElementReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.ready.read(out)?;
            if read > 0 || out.is_empty() {
                return Ok(read);
            }
            let mut buffer = vec![0; 64 * 1024];
            let length = self.inner.read(&mut buffer)?;
            if length == 0 {
                return self.elements.finish().map(|()| 0).map_err(io::Error::other);
            }
            buffer.truncate(length);
            self.ready = io::Cursor::new(self.elements.filter(&buffer).map_err(io::Error::other)?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<String> {
        let mut out = String::new();
        ElementReader::new(text.as_bytes()).read_to_string(&mut out).map(|_| out)
    }

    #[test]
    fn elements_come_one_after_the_other() {
        assert_eq!(read(r#"[{"a":"x,]\"","b":[1,2]},{"a":null}]"#).unwrap(), "{\"a\":\"x,]\\\"\",\"b\":[1,2]}\n{\"a\":null}");
        assert_eq!(read(" [ ] \n").unwrap().trim(), "");
        assert_eq!(read("").unwrap(), "");
    }

    #[test]
    fn what_is_no_array_is_refused() {
        for text in [r#"{"a":1}"#, r#"[{"a":1}"#, r#"[{"a":1}] x"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
