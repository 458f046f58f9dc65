// `idp demo` as a child process, and a browser without scripts that walks its pages.

import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:net';

const freePort = () => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Starts the demo on free ports and waits until it says what it has. */
export async function startDemo() {
  if (!process.env.IDP_BINARY) throw new Error('set IDP_BINARY to the idp binary');
  for (let others = 0; ; others += 1) {
    try {
      return await startAt(await freePort());
    } catch (error) {
      // It takes the next ports too, and another test may have one of them.
      if (others === 10 || !/address already in use/i.test(error.message)) throw error;
    }
  }
}

async function startAt(port) {
  const child = spawn(process.env.IDP_BINARY, ['demo', '--port', String(port)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += chunk; });
  const issuer = `http://localhost:${port}`;
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the demo ended with ${child.exitCode}:\n${output}`);
    const answer = await fetch(`${issuer}/dev/demo.json`).catch(() => undefined);
    if (answer?.ok) return { issuer, about: await answer.json(), stop: () => child.kill('SIGKILL') };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`the demo does not answer:\n${output}`);
}

/** The code that an authenticator app shows now. */
export function totp(secret, now = Date.now()) {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((c) => digits.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((octet) => Number.parseInt(octet, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

const unescape = (text) => text.replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))
  .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
  .replace(/&quot;/g, '"').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

const attribute = (tag, name) => {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag);
  return found ? unescape(found[1] ?? found[2] ?? found[3]) : undefined;
};

/** A browser that follows redirects by hand, up to the first address outside the issuer. */
export class Browser {
  #cookies = new Map();

  constructor(issuer) {
    this.issuer = issuer;
  }

  async request(url, init = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { cookie, accept: 'text/html', ...init.headers } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...rest] = line.split(';');
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (rest.some((part) => /max-age=0/i.test(part))) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  /** The page at the end of the redirects, or the address at which the browser leaves. */
  async go(url, init) {
    let answer = await this.request(url, init);
    for (let hops = 0; hops < 20; hops += 1) {
      const location = answer.headers.get('location');
      if (!location) return { url: new URL(url), status: answer.status, html: await answer.text() };
      url = new URL(location, url).href;
      if (new URL(url).origin !== this.issuer) return { left: new URL(url) };
      answer = await this.request(url);
    }
    throw new Error('the redirects do not end');
  }

  /** Submits the form that has this field, hidden fields kept. */
  async submit(page, fields) {
    const [wanted] = Object.keys(fields);
    const forms = page.html.match(/<form\b[\s\S]*?<\/form>/gi) ?? [];
    const form = forms.find((text) => new RegExp(`name=["']?${wanted}["'\\s>]`).test(text));
    if (!form) throw new Error(`no form with ${wanted} at ${page.url}: ${page.html.slice(0, 800)}`);
    const body = new URLSearchParams();
    for (const tag of form.match(/<input\b[^>]*>/gi) ?? []) {
      if (attribute(tag, 'type') === 'hidden' && attribute(tag, 'name')) body.set(attribute(tag, 'name'), attribute(tag, 'value') ?? '');
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const action = new URL(attribute(/<form\b[^>]*>/i.exec(form)[0], 'action') ?? '', page.url);
    return this.go(action.href, { method: 'POST', body, headers: { origin: this.issuer } });
  }

  /** Walks from the authorization request to the callback as this resident. */
  async signIn(url, resident, method) {
    let page = await this.go(url);
    for (let steps = 0; steps < 10 && !page.left; steps += 1) {
      const asks = (name) => (page.html.match(/<input\b[^>]*>/gi) ?? [])
        .some((tag) => attribute(tag, 'name') === name && attribute(tag, 'type') !== 'hidden');
      if (asks('password')) page = await this.submit(page, { password: resident.password });
      else if (asks('email')) page = await this.submit(page, { email: resident.email });
      else if (asks('method')) page = await this.submit(page, { method });
      else if (asks('code')) page = await this.submit(page, { code: await this.#code(resident, method) });
      else throw new Error(`nothing to do at ${page.url}: ${page.html.slice(0, 800)}`);
    }
    if (!page.left) throw new Error('the journey does not end');
    return page.left;
  }

  async #code(resident, method) {
    if (method === 'totp') return totp(resident.totp_secret);
    const answer = await fetch(`${this.issuer}/dev/inbox.json?${new URLSearchParams({ to: resident.email })}`);
    return (await answer.json())[0].code;
  }
}
