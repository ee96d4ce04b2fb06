#![doc = include_str!("../README.md")]

mod arguments;
mod output;
mod tpch;

use std::io::Write;
use std::process::ExitCode;

use arguments::{Command, USAGE};
use output::Failure;

/// The allocator of the extension, so that generating is no slower than it could be.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = match arguments::parse(&arguments) {
        Ok(command) => command,
        Err(why) => return complain(&format!("{why}\n{USAGE}"), 2),
    };
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => complain(&failure.to_string(), 1),
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Tpch { scale, output } => tpch::generate(scale, &output),
    }
}

fn complain(text: &str, code: u8) -> ExitCode {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::from(code)
}
