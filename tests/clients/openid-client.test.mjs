// openid-client, a certified relying-party library, does the whole flow and checks everything that it knows to check.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import * as oidc from 'openid-client';

import { Browser, startDemo } from './demo.mjs';

const CALLBACK = 'http://localhost:9/cb';
const options = { execute: [oidc.allowInsecureRequests] };
let demo;

before(async () => { demo = await startDemo(); });
after(() => demo?.stop());

const client = (preset) => demo.about.clients.find((found) => found.preset === preset);
const resident = (situation) => demo.about.residents.find((found) => found.situation === situation);

const discover = ({ client_id: id, client_secret: secret }, auth = oidc.ClientSecretBasic(secret)) => (
  oidc.discovery(new URL(demo.issuer), id, secret, auth, options)
);

/** Signs in and gives the checked tokens. */
async function signIn(config, browser, person, method, extra = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK, scope: 'openid profile email', state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...extra,
  });
  const callback = await browser.signIn(url.href, person, method);
  return oidc.authorizationCodeGrant(config, callback, {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
    ...(extra.max_age && { maxAge: Number(extra.max_age) }),
  });
}

test('req_s1_11 password and emailed code give verified tokens and claims', async () => {
  const config = await discover(client('always-on'));
  const person = resident('email only');
  const tokens = await signIn(config, new Browser(demo.issuer), person, 'email');
  const claims = tokens.claims();
  assert.equal(claims.acr, '2fa');
  assert.deepEqual([...claims.amr].sort(), ['email', 'mfa', 'otp', 'pwd']);
  const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(info.email, person.email);
  assert.equal(info.email_verified, true);
});

test('check_33 single sign-on and check_38 max_age with an authenticator', async () => {
  const config = await discover(client('authenticator'));
  const browser = new Browser(demo.issuer);
  const person = resident('with an authenticator');
  const first = await signIn(config, browser, person, 'totp');
  const again = await signIn(config, browser, person, 'totp', { prompt: 'none', max_age: '10000' });
  assert.equal(again.claims().sub, first.claims().sub);
  assert.equal(again.claims().auth_time, first.claims().auth_time);
});

test('check_83 client_credentials', async () => {
  const config = await discover(client('council-portal'));
  const tokens = await oidc.clientCredentialsGrant(config);
  assert.equal(tokens.token_type, 'bearer');
  assert.equal(tokens.id_token, undefined);
});

test('check_31 prompt=none without a session is an authorization error', async () => {
  const config = await discover(client('council-portal'));
  await assert.rejects(
    signIn(config, new Browser(demo.issuer), resident('email only'), 'email', { prompt: 'none' }),
    (error) => error instanceof oidc.AuthorizationResponseError && error.error === 'login_required',
  );
});

test('check_65 a wrong secret is refused', async () => {
  const config = await discover({ ...client('council-portal'), client_secret: 'wrong' });
  await assert.rejects(oidc.clientCredentialsGrant(config), (error) => error.status === 401 || error.cause?.error === 'invalid_client');
});

test('check_113 the end-session address is where logout starts', async () => {
  const config = await discover(client('council-portal'));
  const url = oidc.buildEndSessionUrl(config, { client_id: client('council-portal').client_id });
  const page = await new Browser(demo.issuer).go(url.href);
  assert.equal(page.status, 200);
});
