//! OpenID Connect and OAuth 2.0: requests, client metadata, discovery, responses and errors.
//!
//! Nothing here knows HTTP: parameters come as pairs, answers leave as pairs.

pub mod acr;
pub mod alg;
pub mod authorize;
pub mod claims;
pub mod client;
pub mod error;
pub mod id_token;
pub mod logout;
pub mod metadata;
pub mod params;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod response;
pub mod scope;
pub mod token;
