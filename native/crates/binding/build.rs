//! Tells cargo how to link a Node-API module.

/// Set by the build of published binaries: functions of equal code become one.
const FOLDED: &str = "DELTAFUSE_FOLD_CODE";

fn main() {
    napi_build::setup();
    println!("cargo::rerun-if-env-changed={FOLDED}");
    if std::env::var_os(FOLDED).is_some() {
        println!("cargo::rustc-link-arg-cdylib=-Wl,--icf=all");
    }
}
