// What every browser test stands on: the demo, its clock, and how one goes through pages.

import { createHash, createHmac, randomBytes } from 'node:crypto';

import { test as base, expect } from '@playwright/test';

import { check } from './gates.mjs';
import { Provider } from './provider.mjs';

export { check, expect };

/** Where answers go that no portal waits for: nothing listens there. */
export const NOWHERE = 'http://localhost:9';

/** Everything written in the console (policy violations too) and every foreign request fails the test. */
export const test = base.extend({
  demo: async ({ baseURL, request }, use) => {
    const about = await (await request.get('/dev/demo.json')).json();
    const demo = new Demo(about, baseURL, request);
    await demo.advance(7200); // so that the budgets and one-time steps of the journey before do not matter
    await use(demo);
  },
  // A provider that is set up in another way than the demo; started by the first test that wants it.
  provider: [async ({}, use) => {
    const provider = await Provider.start();
    await use(provider);
    await provider.stop();
  }, { scope: 'worker' }],
  gates: [async ({ context, demo }, use) => {
    const others = context.otherOrigins = [];
    const problems = [];
    const documents = new Set();
    const written = [];
    context.on('response', (response) => {
      if (response.request().isNavigationRequest()) documents.add(response.url());
    });
    context.on('console', (message) => written.push({ text: message.text(), url: message.location().url }));
    context.on('weberror', (error) => problems.push(`error: ${error.error().message}`));
    context.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== 'data:' && ![demo.issuer, demo.portal, NOWHERE, ...others].includes(origin)) problems.push(`foreign request: ${request.url()}`);
    });
    await use();
    // The browser itself reports a document of status 4xx there; the tests say which they expect.
    const status = ({ text, url }) => text.startsWith('Failed to load resource') && documents.has(url);
    problems.push(...written.filter((message) => !status(message)).map(({ text, url }) => `console: ${text} (${url})`));
    expect(problems).toEqual([]);
  }, { auto: true }],
});

export class Demo {
  constructor(about, issuer, request) {
    Object.assign(this, about, { issuer, request });
  }

  /** A provider that was set up in another way, with the same means. */
  static of(provider, request) {
    return new Demo({ portal: provider.home, residents: provider.residents, clients: provider.clients }, provider.issuer, request);
  }

  client(preset) {
    return this.clients.find((client) => client.preset === preset);
  }

  resident(situation) {
    return this.residents.find((resident) => resident.situation === situation);
  }

  /** Moves the provider's clock, and says what it shows. */
  async advance(seconds) {
    const answer = await this.request.post(`${this.issuer}/dev/clock`, { form: { advance_seconds: String(seconds) } });
    expect(answer.ok()).toBe(true);
    return new Date((await answer.json()).now).getTime();
  }

  /** What an authenticator app with this key shows. */
  async totp(secret) {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    const bits = [...secret].map((c) => digits.indexOf(c).toString(2).padStart(5, '0')).join('');
    const key = Buffer.from(bits.match(/.{8}/g).map((octet) => Number.parseInt(octet, 2)));
    const step = Buffer.alloc(8);
    step.writeBigUInt64BE(BigInt(Math.floor(await this.advance(0) / 30_000)));
    const mac = createHmac('sha1', key).update(step).digest();
    return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  }

  /** The code that was last sent there. */
  async inbox(to) {
    const messages = await (await this.request.get(`${this.issuer}/dev/inbox.json`, { params: { to } })).json();
    return messages[0].code;
  }

  /** An authorization request that the portal did not make: it shows an error when it gets the answer. */
  authorize({ client_id: id }, extra = {}) {
    const verifier = this.verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      response_type: 'code', client_id: id, redirect_uri: `${this.portal}/callback`, scope: 'openid profile email',
      state: randomBytes(16).toString('base64url'), nonce: randomBytes(16).toString('base64url'),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...extra,
    });
    return `${this.issuer}/authorize?${query}`;
  }

  /** What the ID token and the userinfo answer say for the code that the browser came back with. */
  async redeem(client, page) {
    const answer = await this.request.post(`${this.issuer}/token`, { form: {
      grant_type: 'authorization_code', code: new URL(page.url()).searchParams.get('code'), redirect_uri: `${this.portal}/callback`,
      code_verifier: this.verifier, client_id: client.client_id, client_secret: client.client_secret,
    } });
    expect(answer.ok(), await answer.text()).toBe(true);
    const { id_token: token, access_token: access } = await answer.json();
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    const person = await (await this.request.get(`${this.issuer}/userinfo`, { headers: { authorization: `Bearer ${access}` } })).json();
    return { claims, person };
  }
}

async function tabTo(page, what, found) {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await page.evaluate(found, what)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${what}`);
}

/** Presses a button by pointer or, after tabbing to it, by Enter; waits for the page that it leads to. */
export async function press(page, id, keyboard = false, twice = false) {
  const led = page.waitForEvent('framenavigated');
  if (keyboard) {
    await tabTo(page, id, (wanted) => document.activeElement?.id === wanted);
    await page.keyboard.press('Enter');
  } else {
    const button = page.locator(`#${id}`);
    // Both clicks on this page, however fast the next one is.
    await (twice ? button.evaluate((pressed) => { pressed.click(); pressed.click(); }) : button.click());
  }
  await led;
  await page.waitForLoadState();
}

export const field = (page, name) => page.locator(`input[name="${name}"]:not([type="hidden"]):not([hidden])`).first();

/** Fills a field by pointer or, after tabbing to it, by typing. */
export async function fill(page, name, value, keyboard = false) {
  if (!keyboard) {
    await field(page, name).fill(value);
    return;
  }
  await tabTo(page, name, (wanted) => document.activeElement?.getAttribute('name') === wanted);
  await page.keyboard.type(value);
}

/** Chooses a radio button by pointer or, after tabbing to its group, by arrows. */
export async function choose(page, name, value, keyboard = false) {
  if (!keyboard) {
    await page.locator(`input[name="${name}"][value="${value}"]`).check();
    return;
  }
  await tabTo(page, name, (wanted) => document.activeElement?.getAttribute('name') === wanted);
  await page.keyboard.press('Space');
  for (let presses = 0; presses < 10; presses += 1) {
    if (await page.locator(`input[name="${name}"][value="${value}"]`).isChecked()) return;
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`arrows do not reach ${value}`);
}

/** From the portal's start page to the provider's first page. */
export async function start(page, demo, preset, keyboard = false) {
  await page.goto(demo.portal);
  await choose(page, 'client', demo.client(preset).client_id, keyboard);
  await press(page, 'portal-sign-in', keyboard);
}

/** Does what each page of the provider asks, every page through the gates, until the browser is elsewhere. */
export async function walk(page, demo, { resident, method = 'email', until, each, twice = false, ...how }) {
  const { keyboard = false } = how;
  const seen = [];
  let secret = resident.totp_secret;
  for (let steps = 0; steps < 12; steps += 1) {
    if (new URL(page.url()).origin !== demo.issuer) return seen;
    await check(page, how);
    const screen = await page.locator('main').getAttribute('data-screen');
    seen.push(screen);
    if (screen === until) return seen;
    await each?.();
    const has = async (name) => await field(page, name).count() > 0;
    let button = 'continue';
    if (await has('password')) {
      await fill(page, 'password', resident.password, keyboard);
      button = 'sign-in';
    } else if (await has('email')) {
      await fill(page, 'email', resident.email, keyboard);
    } else if (await has('method')) {
      await choose(page, 'method', method, keyboard);
    } else if (await has('code')) {
      const sent = await page.locator('#resend').count() > 0;
      await fill(page, 'code', sent ? await demo.inbox(method === 'sms' ? resident.phone : resident.email) : await demo.totp(secret), keyboard);
    } else if (screen === 'R18') {
      secret = (await page.locator('#app-key').textContent()).replace(/\s/g, '');
    } else if (screen === 'R29') {
      button = 'allow';
    }
    await press(page, button, keyboard, twice);
  }
  throw new Error(`the journey does not end: ${seen.join(' ')}`);
}
