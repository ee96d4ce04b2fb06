//! Tells cargo how to link a Node-API module.

fn main() {
    napi_build::setup();
}
