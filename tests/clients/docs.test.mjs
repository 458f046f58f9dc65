// The JavaScript on docs/integrating.md, run as it stands: only hosts and the client's values are replaced.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import * as oidc from 'openid-client';

import { Browser, startDemo } from './demo.mjs';

const AsyncFunction = (async () => {}).constructor;
let demo;
let blocks;

before(async () => {
  demo = await startDemo();
  const text = await readFile(new URL('../../docs/integrating.md', import.meta.url), 'utf8');
  const { client_id: id } = client('authenticator');
  blocks = [...text.matchAll(/```js\n([\s\S]*?)\n```/g)].map(([, code]) => code
    .replace(/^import .*;\n/, '')
    .replaceAll('https://id.example.gov.uk', demo.issuer)
    .replaceAll('https://bins.example.gov.uk/callback', 'http://localhost:9/cb')
    .replaceAll('https://bins.example.gov.uk/signed-out', `${demo.about.portal}/signed-out`)
    .replaceAll("'bins'", `'${id}'`)
    // The demo speaks no TLS.
    .replace('oidc.ClientSecretBasic(secret))', 'oidc.ClientSecretBasic(secret), { execute: [oidc.allowInsecureRequests] })'));
  assert.equal(blocks.length, 3);
});
after(() => demo?.stop());

const client = (preset) => demo.about.clients.find((found) => found.preset === preset);

/** A block whose two halves have a browser's journey between them. */
const halves = (block, comment) => {
  const parts = block.split(comment);
  assert.equal(parts.length, 2, `one «${comment}» in ${block}`);
  return parts;
};

test('docs: sign-in, step-up and sign-out as they are shown', async () => {
  const browser = new Browser(demo.issuer);
  const person = demo.about.residents.find((found) => found.situation === 'with an authenticator');
  const walk = (url) => browser.signIn(url.href, person, 'totp');

  const [ask, take] = halves(blocks[0], /\/\/ At the callback.*\n/);
  const signIn = new AsyncFunction('oidc', 'secret', 'walk', `${ask}
    const callbackUrl = await walk(url);
    ${take}
    return { config, pending, tokens, claims, person };`);
  const seen = await signIn(oidc, client('authenticator').client_secret, walk);
  assert.equal(seen.claims.nonce, seen.pending.nonce);
  assert.equal(seen.person.email, person.email);

  const [again, check] = halves(blocks[1], /\/\/ … after the callback:\n/);
  const verifier = oidc.randomPKCECodeVerifier();
  const request = {
    redirect_uri: 'http://localhost:9/cb', scope: 'openid', state: oidc.randomState(), nonce: oidc.randomNonce(),
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  };
  const stepUp = new AsyncFunction('oidc', 'config', 'request', 'callback', `${again}
    const tokens = await callback(url);
    ${check}
    return tokens;`);
  const callback = async (url) => {
    assert.equal(url.searchParams.get('acr_values'), '2fa');
    return oidc.authorizationCodeGrant(seen.config, await walk(url), {
      pkceCodeVerifier: verifier, expectedState: request.state, expectedNonce: request.nonce, idTokenExpected: true,
    });
  };
  const tokens = await stepUp(oidc, seen.config, request, callback);
  await assert.rejects(
    stepUp(oidc, seen.config, request, async () => ({ claims: () => ({ acr: '1fa' }) })),
    /a second factor is needed/,
  );

  const state = oidc.randomState();
  const signOut = new AsyncFunction('oidc', 'config', 'idToken', 'state', `${blocks[2]}\nreturn url;`);
  const url = await signOut(oidc, seen.config, tokens.id_token, state);
  const page = await browser.go(url.href);
  assert.equal(page.left?.href, `${demo.about.portal}/signed-out?state=${state}`);
});
