//! How each array of a schema is written, decided once.

use arrow::datatypes::{DataType, UnionMode};

use crate::batch::cast::{ViewTypes, convert};
use crate::batch::wrong_schema;
use crate::error::Result;

/// How one array is written.
#[derive(Debug)]
pub(super) enum Node {
    /// Only a length.
    Null,
    /// Bits.
    Boolean,
    /// Values of this many bytes.
    Fixed(usize),
    /// 32-bit offsets and bytes.
    Bytes,
    /// 64-bit offsets and bytes.
    LargeBytes,
    /// Views, written as 32-bit offsets and bytes.
    ViewsAsBytes,
    /// Views over one data buffer.
    Views,
    /// 32-bit offsets and an item.
    List(Box<Self>),
    /// 64-bit offsets and an item.
    LargeList(Box<Self>),
    /// An item, as often as the type says.
    FixedList(Box<Self>),
    /// 32-bit offsets and an entries struct.
    Map(Box<Self>),
    /// Fields.
    Struct(Vec<Self>),
    /// Type ids, offsets when dense, members.
    Union(Vec<(i8, Self)>),
    /// Indices of this many bytes into the dictionary of this id.
    Dictionary { id: u32, width: usize, values: Box<Self> },
    /// Converted to another type first.
    Converted { to: DataType, then: Box<Self> },
}

impl Node {
    /// Plans `data_type`; `dictionaries` counts the ids given so far.
    pub(super) fn new(data_type: &DataType, views: ViewTypes, dictionaries: &mut u32) -> Result<Self> {
        let mut child = |inner: &DataType| Self::new(inner, views, dictionaries).map(Box::new);
        Ok(match data_type {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean,
            DataType::FixedSizeBinary(width) => Self::Fixed(usize::try_from(*width).map_err(|_| wrong_schema())?),
            DataType::Utf8 | DataType::Binary => Self::Bytes,
            DataType::LargeUtf8 | DataType::LargeBinary => Self::LargeBytes,
            DataType::Utf8View | DataType::BinaryView if views == ViewTypes::Plain => Self::ViewsAsBytes,
            DataType::Utf8View | DataType::BinaryView => Self::Views,
            DataType::List(item) => Self::List(child(item.data_type())?),
            DataType::LargeList(item) => Self::LargeList(child(item.data_type())?),
            DataType::FixedSizeList(item, _) => Self::FixedList(child(item.data_type())?),
            DataType::Map(entries, _) => Self::Map(child(entries.data_type())?),
            DataType::Struct(fields) => {
                Self::Struct(fields.iter().map(|field| child(field.data_type()).map(|node| *node)).collect::<Result<_>>()?)
            }
            DataType::Union(fields, UnionMode::Sparse | UnionMode::Dense) => {
                Self::Union(fields.iter().map(|(id, field)| Ok((id, *child(field.data_type())?))).collect::<Result<_>>()?)
            }
            DataType::Dictionary(keys, values) => {
                let width = keys.primitive_width().ok_or_else(wrong_schema)?;
                let id = *dictionaries;
                *dictionaries += 1;
                Self::Dictionary { id, width, values: Box::new(Self::new(values, views, dictionaries)?) }
            }
            other => match convert::shallow_type(other) {
                Some(to) => Self::Converted { then: child(&to)?, to },
                None => Self::Fixed(other.primitive_width().ok_or_else(wrong_schema)?),
            },
        })
    }

    /// Whether arrays are written one after the other as if they were one.
    pub(super) fn joins(&self) -> bool {
        match self {
            Self::Null | Self::Boolean | Self::Fixed(_) | Self::Bytes | Self::LargeBytes | Self::ViewsAsBytes | Self::Views => true,
            Self::Struct(fields) => fields.iter().all(Self::joins),
            _ => false,
        }
    }
}
