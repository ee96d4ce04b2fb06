//! Hashes of schemas, the same as TypeScript's.
//!
//! - `schemaHash`: fingerprint `schema`, 1 of `{fields: [{name, type, nullable}]}` in column order, `type` being the type
//!   family (section "type text" of session-core) as a `FieldType` document: it says what values can be, whatever their
//!   layout and whatever the children of lists and maps are called.
//! - `schemaIdentityHash`: fingerprint `schema_identity`, 1 of `{fields: [{name, type, nullable, metadata}], metadata}`,
//!   `type` being the exact `FieldType` document and `metadata` `{}` when there is none. The schema's own
//!   `deltafuse.schema.identity_hash` is left out.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

use arrow::datatypes::{Schema, SchemaRef};
use parking_lot::Mutex;

use super::field::{FieldType, NestedField, fields_of};
use crate::canonical_json::{CanonicalValue, fingerprint};
use crate::error::{EngineError, Result};

/// Metadata that holds the identity hash itself.
const IDENTITY_KEY: &str = "deltafuse.schema.identity_hash";

/// Hashes of the schemas of tables, which are read by one query after the other.
static KNOWN: Mutex<VecDeque<(Weak<Schema>, Arc<str>)>> = Mutex::new(VecDeque::new());

/// Schemas whose hash is kept.
const MOST_KNOWN: usize = 64;

/// The [`schema_hash`] of a schema that is asked for again and again.
pub fn known_schema_hash(schema: &SchemaRef) -> Result<Arc<str>> {
    let this = |(known, _): &&(Weak<Schema>, Arc<str>)| known.as_ptr() == Arc::as_ptr(schema);
    if let Some((_, hash)) = KNOWN.lock().iter().find(this) {
        return Ok(Arc::clone(hash));
    }
    let hash: Arc<str> = schema_hash(schema)?.into();
    let mut known = KNOWN.lock();
    // A schema that is gone keeps its address while it is remembered.
    known.retain(|(schema, _)| schema.strong_count() > 0);
    known.truncate(MOST_KNOWN - 1);
    known.push_front((Arc::downgrade(schema), Arc::clone(&hash)));
    Ok(hash)
}

/// Hash of what the columns are, without layout and metadata.
pub fn schema_hash(schema: &Schema) -> Result<String> {
    let fields: Result<Vec<_>> = fields_of(schema)
        .into_iter()
        .map(|field| {
            let family = document(&family(&field.data_type))?;
            Ok(CanonicalValue::object([("name", field.name.into()), ("type", family), ("nullable", field.nullable.into())]))
        })
        .collect();
    fingerprint("schema", 1, CanonicalValue::object([("fields", CanonicalValue::List(fields?))]))
}

/// Hash of everything a schema says.
pub fn schema_identity_hash(schema: &Schema) -> Result<String> {
    let fields: Result<Vec<_>> = fields_of(schema)
        .into_iter()
        .map(|field| {
            let exact = document(&field.data_type)?;
            Ok(CanonicalValue::object([
                ("name", field.name.into()),
                ("type", exact),
                ("nullable", field.nullable.into()),
                ("metadata", texts(field.metadata.unwrap_or_default())),
            ]))
        })
        .collect();
    let metadata = schema.metadata().iter().filter(|(key, _)| key.as_str() != IDENTITY_KEY);
    let metadata = texts(metadata.map(|(key, value)| (key.clone(), value.clone())).collect());
    fingerprint("schema_identity", 1, CanonicalValue::object([("fields", CanonicalValue::List(fields?)), ("metadata", metadata)]))
}

/// The type without its layout: all utf8 kinds are `utf8`, all binary kinds `binary`, all lists but those of fixed size
/// `list`; a dictionary and a run-end encoding are what their values are; recursively. Children of lists and maps get
/// their canonical names, metadata of children goes.
#[must_use]
pub fn family(data_type: &FieldType) -> FieldType {
    let members = |fields: &[NestedField]| fields.iter().map(|field| family_field(field, &field.name)).collect();
    match data_type {
        FieldType::Utf8 {} | FieldType::LargeUtf8 {} | FieldType::Utf8View {} => FieldType::Utf8 {},
        FieldType::Binary {} | FieldType::LargeBinary {} | FieldType::BinaryView {} => FieldType::Binary {},
        FieldType::Dictionary { value, .. } => family(value),
        FieldType::RunEndEncoded { values, .. } => family(&values.data_type),
        FieldType::List { item } | FieldType::LargeList { item } | FieldType::ListView { item } | FieldType::LargeListView { item } => {
            FieldType::List { item: Box::new(family_field(item, "item")) }
        }
        FieldType::FixedSizeList { item, size } => FieldType::FixedSizeList { item: Box::new(family_field(item, "item")), size: *size },
        FieldType::Struct { fields } => FieldType::Struct { fields: members(fields) },
        FieldType::Union { mode, fields, type_ids } => {
            FieldType::Union { mode: *mode, fields: members(fields), type_ids: type_ids.clone() }
        }
        FieldType::Map { key, value, keys_sorted } => FieldType::Map {
            key: Box::new(family_field(key, "key")),
            value: Box::new(family_field(value, "value")),
            keys_sorted: *keys_sorted,
        },
        other => other.clone(),
    }
}

fn family_field(field: &NestedField, name: &str) -> NestedField {
    NestedField::new(name, family(&field.data_type), field.nullable)
}

fn document(data_type: &FieldType) -> Result<CanonicalValue> {
    let json = serde_json::to_value(data_type).map_err(|error| EngineError::internal(format!("type encoding: {error}")))?;
    CanonicalValue::from_json(&json)
}

fn texts(entries: BTreeMap<String, String>) -> CanonicalValue {
    CanonicalValue::object(entries.into_iter().map(|(key, value)| (key, CanonicalValue::from(value))))
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};
    use std::path::Path;

    use serde::Deserialize;

    use super::*;
    use crate::schema::field::schema_of;
    use crate::schema::field::tests::every_type;
    use crate::schema::type_text::{format, parse};

    fn schema(text: &str) -> Schema {
        schema_of(&[NestedField::new("näme", parse(text).unwrap(), true)]).unwrap()
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Case {
        id: String,
        fields: Vec<NestedField>,
        metadata: HashMap<String, String>,
        schema_hash: String,
        schema_identity_hash: String,
    }

    /// The file was made by TypeScript's `typeFamily` and `fingerprint`.
    #[test]
    fn every_golden_vector_agrees_with_typescript() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../packages/schema/test/golden/schema-hash.json");
        let cases: Vec<Case> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert!(cases.len() >= 60);
        for case in cases {
            let schema = schema_of(&case.fields).unwrap().with_metadata(case.metadata);
            assert_eq!(schema_hash(&schema).unwrap(), case.schema_hash, "{}", case.id);
            assert_eq!(schema_identity_hash(&schema).unwrap(), case.schema_identity_hash, "{}", case.id);
        }
    }

    #[test]
    fn a_known_hash_is_that_of_its_schema() {
        for text in ["int8", "utf8"] {
            let schema = Arc::new(schema(text));
            let first = known_schema_hash(&schema).unwrap();
            assert_eq!(*first, *schema_hash(&schema).unwrap());
            assert!(Arc::ptr_eq(&first, &known_schema_hash(&schema).unwrap()));
        }
        let many: Vec<_> = (0..2 * MOST_KNOWN).map(|_| Arc::new(schema("int8"))).collect();
        for schema in &many {
            known_schema_hash(schema).unwrap();
        }
        assert!(KNOWN.lock().len() <= MOST_KNOWN);
    }

    #[test]
    fn layout_changes_the_identity_alone() {
        let pairs = [
            ("utf8", "utf8_view"),
            ("large_binary", "binary"),
            ("list<utf8>", "large_list_view<dictionary<int8,large_utf8>>"),
            ("run_end_encoded<int32,int64>", "int64"),
            ("map<utf8,struct<a: list<binary>!>>", "map<large_utf8,struct<a: list_view<binary_view>!>>"),
        ];
        for (left, right) in pairs {
            let (left, right) = (schema(left), schema(right));
            assert_eq!(schema_hash(&left).unwrap(), schema_hash(&right).unwrap());
            assert_ne!(schema_identity_hash(&left).unwrap(), schema_identity_hash(&right).unwrap());
        }
    }

    #[test]
    fn values_change_both() {
        let texts =
            ["int64", "int32", "decimal128(10,2)", "decimal256(10,2)", "timestamp(us)", "timestamp(us, UTC)", "list<int8!>", "list<int8>"];
        let hashes: HashSet<_> = texts.iter().map(|text| schema_hash(&schema(text)).unwrap()).collect();
        assert_eq!(hashes.len(), texts.len());
    }

    #[test]
    fn metadata_belongs_to_the_identity_but_for_the_hash_itself() {
        let plain = schema("int64");
        let with = |key: &str| plain.clone().with_metadata(HashMap::from([(key.to_owned(), "x".to_owned())]));
        assert_eq!(schema_identity_hash(&with(IDENTITY_KEY)).unwrap(), schema_identity_hash(&plain).unwrap());
        assert_ne!(schema_identity_hash(&with("k")).unwrap(), schema_identity_hash(&plain).unwrap());
        assert_eq!(schema_hash(&with("k")).unwrap(), schema_hash(&plain).unwrap());
    }

    #[test]
    fn a_family_is_its_own_family() {
        for data_type in every_type() {
            let once = family(&data_type);
            assert_eq!(family(&once), once, "{}", format(&data_type));
        }
    }
}
