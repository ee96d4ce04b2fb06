//! Cuts bytes into messages.

use std::collections::VecDeque;

use arrow::buffer::Buffer;
use arrow::ipc::RecordBatch;
use arrow::ipc::convert::MessageBuffer;
use bytes::{Bytes, BytesMut};

use super::refused;
use crate::error::Result;

/// Begins every message of a stream.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// No flatbuffer of a message is larger.
const MOST_METADATA: usize = 256 << 20;

/// A message and its body.
pub(super) struct Framed {
    pub(super) message: MessageBuffer,
    pub(super) body: Buffer,
}

/// Where in a message the next byte lies.
#[derive(Default)]
enum Step {
    #[default]
    Continuation,
    Length,
    Metadata(usize),
    Body(MessageBuffer, usize),
}

/// Bytes that came and are not used up.
#[derive(Default)]
pub(super) struct Framer {
    chunks: VecDeque<Bytes>,
    length: usize,
    step: Step,
}

impl Framer {
    pub(super) fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.length += bytes.len();
            self.chunks.push_back(bytes);
        }
    }

    pub(super) fn is_between_messages(&self) -> bool {
        self.length == 0 && matches!(self.step, Step::Continuation)
    }

    /// The next message, once it is complete.
    pub(super) fn pop(&mut self) -> Result<Option<Framed>> {
        loop {
            match std::mem::take(&mut self.step) {
                Step::Continuation => match self.take(CONTINUATION.len()) {
                    None => return Ok(None),
                    Some(found) if found == CONTINUATION.as_slice() => self.step = Step::Length,
                    Some(_) => return Err(refused("a message does not begin where one should")),
                },
                Step::Length => {
                    let Some(digits) = self.take_or_stay(4, Step::Length) else { return Ok(None) };
                    let length = digits.as_ref().try_into().map_or(0, u32::from_le_bytes) as usize;
                    if length > MOST_METADATA {
                        return Err(refused("a message has no sensible length"));
                    }
                    // Length zero ends a stream; another one may follow.
                    self.step = if length == 0 { Step::Continuation } else { Step::Metadata(length) };
                }
                Step::Metadata(length) => {
                    let Some(bytes) = self.take_or_stay(length, Step::Metadata(length)) else { return Ok(None) };
                    let message = message(&bytes)?;
                    let body = message.as_ref().bodyLength();
                    let body = usize::try_from(body).map_err(|_| refused("a message has a body of negative length"))?;
                    self.step = Step::Body(message, body);
                }
                Step::Body(message, length) => {
                    if self.length < length {
                        self.step = Step::Body(message, length);
                        return Ok(None);
                    }
                    let body = self.take(length).map_or_else(|| Buffer::from(&[] as &[u8]), Buffer::from);
                    return Ok(Some(Framed { message, body }));
                }
            }
        }
    }

    fn take_or_stay(&mut self, length: usize, step: Step) -> Option<Bytes> {
        let taken = self.take(length);
        if taken.is_none() {
            self.step = step;
        }
        taken
    }

    /// Exactly `length` bytes, or none of them.
    fn take(&mut self, length: usize) -> Option<Bytes> {
        if self.length < length || length == 0 {
            return None;
        }
        self.length -= length;
        let mut gathered: Option<BytesMut> = None;
        loop {
            let chunk = self.chunks.front_mut()?;
            let missing = length - gathered.as_ref().map_or(0, BytesMut::len);
            let part = if chunk.len() > missing { chunk.split_to(missing) } else { self.chunks.pop_front()? };
            if gathered.is_none() && part.len() == length {
                return Some(part);
            }
            let bytes = gathered.get_or_insert_with(|| BytesMut::with_capacity(length));
            bytes.extend_from_slice(&part);
            if bytes.len() == length {
                return gathered.map(BytesMut::freeze);
            }
        }
    }
}

/// Verifies the flatbuffer of a message, which may stand behind the prefix of a stream.
pub(super) fn message(bytes: &[u8]) -> Result<MessageBuffer> {
    let bytes = bytes.strip_prefix(&CONTINUATION).and_then(|rest| rest.get(4..)).unwrap_or(bytes);
    // A copy is aligned, which the verifier asks for.
    MessageBuffer::try_new(Buffer::from(bytes)).map_err(super::invalid)
}

/// Refuses lengths that are negative or reach beyond the body: the decoder below would not survive them.
pub(super) fn check_buffers(batch: &RecordBatch<'_>, body: &Buffer) -> Result<()> {
    let inside = |offset: i64, length: i64| {
        let end = offset.checked_add(length).and_then(|end| usize::try_from(end).ok());
        offset >= 0 && length >= 0 && end.is_some_and(|end| end <= body.len())
    };
    let buffers = batch.buffers().iter().flatten().all(|buffer| inside(buffer.offset(), buffer.length()));
    let nodes = batch.nodes().iter().flatten().all(|node| node.length() >= 0 && (0..=node.length()).contains(&node.null_count()));
    if buffers && nodes && batch.length() >= 0 { Ok(()) } else { Err(refused("a message points outside of its body")) }
}
