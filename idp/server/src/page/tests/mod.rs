//! What every screen must be, checked on every sample in every language.

mod gallery;
