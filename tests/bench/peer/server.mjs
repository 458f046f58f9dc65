// node-oidc-provider with a password, an authenticator code and first-party clients, for comparison only.
//
//   npm ci && NODE_ENV=production node server.mjs        (PORT, default 3100; USERS, default 100000)
//
// It keeps everything in memory, so it pays for no durability; passwords cost what ours cost.

import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';

import { Algorithm, hash, verify } from '@node-rs/argon2';
import { Provider, interactionPolicy } from 'oidc-provider';

import { Memory } from './memory.mjs';

const port = Number(process.env.PORT ?? 3100);
const users = Number(process.env.USERS ?? 100_000);
const issuer = `http://127.0.0.1:${port}`;
const callback = 'http://127.0.0.1:3199/cb';
const scopes = 'openid profile email';

// ---- people: user0, user1, … with one password and one authenticator seed ----
const stored = await hash('correct horse battery staple', {
  algorithm: Algorithm.Argon2id, memoryCost: 19456, timeCost: 2, parallelism: 1,
});
const seed = fromBase32('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');

function exists(name) {
  const number = /^user(\d+)$/.exec(name ?? '')?.[1];
  return number !== undefined && Number(number) < users;
}

async function passwordIsRight(name, password) {
  const right = await verify(stored, password ?? '');
  return right && exists(name);
}

function fromBase32(text) {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...text].map((c) => digits.indexOf(c).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((octet) => Number.parseInt(octet, 2)));
}

function codeAt(step) {
  const moment = Buffer.alloc(8);
  moment.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(moment).digest();
  const word = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff;
  return String(word % 1_000_000).padStart(6, '0');
}

function codeIsRight(code) {
  const now = Math.floor(Date.now() / 30_000);
  return [now - 1, now, now + 1].some((step) => codeAt(step) === code);
}

// ---- keys and clients ----
function signingKey(alg, type, options) {
  const jwk = generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' });
  return { ...jwk, alg, use: 'sig', kid: randomBytes(8).toString('hex') };
}

const web = {
  client_secret: 'peer-secret-peer-secret-peer-secret-peer',
  redirect_uris: [callback],
  response_types: ['code'],
  grant_types: ['authorization_code', 'client_credentials'],
  token_endpoint_auth_method: 'client_secret_basic',
  id_token_signed_response_alg: 'ES256',
};

// ---- a second factor between the password and the code ----
const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt(
  { name: 'mfa', requestable: false },
  new interactionPolicy.Check('mfa_missing', 'a second factor is required', 'interaction_required', (ctx) => {
    const done = ctx.oidc.session.amr?.includes('otp');
    return !ctx.oidc.client.mfa || done ? interactionPolicy.Check.NO_NEED_TO_PROMPT : interactionPolicy.Check.REQUEST_PROMPT;
  }),
), 1);

const provider = new Provider(issuer, {
  adapter: Memory,
  clients: [
    { ...web, client_id: 'bench', mfa: true },
    { ...web, client_id: 'bench-password' },
  ],
  jwks: {
    keys: [signingKey('RS256', 'rsa', { modulusLength: 2048 }), signingKey('ES256', 'ec', { namedCurve: 'P-256' })],
  },
  cookies: { keys: [randomBytes(32).toString('base64url')] },
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], acr: null, amr: null, auth_time: null, sid: null },
  extraClientMetadata: { properties: ['mfa'] },
  features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
  interactions: { policy, url: (_ctx, { uid }) => `/step/${uid}` },
  pkce: { required: () => true },
  ttl: { AccessToken: 300, AuthorizationCode: 60, ClientCredentials: 300, Grant: 43_200, IdToken: 300, Interaction: 1800, Session: 43_200 },
  findAccount: async (_ctx, id) => (exists(id) ? {
    accountId: id,
    claims: async () => ({ sub: id, name: id, email: `${id}@example.test`, email_verified: true }),
  } : undefined),
  // First-party clients: no consent page, one grant for each session and client.
  async loadExistingGrant({ oidc: { client, session, result } }) {
    const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
    const found = known && await provider.Grant.find(known);
    if (found) return found;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope(scopes);
    await grant.save();
    return grant;
  },
});

// ---- pages ----
const fields = {
  login: '<input name="username"><input name="password" type="password">',
  mfa: '<input name="code" inputmode="numeric">',
};

const shown = (uid, prompt) => `<!doctype html><html lang="en"><title>${prompt}</title>`
  + `<form method="post" action="/step/${uid}">${fields[prompt]}<button>Continue</button></form></html>`;

async function readForm(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return Object.fromEntries(new URLSearchParams(text));
}

/** What an answered page proves, or nothing when it proves nothing. */
async function proof({ prompt, session }, { username, password, code }) {
  if (prompt.name === 'login' && await passwordIsRight(username, password)) {
    return { login: { accountId: username, amr: ['pwd'] } };
  }
  if (prompt.name === 'mfa' && codeIsRight(code)) {
    return { login: { accountId: session.accountId, amr: ['pwd', 'otp', 'mfa'], acr: '2fa' }, mfa: {} };
  }
  return undefined;
}

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/step/')) return next();
  const details = await provider.interactionDetails(ctx.req, ctx.res);
  ctx.type = 'html';
  ctx.body = shown(details.uid, details.prompt.name);
  if (ctx.method !== 'POST') return undefined;
  const result = await proof(details, await readForm(ctx.req));
  if (!result) {
    ctx.status = 422;
    return undefined;
  }
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
});

provider.on('server_error', (_ctx, error) => console.error(error));
const server = provider.listen(port, '127.0.0.1', () => console.log(`${issuer} pid ${process.pid}`));
server.keepAliveTimeout = 60_000;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
