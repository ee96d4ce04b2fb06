//! The bytes of a text file, or of the lines that begin in a part of it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::DataFusionError;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::listing::{FileRange, PartitionedFile};
use datafusion::error::Result;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectStore};

/// Bytes read at once.
const CHUNK: u64 = 1024 * 1024;

/// Decompressed bytes of a file; of a part, exactly the lines whose first byte lies in it.
pub(super) async fn chunks(
    store: &Arc<dyn ObjectStore>,
    file: &PartitionedFile,
    terminator: u8,
    compression: FileCompressionType,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let Some(FileRange { start, end }) = file.range else {
        return compression.convert_stream(bytes(store, file, 0).await?);
    };
    let (start, end) = (start.max(0).unsigned_abs(), end.max(0).unsigned_abs());
    // The byte before the part tells whether the part begins with a line.
    let from = start.saturating_sub(1);
    let cut = Cut { terminator, at: from, end, inside: start == 0, done: start >= end };
    Ok(cut.apply(bytes(store, file, from).await?))
}

async fn bytes(store: &Arc<dyn ObjectStore>, file: &PartitionedFile, from: u64) -> Result<BoxStream<'static, Result<Bytes>>> {
    let range = (from > 0).then_some(GetRange::Offset(from));
    let options = GetOptions { range, ..GetOptions::default() };
    let found = store.get_opts(&file.object_meta.location, options).await?;
    let range = found.range.clone();
    Ok(match found.payload {
        GetResultPayload::File(file, _) => file_bytes(file, range),
        GetResultPayload::Stream(stream) => stream.map_err(DataFusionError::from).boxed(),
    })
}

/// Reads on blocking threads, never on those that run plans.
fn file_bytes(file: File, range: Range<u64>) -> BoxStream<'static, Result<Bytes>> {
    stream::try_unfold((file, range), |(mut file, range)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        let length = (range.end - range.start).min(CHUNK);
        let read = tokio::task::spawn_blocking(move || {
            let mut buffer = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
            file.seek(SeekFrom::Start(range.start))?;
            (&mut file).take(length).read_to_end(&mut buffer)?;
            Ok::<_, std::io::Error>((file, buffer))
        });
        let (file, buffer) = read.await.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
        let next = range.start + buffer.len() as u64;
        // A file that became shorter ends here.
        let rest = if buffer.is_empty() { range.end..range.end } else { next..range.end };
        Ok(Some((Bytes::from(buffer), (file, rest))))
    })
    .boxed()
}

/// Cuts a stream of bytes down to whole lines.
struct Cut {
    terminator: u8,
    /// Position of the next byte in the file.
    at: u64,
    end: u64,
    /// True once the first line of the part has begun.
    inside: bool,
    done: bool,
}

impl Cut {
    fn apply(self, bytes: BoxStream<'static, Result<Bytes>>) -> BoxStream<'static, Result<Bytes>> {
        stream::try_unfold((self, bytes), |(mut cut, mut bytes)| async move {
            while !cut.done {
                let Some(chunk) = bytes.try_next().await? else { return Ok(None) };
                let kept = cut.take(chunk);
                if !kept.is_empty() {
                    return Ok(Some((kept, (cut, bytes))));
                }
            }
            Ok(None)
        })
        .boxed()
    }

    fn take(&mut self, mut chunk: Bytes) -> Bytes {
        let mut at = self.at;
        self.at += chunk.len() as u64;
        if !self.inside {
            let Some(before) = chunk.iter().position(|byte| *byte == self.terminator) else { return Bytes::new() };
            chunk = chunk.split_off(before + 1);
            at += before as u64 + 1;
            self.inside = true;
            if at >= self.end {
                self.done = true;
                return Bytes::new();
            }
        }
        if at + chunk.len() as u64 >= self.end {
            let last = usize::try_from((self.end - 1).saturating_sub(at)).unwrap_or(usize::MAX);
            let terminator = chunk.iter().skip(last).position(|byte| *byte == self.terminator);
            if let Some(after) = terminator {
                self.done = true;
                chunk.truncate(last + after + 1);
            }
        }
        chunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, bounds: &[u64], chunk: usize) -> Vec<String> {
        let bytes = Bytes::copy_from_slice(text.as_bytes());
        bounds
            .windows(2)
            .map(|bound| {
                let (start, end) = (bound[0], bound[1]);
                let from = start.saturating_sub(1);
                let mut cut = Cut { terminator: b'\n', at: from, end, inside: start == 0, done: start >= end };
                let mut out = Vec::new();
                let mut rest = bytes.slice(from as usize..);
                while !rest.is_empty() && !cut.done {
                    let next = rest.split_to(chunk.min(rest.len()));
                    out.extend_from_slice(&cut.take(next));
                }
                String::from_utf8(out).unwrap()
            })
            .collect()
    }

    #[test]
    fn every_line_belongs_to_one_part() {
        let text = "one\ntwo\n\nthree\nfourteen\nx";
        let length = text.len() as u64;
        for chunk in [1, 3, 100] {
            for first in 0..=length {
                for second in first..=length {
                    let parts = parts(text, &[0, first, second, length], chunk);
                    assert_eq!(parts.concat(), text, "{first} {second} {chunk}");
                    for part in &parts[..2] {
                        assert!(part.is_empty() || part.ends_with('\n') || part.ends_with('x'), "{part:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_begins_in_its_part() {
        assert_eq!(parts("aa\nbb\ncc\n", &[0, 3, 4, 9], 2), ["aa\n", "bb\n", "cc\n"]);
    }
}
