//! Entrypoints of sessions.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use deltafuse_engine::io::table::PreparedTable;
use deltafuse_engine::session::Session;
use deltafuse_engine::session::runtime_metrics::count_handles_with;
use napi::bindgen_prelude::{ClassInstance, Env, Object, Result};
use napi_derive::napi;

use crate::allocator::give_back;
use crate::dispatch::{Attached, call, run, run_to_commit, run_within};
use crate::handle::{PROVIDER, SESSION, Slot, open_handles};
use crate::runtime::NativeCancel;

/// An open session.
#[napi]
pub struct NativeSession {
    pub(crate) slot: Slot<Session>,
}

/// A prepared table that is not published yet.
#[napi]
pub struct NativeProvider {
    pub(crate) slot: Slot<PreparedTable>,
}

impl NativeProvider {
    pub(crate) fn new(inner: Arc<PreparedTable>) -> Self {
        Self { slot: Slot::new(inner, &PROVIDER) }
    }
}

#[napi]
impl NativeProvider {
    #[napi]
    pub fn close(&self) {
        self.slot.take();
    }
}

/// Declares the asynchronous methods of a session: `js_name => |session, call| engine call`.
macro_rules! session_methods {
    ($($name:ident => |$session:ident, $call:ident| $work:expr;)*) => {
        #[napi]
        #[expect(clippy::wrong_self_convention, reason = "the names are those of the entrypoints")]
        impl NativeSession {
            $(
                #[napi(ts_return_type = "Promise<NativeReply>")]
                pub fn $name<'env>(
                    &self,
                    env: &'env Env,
                    request: String,
                    attached: Attached<'_>,
                    cancel: Option<ClassInstance<'_, NativeCancel>>,
                ) -> Result<Object<'env>> {
                    let $session = self.slot.get()?;
                    let closed = $session.closed().clone();
                    run_within(env, call(request, attached, cancel)?, closed, |$call| async move { $work })
                }
            )*
        }
    };
}

session_methods! {
    settings => |session, call| session.settings(&call);
    rules => |session, call| session.rules(&call);
    runtime_metrics => |session, call| session.runtime_metrics(&call);
    clear_caches => |session, call| session.clear_caches(&call);
    checkpoint => |session, call| session.checkpoint(&call);
    restore => |session, call| session.restore(&call);
    introspect => |session, call| session.introspect(&call).await;
    catalog_apply => |session, call| session.catalog_apply(&call);
    prepare_table => |session, call| session.prepare_table(&call).await;
    probe_location => |session, call| session.probe_location(&call).await;
    write_facts => |session, call| session.write_facts(&call).await;
    write_files => |session, call| session.write_files(&call).await;
    plan_sql => |session, call| session.plan_sql(&call).await;
    prepare_sql => |session, call| session.prepare_sql(&call).await;
    prepared_sql => |session, call| session.prepared_sql(&call);
    values => |session, call| session.values(&call);
    from_substrait => |session, call| session.from_substrait(&call).await;
    apply_ops => |session, call| session.apply_ops(&call).await;
    register_function => |session, call| session.register_function(&call);
    function_catalog => |session, call| session.function_catalog(&call);
    delta_exists => |session, call| session.delta_exists(&call).await;
    delta_open => |session, call| session.delta_open(&call).await;
}

/// Declares the methods of a session that commit.
macro_rules! session_commits {
    ($($name:ident),*) => {
        #[napi]
        impl NativeSession {
            $(
                #[napi(ts_return_type = "Promise<NativeReply>")]
                pub fn $name<'env>(
                    &self,
                    env: &'env Env,
                    request: String,
                    attached: Attached<'_>,
                    cancel: Option<ClassInstance<'_, NativeCancel>>,
                ) -> Result<Object<'env>> {
                    let session = self.slot.get()?;
                    run_to_commit(env, call(request, attached, cancel)?, |call| async move { session.$name(&call).await })
                }
            )*
        }
    };
}

session_commits! { delta_create, delta_write }

impl NativeSession {
    pub(crate) fn new(inner: Arc<Session>) -> Self {
        Self { slot: Slot::new(inner, &SESSION) }
    }
}

#[napi]
impl NativeSession {
    #[napi]
    pub fn close(&self) {
        if let Some(session) = self.slot.take() {
            session.close();
            drop(session);
            if SESSION.open.load(Ordering::Relaxed) == 0 {
                give_back();
            }
        }
    }
}

impl Drop for NativeSession {
    fn drop(&mut self) {
        if let Ok(session) = self.slot.get() {
            session.close();
        }
    }
}

#[napi(ts_return_type = "Promise<NativeReply>")]
pub fn create_session<'env>(
    env: &'env Env,
    request: String,
    attached: Attached<'_>,
    cancel: Option<ClassInstance<'_, NativeCancel>>,
) -> Result<Object<'env>> {
    count_handles_with(open_handles);
    run(env, call(request, attached, cancel)?, |call| async move { deltafuse_engine::session::create_session(&call) })
}

#[napi(ts_return_type = "Promise<NativeReply>")]
pub fn classify_sql<'env>(
    env: &'env Env,
    request: String,
    attached: Attached<'_>,
    cancel: Option<ClassInstance<'_, NativeCancel>>,
) -> Result<Object<'env>> {
    run(env, call(request, attached, cancel)?, |call| async move { deltafuse_engine::sql::plan::classify(&call) })
}

#[napi(ts_return_type = "Promise<NativeReply>")]
pub fn schema_codec<'env>(
    env: &'env Env,
    request: String,
    attached: Attached<'_>,
    cancel: Option<ClassInstance<'_, NativeCancel>>,
) -> Result<Object<'env>> {
    run(env, call(request, attached, cancel)?, |call| async move { deltafuse_engine::schema::codec::schema_codec(&call) })
}
