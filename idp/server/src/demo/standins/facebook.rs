//! The stand-in for Facebook: its dialog, and the part of the Graph API that signing in needs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use data_encoding::HEXLOWER;
use http::{StatusCode, Uri};
use serde_json::{Map, Value, json};
use url::Url;

use super::fault::GraphFault;
use super::openid::{HANG, huge, is_challenge_of};
use super::page::{Choice, Chooser, Field, Group};
use super::people::{Friend, friends};
use super::{Registered, Shared, StandIns, lock};
use crate::net::form::Form;

/// The version that is live.
const VERSION: &str = "v26.0";
/// An app that is not the one registered here.
const ANOTHER_APP: &str = "6543210987654321";

/// The state of the stand-in.
#[derive(Debug)]
pub(super) struct Graph {
    app: Registered,
    codes: Mutex<HashMap<String, Issued>>,
    tokens: Mutex<HashMap<String, Granted>>,
}

/// What a code stands for.
struct Issued {
    redirect_uri: String,
    challenge: String,
    granted: Granted,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

/// What a token stands for.
#[derive(Clone)]
struct Granted {
    friend: Friend,
    fault: GraphFault,
}

impl std::fmt::Debug for Granted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Granted").field("fault", &self.fault).finish_non_exhaustive()
    }
}

/// A request that may be answered.
struct Asked {
    redirect_uri: Url,
    state: String,
    challenge: String,
    hints: Vec<String>,
}

pub(super) fn routes() -> Router<Arc<StandIns>> {
    Router::new()
        .route("/facebook/{version}/dialog/oauth", get(choose).post(answer))
        .route("/graph/{version}/oauth/access_token", get(token_by_query).post(token_by_form))
        .route("/graph/{version}/me", get(me))
        .route("/graph/{version}/debug_token", get(debug_token))
        .route("/graph/{version}/{node}", get(node))
}

/// An error as the Graph API words it.
struct Refused {
    status: StatusCode,
    code: u32,
    message: &'static str,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self { status, code, message } = self;
        let error = json!({"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Astandin"});
        (status, Json(json!({ "error": error }))).into_response()
    }
}

const fn bad(code: u32, message: &'static str) -> Refused {
    Refused { status: StatusCode::BAD_REQUEST, code, message }
}

const fn down() -> Refused {
    Refused { status: StatusCode::INTERNAL_SERVER_ERROR, code: 2, message: "Service temporarily unavailable" }
}

impl Graph {
    pub(super) fn new(app: Registered) -> Self {
        Self { app, codes: Mutex::default(), tokens: Mutex::default() }
    }

    pub(super) const fn app(&self) -> &Registered {
        &self.app
    }

    fn read(&self, stand_ins: &StandIns, query: &str) -> Result<Asked, &'static str> {
        let query = Form::parse(query.as_bytes()).map_err(|_| "The parameters cannot be read")?;
        if query.duplicate().is_some() {
            return Err("A parameter occurs twice");
        }
        let given = |name: &str| query.get(name).filter(|value| !value.is_empty());
        if given("client_id") != Some(&self.app.id) {
            return Err("Invalid App ID: the provided app ID does not look like a valid app ID");
        }
        let redirect_uri = given("redirect_uri").filter(|uri| stand_ins.is_registered(uri));
        let redirect_uri = redirect_uri.and_then(|uri| uri.parse().ok());
        let redirect_uri = redirect_uri.ok_or("URL blocked: the redirect URI is not in the app’s list")?;
        if given("response_type").is_some_and(|kind| kind != "code") {
            return Err("The response type is not code");
        }
        let known = ["email", "public_profile"];
        if !given("scope").is_some_and(|scope| scope.split([',', ' ']).all(|word| known.contains(&word))) {
            return Err("Invalid scopes");
        }
        let known = ["rerequest", "reauthenticate"];
        if given("auth_type").is_some_and(|kind| !kind.split(',').all(|word| known.contains(&word))) {
            return Err("Invalid auth_type");
        }
        if given("code_challenge_method") != Some("S256") {
            return Err("The code challenge method is not S256");
        }
        Ok(Asked {
            redirect_uri,
            state: given("state").ok_or("The state is missing")?.to_owned(),
            challenge: given("code_challenge").ok_or("The code challenge is missing")?.to_owned(),
            hints: given("auth_type").map(|kind| format!("auth_type: {kind}")).into_iter().collect(),
        })
    }

    fn redeem(&self, stand_ins: &StandIns, form: &Form) -> Result<(Granted, Response), Refused> {
        let given = |name: &str| form.get(name).unwrap_or_default();
        if given("client_id") != self.app.id {
            return Err(bad(101, "Error validating application. Cannot get application info due to a system error."));
        }
        if given("client_secret") != self.app.secret {
            return Err(bad(1, "Error validating client secret."));
        }
        let issued = lock(&self.codes).remove(given("code"));
        let issued = issued.ok_or_else(|| bad(100, "This authorization code has been used."))?;
        if given("redirect_uri") != issued.redirect_uri {
            let message = "Error validating verification code. Please make sure your redirect_uri is identical to the \
                           one you used in the OAuth dialog request";
            return Err(bad(100, message));
        }
        if !is_challenge_of(&issued.challenge, given("code_verifier")) {
            return Err(bad(100, "Invalid code verifier"));
        }
        let token = format!("EAA{}", stand_ins.random.token());
        lock(&self.tokens).insert(token.clone(), issued.granted.clone());
        let answer = json!({"access_token": token, "token_type": "bearer", "expires_in": 5_183_944});
        Ok((issued.granted, Json(answer).into_response()))
    }

    fn granted(&self, token: &str) -> Result<Granted, Refused> {
        lock(&self.tokens).get(token).cloned().ok_or_else(|| bad(190, "Invalid OAuth access token."))
    }

    /// What a query about the person gets.
    fn person(&self, query: &Form) -> Result<Response, Refused> {
        let token = query.get("access_token").unwrap_or_default();
        let granted = self.granted(token)?;
        self.check_proof(query)?;
        if granted.fault == GraphFault::GraphError {
            return Err(down());
        }
        let Friend { user, names: [first, last], email, .. } = granted.friend;
        let known = [
            ("id", Some(user)),
            ("name", Some(format!("{first} {last}"))),
            ("first_name", Some(first)),
            ("last_name", Some(last)),
            ("email", email),
        ];
        let asked: Vec<_> = query.get("fields").unwrap_or("id,name").split(',').collect();
        let known = known.into_iter().filter(|(name, _)| *name == "id" || asked.contains(name));
        let person: Map<_, _> = known.filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
        Ok(Json(Value::Object(person)).into_response())
    }

    /// Whether a server asks that knows the app's secret, as “Require App Secret” has it.
    fn check_proof(&self, query: &Form) -> Result<(), Refused> {
        let token = query.get("access_token").unwrap_or_default();
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.app.secret.as_bytes());
        let proof = HEXLOWER.encode(hmac::sign(&key, token.as_bytes()).as_ref());
        if query.get("appsecret_proof") == Some(&proof) {
            Ok(())
        } else {
            Err(bad(100, "API calls from the server require an appsecret_proof argument"))
        }
    }

    /// Whether the app itself asks.
    fn check_app(&self, query: &Form) -> Result<(), Refused> {
        if query.get("access_token") != Some(&format!("{}|{}", self.app.id, self.app.secret)) {
            return Err(bad(190, "Invalid OAuth access token."));
        }
        self.check_proof(query)
    }

    /// What a query about the app gets.
    fn about_app(&self, node: &str, query: &Form) -> Result<Response, Refused> {
        self.check_app(query)?;
        if node == self.app.id {
            Ok(Json(json!({"id": node, "name": "Anytown Council"})).into_response())
        } else {
            Err(bad(100, "Unsupported get request. Object does not exist"))
        }
    }

    /// What a query about a token gets.
    fn about(&self, query: &Form) -> Result<Response, Refused> {
        self.check_app(query)?;
        let Ok(granted) = self.granted(query.get("input_token").unwrap_or_default()) else {
            let error = json!({"code": 190, "message": "Malformed access token"});
            return Ok(Json(json!({"data": {"error": error, "is_valid": false, "scopes": []}})).into_response());
        };
        let app = if granted.fault == GraphFault::OtherApp { ANOTHER_APP } else { &self.app.id };
        let somebody_else = granted.fault == GraphFault::SomebodyElse;
        let user = if somebody_else { "10220000000009999" } else { &granted.friend.user };
        let data = json!({
            "app_id": app,
            "type": "USER",
            "application": "Anytown Council",
            "is_valid": granted.fault != GraphFault::InvalidToken,
            "scopes": ["email", "public_profile"],
            "user_id": user,
        });
        Ok(Json(json!({ "data": data })).into_response())
    }
}

async fn choose(State(stand_ins): Shared, Path(version): Path<String>, uri: Uri) -> Response {
    stand_ins.count("facebook.dialog");
    let query = uri.query().unwrap_or_default();
    let asked = match stand_ins.facebook.read(&stand_ins, query) {
        Ok(asked) => asked,
        Err(error) => return stand_ins.pages.say(StatusCode::BAD_REQUEST, "Error", error),
    };
    let everybody = friends(&stand_ins.settings.known).into_iter();
    let mut somebody = Choice::new("own", "Continue as whoever this is");
    let fields = [("user", "42"), ("email", "somebody@example.com"), ("first_name", "Somebody"), ("last_name", "Else")];
    somebody.fields = fields.map(|(name, value)| Field { name, value: value.to_owned() }).into();
    let faults = GraphFault::ALL.iter().map(|(_, id, text)| Choice::new(*id, *text));
    stand_ins.pages.choose(&Chooser {
        title: "Stand-in for Facebook: choose an account",
        about: "This stands in for Facebook in the demo and in tests.",
        action: &format!("/facebook/{version}/dialog/oauth"),
        request: query,
        hints: asked.hints,
        groups: vec![
            Group { name: "People", choices: everybody.map(|friend| Choice::new(friend.id, friend.text)).collect() },
            Group { name: "Somebody of your own", choices: vec![somebody] },
            Group { name: "What goes wrong", choices: faults.collect() },
        ],
    })
}

async fn answer(State(stand_ins): Shared, body: Bytes) -> Response {
    let form = Form::parse(&body).unwrap_or_default();
    let asked = match stand_ins.facebook.read(&stand_ins, form.get("request").unwrap_or_default()) {
        Ok(asked) => asked,
        Err(error) => return stand_ins.pages.say(StatusCode::BAD_REQUEST, "Error", error),
    };
    let chosen = form.get("as").unwrap_or_default();
    let given = |name: &str| form.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut everybody = friends(&stand_ins.settings.known).into_iter();
    let (friend, fault) = match (GraphFault::of(chosen), chosen) {
        (Some(fault), _) => (everybody.next(), fault),
        (None, "own") => {
            let names = ["first_name", "last_name"].map(|name| given(name).unwrap_or_default());
            let friend = given("user").map(|user| Friend {
                id: "own".to_owned(),
                text: String::new(),
                user,
                names,
                email: given("email"),
            });
            (friend, GraphFault::None)
        }
        (None, id) => (everybody.find(|friend| friend.id == id), GraphFault::None),
    };
    let Some(friend) = friend else {
        return stand_ins.pages.say(StatusCode::BAD_REQUEST, "Error", "there is nobody of that name");
    };
    let mut url = asked.redirect_uri.clone();
    if fault == GraphFault::Cancelled {
        url.query_pairs_mut()
            .append_pair("error", "access_denied")
            .append_pair("error_code", "200")
            .append_pair("error_description", "Permissions error")
            .append_pair("error_reason", "user_denied");
    } else {
        let code = format!("AQ{}", stand_ins.random.token());
        url.query_pairs_mut().append_pair("code", &code);
        let (redirect_uri, granted) = (asked.redirect_uri.into(), Granted { friend, fault });
        let issued = Issued { redirect_uri, challenge: asked.challenge, granted };
        lock(&stand_ins.facebook.codes).insert(code, issued);
    }
    url.query_pairs_mut().append_pair("state", &asked.state);
    url.set_fragment(Some("_=_"));
    Redirect::to(url.as_str()).into_response()
}

async fn token_by_query(State(stand_ins): Shared, Path(version): Path<String>, uri: Uri) -> Response {
    token(&stand_ins, &version, &Form::query(&uri).unwrap_or_default()).await
}

async fn token_by_form(State(stand_ins): Shared, Path(version): Path<String>, body: Bytes) -> Response {
    token(&stand_ins, &version, &Form::parse(&body).unwrap_or_default()).await
}

async fn token(stand_ins: &StandIns, version: &str, form: &Form) -> Response {
    stand_ins.count("facebook.token");
    if version != VERSION {
        return bad(2635, "You are calling a deprecated version of the Graph API.").into_response();
    }
    match stand_ins.facebook.redeem(stand_ins, form) {
        Err(refused) => refused.into_response(),
        Ok((granted, answer)) => match granted.fault {
            GraphFault::TokenError => down().into_response(),
            GraphFault::TokenHuge => huge(),
            GraphFault::TokenHangs => {
                tokio::time::sleep(HANG).await;
                answer
            }
            _ => answer,
        },
    }
}

async fn me(State(stand_ins): Shared, uri: Uri) -> Response {
    stand_ins.count("facebook.me");
    stand_ins.facebook.person(&Form::query(&uri).unwrap_or_default()).into_response()
}

async fn debug_token(State(stand_ins): Shared, uri: Uri) -> Response {
    stand_ins.count("facebook.debug_token");
    stand_ins.facebook.about(&Form::query(&uri).unwrap_or_default()).into_response()
}

async fn node(State(stand_ins): Shared, Path((_, node)): Path<(String, String)>, uri: Uri) -> Response {
    stand_ins.count("facebook.node");
    stand_ins.facebook.about_app(&node, &Form::query(&uri).unwrap_or_default()).into_response()
}
