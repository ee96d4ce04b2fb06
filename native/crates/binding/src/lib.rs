//! The Node-API binding: every function takes its arguments apart, calls one engine function and hands the reply over.

#![expect(unreachable_pub, reason = "napi exports what is public, and nothing else links this crate")]

mod allocator;
mod batch;
mod bytes;
mod cache_scope;
mod callback;
mod dispatch;
mod frame;
mod handle;
mod prepared;
mod reply;
mod runtime;
mod session;
mod settler;
mod sink;
mod stream;
mod table;
