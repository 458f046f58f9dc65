// A provider of its own, made by the command line: what the demo's clients and its configuration do not show.

import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

const port = Number(process.env.IDP_TEST_BASE_PORT ?? 18_480) + 5; // beyond those of the demo
const binary = process.env.IDP_BINARY ?? '../../target/debug/idp';
const password = 'correct horse battery staple';
const secret = 'a-secret-of-the-browser-tests-0123456789';

/** Where a provider keeps its data: a file in its folder, or a new database of the server that `tests/run` has started. */
function store(folder) {
  const server = process.env.IDP_TEST_BROWSER_POSTGRES;
  if (!server) return { url: `sqlite:${path.join(folder, 'idp.db')}` };
  const name = `browser_${randomBytes(6).toString('hex')}`;
  execFileSync('psql', ['--quiet', '--dbname', server, '--command', `CREATE DATABASE ${name}`]);
  return { url: Object.assign(new URL(server), { pathname: name }).href, key: randomBytes(32).toString('base64') };
}

/** Who it is for: an app of somebody else, and one that asks for no second factor by itself. */
const otherClients = [
  { preset: 'third party', args: ['--name', 'Anytown Buses', '--third-party', '--policy', '{"mfa":"off"}'] },
  { preset: 'one factor', args: ['--name', 'Library renewals', '--policy', '{"mfa":"off"}'] },
];

export class Provider {
  static issuer = `http://localhost:${port}`;

  /** English alone is offered, unless `more` says otherwise. */
  constructor({ at = port, metrics = 0, clients = otherClients, languages = ['en'] } = {}) {
    Object.assign(this, { at, metrics, asked: clients, languages });
    this.issuer = `http://localhost:${at}`;
    this.clients = clients.map(({ preset }) => ({ preset, client_id: preset.replace(' ', '-'), client_secret: secret }));
  }

  /** The relying party of all clients: it answers, and that is all. */
  portal = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html').end('<!DOCTYPE html><link rel="icon" href="data:,"><title>Back</title>');
  });

  residents = [{ situation: 'email only', email: 'resident1@example.org', password }];

  /** Where the relying party is. */
  get home() {
    return `http://localhost:${this.portal.address().port}`;
  }

  /** The command line, for this provider. */
  run(...args) {
    execFileSync(binary, [...args, '--config', this.config], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  static async start(more) {
    const provider = new Provider(more);
    provider.folder = mkdtempSync(path.join(tmpdir(), 'idp-browser-'));
    provider.config = path.join(provider.folder, 'idp.toml');
    const { url, key } = store(provider.folder);
    writeFileSync(provider.config, [
      `[server]\nissuer = "${provider.issuer}"\nlisten = "127.0.0.1:${provider.at}"\nmetrics_listen = "127.0.0.1:${provider.metrics}"\nunready_seconds = 0\ndrain_seconds = 1`,
      `[store]\nurl = "${url}"`,
      key ? `[keys]\nmaster_key = "${key}"` : '',
      '[brand]\ncouncil = "Anytown Council"\nlanguages = ' + JSON.stringify(provider.languages),
      '[log]\nlevel = "warn"',
      '[development]\ninbox = true\nclock = true\n',
    ].join('\n\n'));
    await new Promise((resolve) => { provider.portal.listen(0, 'localhost', resolve); });
    provider.run('migrate');
    for (const [i, { args }] of provider.asked.entries()) {
      provider.run('client', 'add', '--id', provider.clients[i].client_id, '--secret', secret, '--redirect-uri', `${provider.home}/callback`, '--auth-method', 'client_secret_post', ...args);
    }
    provider.run('user', 'add', '--email', provider.residents[0].email, '--password', password);
    provider.process = spawn(binary, ['serve', '--config', provider.config], { stdio: ['ignore', 'ignore', 'inherit'] });
    for (let tries = 0; tries < 300; tries += 1) {
      const answer = await fetch(`${provider.issuer}/readyz`).catch(() => undefined);
      if (answer?.ok) return provider;
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    throw new Error('the provider does not answer');
  }

  async stop() {
    const ended = new Promise((resolve) => { this.process.once('exit', resolve); });
    this.process.kill('SIGTERM');
    await ended;
    this.portal.close();
    rmSync(this.folder, { recursive: true });
  }
}
