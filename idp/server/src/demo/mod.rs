//! What `idp demo` runs beside the provider. Nothing here is part of `idp serve`, and nothing of the provider needs it.

pub mod portal;
