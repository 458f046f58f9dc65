//! The `idp` binary: everything it does is in [`idp::cli`].

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A seventh less processor time for a silent sign-in than with the C library's (docs/decisions/0015).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    idp::cli::run(std::env::args_os())
}
