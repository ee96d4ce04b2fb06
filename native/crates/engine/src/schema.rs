//! Types and schemas as JavaScript sees them: fields, type text, hashes, and the schema codec.

pub mod codec;
pub mod field;
pub mod hash;
pub mod type_text;
