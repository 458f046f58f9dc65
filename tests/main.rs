//! Black-box tests: the real binary over HTTP, one module for each area of behaviour.
//!
//! A test's name begins with the ids of what it shows (`check_…` the protocol checklist, `case_…` an abuse case,
//! `sec_…` a security requirement, `req_…` a source system's requirement, `scr_…` a screen), so that a search for an
//! id finds its proof. The suite runs on SQLite and memory by itself, and on PostgreSQL and Redis when
//! `IDP_TEST_POSTGRES_URL` and `IDP_TEST_REDIS_URL` name servers (`tests/run` starts them).
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports by panicking, and what it stands on is part of it"
)]

mod support;

mod account;
mod api_limits;
mod attacks;
mod authorize;
mod backup_codes;
mod clients_auth;
mod closing;
mod cluster;
mod code_page;
mod contact_changes;
mod contact_sync;
mod contacts;
mod delivery;
mod demo;
mod devices;
mod discovery;
mod docs;
mod docs_factor;
mod factors;
mod federation;
mod forged;
mod frames;
mod guests;
mod http2;
mod import;
mod import_limits;
mod infrastructure;
mod inputs;
mod invitations;
mod joining;
mod joining_refused;
mod journey;
mod languages;
mod layering;
mod limits;
mod linking;
mod logout;
mod lost_factor;
mod matrix;
mod messages;
mod messages_settings;
mod metering;
mod office_scopes;
mod operator;
mod optional;
mod outbox;
mod parallel_run;
mod passkeys;
mod passwords;
mod phones;
mod pkce;
mod recovery;
mod redirects;
mod registration;
mod remembered_devices;
mod remote;
mod requirements;
mod self_service;
mod sessions;
mod short_links;
mod step_up;
mod terms;
mod token;
mod upstreams;
mod userinfo;
mod vain;
mod ways_in;
mod ways_on;
