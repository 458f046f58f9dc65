// What every browser test stands on: the demo, its clock, and the gates that each page has to pass.

import { createHash, createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import AxeBuilder from '@axe-core/playwright';
import { test as base, expect } from '@playwright/test';

export { expect };

const CALLBACK = 'http://localhost:9/cb';

/** Everything written in the console, every foreign request and every policy violation fails the test. */
export const test = base.extend({
  demo: async ({ baseURL, request }, use, info) => {
    const about = await (await request.get('/dev/demo.json')).json();
    await use(new Demo(about, baseURL, request, info.project.outputDir));
  },
  gates: [async ({ page, baseURL }, use) => {
    const problems = [];
    page.on('console', (message) => problems.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(baseURL) && !url.startsWith(CALLBACK)) problems.push(`foreign request: ${url}`);
    });
    // The relying party: nothing listens there, so the browser's last step is answered here.
    await page.route(`${CALLBACK}**`, (route) => route.fulfill({ contentType: 'text/html', body: '<title>Back</title><h1>Back</h1>' }));
    await use();
    expect(problems).toEqual([]);
  }, { auto: true }],
});

export class Demo {
  constructor(about, issuer, request, folder) {
    Object.assign(this, { ...about, issuer, request });
    this.clock = path.join(folder, `clock-${new URL(issuer).port}`);
  }

  client(preset) {
    return this.clients.find((client) => client.preset === preset);
  }

  resident(situation) {
    return this.residents.find((resident) => resident.situation === situation);
  }

  /** Moves the demo's clock, so that budgets and one-time steps of the journey before do not matter. */
  async advance(seconds) {
    const answer = await this.request.post('/dev/clock', { form: { advance_seconds: String(seconds) } });
    expect(answer.ok()).toBe(true);
    mkdirSync(path.dirname(this.clock), { recursive: true });
    writeFileSync(this.clock, String(this.offset() + seconds));
  }

  offset() {
    return existsSync(this.clock) ? Number(readFileSync(this.clock, 'utf8')) : 0;
  }

  totp({ totp_secret: secret }) {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    const bits = [...secret].map((c) => digits.indexOf(c).toString(2).padStart(5, '0')).join('');
    const key = Buffer.from(bits.match(/.{8}/g).map((octet) => Number.parseInt(octet, 2)));
    const step = Buffer.alloc(8);
    step.writeBigUInt64BE(BigInt(Math.floor((Date.now() / 1000 + this.offset()) / 30)));
    const mac = createHmac('sha1', key).update(step).digest();
    return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  }

  async inbox(to) {
    const messages = await (await this.request.get('/dev/inbox.json', { params: { to } })).json();
    return messages[0].code;
  }

  /** An authorization request of this client. */
  authorize(client, extra = {}) {
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      response_type: 'code', client_id: client.client_id, redirect_uri: CALLBACK, scope: 'openid profile email',
      state: randomBytes(16).toString('base64url'), nonce: randomBytes(16).toString('base64url'),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...extra,
    });
    return `/authorize?${query}`;
  }
}

/** The gates of screens.md for a page as it stands: axe, title, heading, language, width, targets. */
export async function check(page, { scripts = true, language = 'en', error = false } = {}) {
  const heading = page.locator('h1');
  await expect(heading).toHaveCount(1);
  const title = await page.title();
  const words = (await heading.innerText()).trim();
  const prefix = { en: 'Error: ', cy: 'Gwall: ' }[language];
  expect(title.startsWith(`${error ? prefix : ''}${words} - `), `${title} begins with its heading`).toBe(true);
  await expect(page.locator('html')).toHaveAttribute('lang', language);
  const { wide, viewport } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth, viewport: document.documentElement.clientWidth,
  }));
  expect(wide, 'no sideways scroll').toBeLessThanOrEqual(viewport);
  if (scripts) {
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .exclude('.govuk-back-link')
      .analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  }
}

/** Presses a button by pointer or, after tabbing to it, by Enter. */
export async function press(page, id, keyboard = false) {
  if (!keyboard) {
    await page.locator(`#${id}`).click();
    return;
  }
  for (let presses = 0; presses < 60; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) {
      await page.keyboard.press('Enter');
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach #${id}`);
}

/** Fills a field by pointer or, after tabbing to it, by typing. */
export async function fill(page, name, value, keyboard = false) {
  if (!keyboard) {
    await page.locator(`input[name="${name}"]:not([type="hidden"]):not([hidden])`).fill(value);
    return;
  }
  for (let presses = 0; presses < 60; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.getAttribute('name') === wanted, name)) {
      await page.keyboard.type(value);
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${name}`);
}
