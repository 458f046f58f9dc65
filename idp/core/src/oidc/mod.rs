//! OpenID Connect and OAuth 2.0: requests, client metadata, discovery, errors.

pub mod alg;
