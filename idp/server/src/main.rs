//! The `idp` binary: everything it does is in [`idp::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    idp::cli::run(std::env::args_os())
}
