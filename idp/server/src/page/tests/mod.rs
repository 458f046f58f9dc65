//! What every screen must be, checked on every sample in every language.

mod budget;
mod components;
mod contract;
mod fields;
mod fixtures;
mod gallery;
mod locales;
mod screens;
mod themes;
mod wordings;
