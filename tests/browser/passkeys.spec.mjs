// Passkeys in a real browser, with its virtual authenticator: create, use, conditional, cancelled, wrong authenticator,
// clone, remove. The provider is one of its own, because the demo's clients take no passkeys.

import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:net';

import { expect, test as base } from '@playwright/test';

import { check } from './gates.mjs';
import { Provider } from './provider.mjs';

const PASSWORD = 'correct horse battery staple';
const policies = {
  passkey: { sign_in: ['password', 'passkey'], factors: ['passkey', 'email'] },
  'passkey-only': { factors: ['passkey'], enrol_on_password_days: 14, backup_codes: { count: 0 } },
};
const clients = Object.entries(policies).map(([preset, policy]) => (
  { preset, args: ['--name', 'Report a missed bin', '--policy', JSON.stringify(policy)] }
));

async function freePort() {
  const server = createServer();
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  const { port } = server.address();
  await new Promise((closed) => { server.close(closed); });
  return port;
}

const test = base.extend({
  provider: [async ({}, use) => {
    const metrics = await freePort();
    const provider = await Provider.start({ at: await freePort(), metrics, clients, languages: ['en', 'cy'] });
    let people = 0;
    provider.resident = () => {
      people += 1;
      const email = `person${people}@example.test`;
      provider.run('user', 'add', '--email', email, '--password', PASSWORD);
      return email;
    };
    provider.suspected = async () => {
      const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
      return Number(/^passkey_copies_suspected_total (\d+)/m.exec(text)?.[1] ?? 0);
    };
    await use(provider);
    await provider.stop();
  }, { scope: 'worker' }],
  gates: [async ({ page }, use) => {
    const problems = [];
    page.on('console', (message) => {
      if (!message.text().startsWith('Failed to load resource')) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    await use();
    expect(problems).toEqual([]);
  }, { auto: true }],
});

/** The browser's virtual authenticator. */
async function authenticator(page, more = {}) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true, ...more,
    },
  });
  const of = (name, extra) => devtools.send(`WebAuthn.${name}`, { authenticatorId, ...extra });
  return {
    credentials: async () => (await of('getCredentials')).credentials,
    add: (credential) => of('addCredential', { credential }),
    clear: () => of('clearCredentials'),
    verified: (isUserVerified) => of('setUserVerified', { isUserVerified }),
    detach: () => of('removeVirtualAuthenticator'),
  };
}

function authorize({ issuer, home }, client, extra = {}) {
  const query = new URLSearchParams({
    response_type: 'code', client_id: client, redirect_uri: `${home}/callback`, scope: 'openid', state: 'state', nonce: 'nonce',
    code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url'), code_challenge_method: 'S256', ...extra,
  });
  return `${issuer}/authorize?${query}`;
}

const screen = (page, id) => expect(page.locator('main')).toHaveAttribute('data-screen', id);
const go = (page) => page.locator('#continue').click();
const back = (page) => page.waitForURL((url) => url.pathname === '/callback' && url.searchParams.has('code'));

/** Up to the page after the password. */
async function password(page, provider, client, email, extra) {
  await page.goto(authorize(provider, client, extra));
  await page.locator('input[type=email]').fill(email);
  await go(page);
  await page.locator('input[type=password]').fill(PASSWORD);
  await page.locator('#sign-in').click();
}

/** Makes a passkey within a sign-in. */
async function create(page, provider, email) {
  await password(page, provider, 'passkey-only', email);
  await screen(page, 'R15');
  await go(page);
  await screen(page, 'R20');
  await page.locator('input[name=name]').fill('My laptop');
  await go(page);
  await screen(page, 'R21');
}

test('scr_r20 scr_r21 scr_r11 a passkey is created, and used as the second factor', async ({ page, provider, context }) => {
  const device = await authenticator(page);
  const email = provider.resident();
  await password(page, provider, 'passkey-only', email);
  await go(page);
  await screen(page, 'R20');
  await expect(page.getByText('Passkeys need JavaScript')).toBeHidden();
  await check(page);
  await go(page);
  await screen(page, 'R21');
  await check(page);
  const [credential] = await device.credentials();
  expect(credential).toMatchObject({ rpId: 'localhost', isResidentCredential: true });
  expect(Buffer.from(credential.userHandle, 'base64')).toHaveLength(16);
  await go(page);
  await back(page);
  await context.clearCookies();
  await password(page, provider, 'passkey-only', email);
  await screen(page, 'R11');
  await check(page);
  await go(page);
  await back(page);
});

test('scr_r20 two people of one device have a passkey each', async ({ page, provider, context }) => {
  const device = await authenticator(page);
  await create(page, provider, provider.resident());
  await context.clearCookies();
  await create(page, provider, provider.resident());
  expect(await device.credentials()).toHaveLength(2);
});

test('scr_r1 conditional: the browser offers the passkey with the address', async ({ page, provider, context }) => {
  await authenticator(page);
  await create(page, provider, provider.resident());
  await context.clearCookies();
  // The virtual authenticator takes the offer at once.
  await page.goto(authorize(provider, 'passkey'));
  await back(page);
});

test('scr_r3 scr_r4 a passkey instead of the password, and to confirm', async ({ page, provider, context }) => {
  const device = await authenticator(page);
  const email = provider.resident();
  await create(page, provider, email);
  const [credential] = await device.credentials();
  await device.clear();
  await context.clearCookies();
  await page.goto(authorize(provider, 'passkey'));
  await screen(page, 'R1');
  await page.locator('input[type=email]').fill(email);
  await go(page);
  await screen(page, 'R3');
  await device.add(credential);
  await page.getByRole('link', { name: 'Use a passkey instead' }).click();
  await screen(page, 'R11');
  await go(page);
  await back(page);
  await page.goto(authorize(provider, 'passkey', { prompt: 'login' }));
  await screen(page, 'R4');
  await page.getByRole('link', { name: 'Use a passkey instead' }).click();
  await go(page);
  await back(page);
});

test('scr_r12 cancelled, not verified and wrong authenticator lead to the ways on', async ({ page, provider, context }) => {
  const device = await authenticator(page);
  const email = provider.resident();
  await create(page, provider, email);
  const [credential] = await device.credentials();
  await context.clearCookies();
  await password(page, provider, 'passkey-only', email, { acr_values: 'phr' });
  await screen(page, 'R11');
  await device.verified(false);
  await go(page);
  await screen(page, 'R12');
  await check(page);
  await device.verified(true);
  await page.getByLabel('Try your passkey again').check();
  await go(page);
  await screen(page, 'R11');
  await device.clear();
  await go(page);
  await screen(page, 'R12');
  await go(page);
  await screen(page, 'R12');
  await check(page, { error: true });
  await device.add(credential);
  await page.getByLabel('Try your passkey again').check();
  await go(page);
  await go(page);
  await back(page);
});

test('sec_r17 clone: a copy with an older sign count is refused', async ({ page, provider, context }) => {
  const device = await authenticator(page);
  const email = provider.resident();
  await create(page, provider, email);
  const [made] = await device.credentials();
  for (let use = 0; use < 2; use += 1) {
    await context.clearCookies();
    await password(page, provider, 'passkey-only', email);
    await go(page);
    await back(page);
  }
  const before = await provider.suspected();
  await device.clear();
  await device.add(made);
  await context.clearCookies();
  await password(page, provider, 'passkey-only', email);
  await screen(page, 'R11');
  await go(page);
  await screen(page, 'R12');
  expect(await provider.suspected()).toBe(before + 1);
});

test('sec_r18 remove: a passkey that was taken away opens nothing', async ({ page, provider, context }) => {
  const device = await authenticator(page);
  const email = provider.resident();
  await create(page, provider, email);
  await context.clearCookies();
  const [credential] = await device.credentials();
  await device.clear();
  await page.goto(authorize(provider, 'passkey'));
  await page.locator('input[type=email]').fill(email);
  await go(page);
  provider.run('user', 'reset-mfa', '--email', email, '--reason', 'lost');
  await device.add(credential);
  await page.getByRole('link', { name: 'Use a passkey instead' }).click();
  await go(page);
  await screen(page, 'R12');
  await page.getByLabel('Sign in with your email address and password').check();
  await go(page);
  await screen(page, 'R3');
});

test('scr_r42 scr_r22 on the account pages passkeys are added, named and removed, and backup codes made', async ({ page, provider }) => {
  const first = await authenticator(page);
  await create(page, provider, provider.resident());
  await go(page);
  await back(page);
  // Known at a client whose people have backup codes.
  await page.goto(authorize(provider, 'passkey'));
  await back(page);
  await page.goto(`${provider.issuer}/account/security`);
  await screen(page, 'R42');
  await check(page);
  await page.getByRole('link', { name: 'Rename My laptop' }).click();
  await screen(page, 'R42b');
  await check(page);
  await page.locator('input[name=name]').fill('');
  await go(page);
  await check(page, { error: true });
  await page.locator('input[name=name]').fill('The old laptop');
  await go(page);
  await screen(page, 'R42');
  await check(page);
  // Another device: the first one has a passkey already.
  await first.detach();
  const second = await authenticator(page);
  await expect(page.getByText('Adding a passkey needs JavaScript')).toBeHidden();
  await page.getByRole('link', { name: 'Add a passkey' }).click();
  await screen(page, 'R20');
  await check(page);
  await page.locator('input[name=name]').fill('My phone');
  await go(page);
  await screen(page, 'R42');
  await check(page);
  expect(await second.credentials()).toHaveLength(1);
  await page.getByRole('link', { name: 'Remove The old laptop' }).click();
  await screen(page, 'R42-R45');
  await check(page);
  await go(page);
  await screen(page, 'R42');
  await expect(page.getByText('The old laptop')).toHaveCount(0);
  await page.getByRole('link', { name: 'Make new backup codes' }).click();
  await go(page);
  await screen(page, 'R22');
  await check(page);
  await page.getByLabel('I have saved these codes').check();
  await go(page);
  await screen(page, 'R42');
  await expect(page.getByText('You have 5 backup codes left')).toBeVisible();
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('scr_r20 the page says what is missing, and nothing is a dead end', async ({ page, provider }) => {
    await password(page, provider, 'passkey-only', provider.resident());
    await go(page);
    await screen(page, 'R20');
    await expect(page.getByText('Passkeys need JavaScript')).toBeVisible();
    await go(page);
    await screen(page, 'R20');
    await expect(page.locator('.govuk-error-summary')).toHaveCount(1);
    await page.locator('#cancel').click();
    await page.waitForURL((url) => url.searchParams.get('error') === 'access_denied');
  });
});

/** Somebody new, up to the page that asks for a password. */
async function newcomer(page, provider, email) {
  await page.goto(authorize(provider, 'passkey'));
  await page.locator('main a[href^="/create?"]').click();
  await page.locator('input[type=email]').fill(email);
  await go(page);
  await screen(page, 'R31');
  let code;
  await expect(async () => {
    const sent = await (await fetch(`${provider.issuer}/dev/inbox.json?${new URLSearchParams({ to: email })}`)).json();
    code = sent.find((message) => message.code)?.code;
    expect(code).toBeDefined();
  }).toPass({ timeout: 10_000 });
  await page.locator('input[name=code]').fill(code);
  await go(page);
  await screen(page, 'R32');
}

const instead = (page) => page.locator('main a[href^="/create/passkey?"]');

test('scr_r32 an account is made with a passkey and no password', async ({ page, provider, context }) => {
  const device = await authenticator(page);
  await newcomer(page, provider, 'keyholder@example.test');
  await check(page);
  await instead(page).click();
  await screen(page, 'R32');
  await expect(page.getByText('Passkeys need JavaScript')).toBeHidden();
  await check(page);
  await page.locator('input[name=name]').fill('My laptop');
  await go(page);
  await screen(page, 'R34');
  expect(await device.credentials()).toHaveLength(1);
  await go(page);
  await back(page);
  // It signs in alone.
  await context.clearCookies();
  await page.goto(authorize(provider, 'passkey'));
  await back(page);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('scr_r32 no passkey is offered in place of a password', async ({ page, provider }) => {
    await newcomer(page, provider, 'without.scripts@example.test');
    await expect(instead(page)).toBeHidden();
    await expect(page.locator('input[type=password]')).toBeVisible();
  });
});
