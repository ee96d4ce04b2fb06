//! Places in a text: the parser counts lines and characters, JavaScript counts UTF-16 units.

use datafusion::sql::sqlparser::tokenizer::Location;

/// The lines of a text, each with where it begins.
pub(super) struct TextLines<'a>(Vec<(usize, &'a str)>);

impl<'a> TextLines<'a> {
    /// Of a text.
    pub(super) fn of(text: &'a str) -> Self {
        let mut begin = 0;
        let line = |line: &'a str| {
            let at = begin;
            begin += line.chars().map(char::len_utf16).sum::<usize>();
            (at, line)
        };
        Self(text.split_inclusive('\n').map(line).collect())
    }

    /// The UTF-16 units before a place.
    pub(super) fn offset(&self, place: Location) -> usize {
        let index = |count: u64| usize::try_from(count.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some((begin, line)) = self.0.get(index(place.line)) else { return 0 };
        begin + line.chars().take(index(place.column)).map(char::len_utf16).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_beyond_the_basic_plane_are_two_units() {
        let lines = TextLines::of("a\n😀b\n");
        assert_eq!(lines.offset(Location { line: 2, column: 2 }), 4);
        assert_eq!(lines.offset(Location { line: 2, column: 3 }), 5);
    }
}
