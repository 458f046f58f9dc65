// Every sample of every screen, in both languages, through every gate: axe, forced colours, no motion, on paper, with
// spaced, large and small looks. What is reached by no journey of these tests is looked at all the same. `idp themes gallery` makes the pages.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { checkMarkup, checkRoom, checkSmall } from './gates.mjs';
import { expect, test } from './support.mjs';

let folder;
const names = (wording) => readdirSync(path.join(folder, wording)).sort();
const html = (wording, name) => readFileSync(path.join(folder, wording, name), 'utf8');

test.beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'idp-gallery-'));
  execFileSync(process.env.IDP_BINARY ?? '../../target/debug/idp', ['themes', 'gallery', folder]);
});
test.afterAll(() => rmSync(folder, { recursive: true }));

/** Shows the pages as the provider would, under the same policy. */
test.beforeEach(async ({ context, request }) => {
  const policy = (await request.get('/help')).headers()['content-security-policy'];
  expect(policy).toContain("default-src 'none'");
  await context.route('**/gallery/**', (route) => {
    const file = path.join(folder, new URL(route.request().url()).pathname.replace('/gallery/', ''));
    return existsSync(file) ? route.fulfill({ path: file, contentType: 'text/html; charset=utf-8', headers: { 'content-security-policy': policy } }) : route.abort();
  });
  // The page that sends itself has nowhere to go: it is looked at as it is without its script.
  await context.route('**/idp.js', (route) => (route.request().frame().url().includes('/R51-') ? route.fulfill({ contentType: 'text/javascript', body: '' }) : route.continue()));
});

/** Goes on after a page that fails, in a new tab, and says of each what is wrong. */
async function each(context, wording, files, gates) {
  test.setTimeout(files.length * 10_000);
  let page = await context.newPage();
  for (const file of files) {
    await page.goto(`/gallery/${wording}/${file}`);
    try {
      await gates(page, `${wording}-${path.basename(file, '.html')}`);
    } catch (error) {
      expect.soft(error.message, file).toBe('nothing wrong');
      page = await context.newPage();
    }
  }
}

for (const language of ['en', 'cy']) {
  test.describe(language, () => {
    test.use({ viewport: { width: 1280, height: 720 } });

    test('scr_gallery every page keeps its words: spaced, of double size, at 320 pixels', async ({ context }) => {
      const files = names('default').filter((file) => file.endsWith(`-${language}.html`));
      expect(files.length).toBeGreaterThan(60);
      await each(context, 'default', files, async (page, name) => {
        await checkRoom(page, name);
        // The markup is the same in both languages.
        if (language === 'en') await checkMarkup(page);
      });
    });

    test('scr_gallery what other wordings say has room at 320 pixels', async ({ context }) => {
      for (const wording of ['always-on', 'staff-app', 'authenticator', 'sms-first']) {
        const files = names(wording).filter((file) => file.endsWith(`-${language}.html`) && html(wording, file) !== html('default', file));
        expect(files.length).toBeGreaterThan(0);
        await each(context, wording, files, checkSmall);
      }
    });
  });
}
