//! Packed batches as typed arrays over memory that JavaScript owns or borrows from the engine.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use deltafuse_engine::batch::pack::{Packed, PackedBytes};
use deltafuse_engine::stream::Pulled;
use napi::bindgen_prelude::{ArrayBuffer, Env, Float64Array, Object, Result, ToNapiValue};
use napi::sys;

/// Batches copied into memory of JavaScript's own.
pub(crate) static COPIED: AtomicU64 = AtomicU64::new(0);

/// Whether batches may stay in memory of the extension.
pub(crate) static EXTERNAL: AtomicBool = AtomicBool::new(true);

/// A smaller allocation is cheaper to copy than to track.
const EXTERNAL_FROM_BYTES: usize = 64 * 1024;

/// `{ header, data, dictionaries, last }`, or null at the end of a stream.
pub(crate) struct JsBatch(pub(crate) Option<Pulled>);

impl ToNapiValue for JsBatch {
    unsafe fn to_napi_value(raw: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        let env = Env::from_raw(raw);
        let object = match value.0 {
            Some(Pulled { packed, last }) => {
                let mut object = object(&env, packed)?;
                object.set("last", last)?;
                Some(object)
            }
            None => None,
        };
        // SAFETY: the object was made in this environment a moment ago.
        unsafe { Option::<Object<'_>>::to_napi_value(raw, object) }
    }
}

/// The object of one batch.
pub(crate) fn object(env: &Env, packed: Packed) -> Result<Object<'_>> {
    let mut object = Object::new(env)?;
    object.set("header", Float64Array::new(packed.header))?;
    object.set("data", buffer(env, packed.data)?)?;
    let dictionaries = packed
        .dictionaries
        .into_iter()
        .map(|dictionary| {
            let mut entry = Object::new(env)?;
            entry.set("id", dictionary.id)?;
            entry.set("header", Float64Array::new(dictionary.header))?;
            entry.set("data", buffer(env, dictionary.data)?)?;
            Ok(entry)
        })
        .collect::<Result<Vec<_>>>()?;
    object.set("dictionaries", dictionaries)?;
    Ok(object)
}

fn buffer(env: &Env, mut data: PackedBytes) -> Result<ArrayBuffer<'_>> {
    if data.len() < EXTERNAL_FROM_BYTES || !EXTERNAL.load(Ordering::Relaxed) {
        COPIED.fetch_add(1, Ordering::Relaxed);
        return ArrayBuffer::copy_from(env, &*data);
    }
    let (pointer, length) = (data.as_mut_ptr(), data.len());
    // SAFETY: the memory lives in `data`, which moves into the finalizer without moving its heap allocation, and
    // nothing else refers to it.
    let buffer = unsafe { ArrayBuffer::from_external(env, pointer, length, data, |_env, data| drop(data)) }?;
    // A process that forbids memory outside of its engine gets a copy.
    if buffer.as_ptr() != pointer.cast_const() {
        COPIED.fetch_add(1, Ordering::Relaxed);
    }
    Ok(buffer)
}
