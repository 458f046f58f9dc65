// The sign-in journey three ways (scripts on, scripts off, keyboard only), in both languages, on small screens.

import { check, expect, fill, press, test } from './support.mjs';

const visible = (page, name) => page.locator(`input[name="${name}"]:not([type="hidden"]):not([hidden])`).first();

/** Walks to the callback, every page through the gates. */
async function walk(page, demo, { resident, method, scripts = true, language = 'en', keyboard = false }) {
  const gates = { scripts, language };
  const seen = [];
  for (let steps = 0; steps < 8; steps += 1) {
    if (page.url().startsWith('http://localhost:9/cb')) return { callback: new URL(page.url()), seen };
    await check(page, gates);
    if (await visible(page, 'password').count()) {
      seen.push('password');
      await fill(page, 'password', resident.password, keyboard);
      await press(page, 'sign-in', keyboard);
    } else if (await visible(page, 'email').count()) {
      seen.push('email');
      await fill(page, 'email', resident.email, keyboard);
      await press(page, 'continue', keyboard);
    } else if (await visible(page, 'method').count()) {
      seen.push('method');
      await page.locator(`input[name="method"][value="${method}"]`).check();
      await press(page, 'continue', keyboard);
    } else if (await visible(page, 'code').count()) {
      seen.push('code');
      const code = method === 'totp' ? demo.totp(resident) : await demo.inbox(resident.email);
      await fill(page, 'code', code, keyboard);
      await press(page, 'continue', keyboard);
    } else {
      throw new Error(`nothing to do at ${page.url()}: ${await page.title()}`);
    }
    await page.waitForLoadState();
  }
  throw new Error('the journey does not end');
}

const ways = [
  { name: 'with scripts' },
  { name: 'without scripts', scripts: false },
  { name: 'by keyboard alone', keyboard: true },
  { name: 'at 320 pixels', viewport: { width: 320, height: 640 } },
];

for (const { name, scripts = true, keyboard = false, viewport } of ways) {
  for (const language of ['en', 'cy']) {
    test.describe(`${name}, ${language}`, () => {
      test.use({ javaScriptEnabled: scripts, ...(viewport && { viewport }) });
      test.beforeEach(async ({ demo }) => demo.advance(61));

      test('scr_r1 scr_r3 scr_r5 scr_r6 password and emailed code', async ({ page, demo }) => {
        await page.goto(demo.authorize(demo.client('always-on'), { ui_locales: language }));
        const { callback, seen } = await walk(page, demo, {
          resident: demo.resident('email only'), method: 'email', scripts, language, keyboard,
        });
        expect(seen).toEqual(['email', 'password', 'method', 'code']);
        expect(callback.searchParams.get('code')).toHaveLength(43);
      });

      test('scr_r9 password and authenticator', async ({ page, demo }) => {
        await page.goto(demo.authorize(demo.client('authenticator'), { ui_locales: language }));
        const { callback } = await walk(page, demo, {
          resident: demo.resident('with an authenticator'), method: 'totp', scripts, language, keyboard,
        });
        expect(callback.searchParams.get('code')).toHaveLength(43);
      });
    });
  }
}

test('scr_r1 an error is announced, focused and linked to its field', async ({ page, demo }) => {
  await page.goto(demo.authorize(demo.client('always-on')));
  await fill(page, 'email', 'not an address');
  await press(page, 'continue');
  await check(page, { error: true });
  await expect(page.locator('.govuk-error-summary')).toBeFocused();
  await page.locator('.govuk-error-summary a').first().click();
  await expect(visible(page, 'email')).toBeFocused();
});

test('scr_r3 Show reveals the password and the page keeps the address for password managers', async ({ page, demo }) => {
  const resident = demo.resident('email only');
  await page.goto(demo.authorize(demo.client('always-on')));
  await fill(page, 'email', resident.email);
  await press(page, 'continue');
  await expect(visible(page, 'password')).toHaveAttribute('autocomplete', 'current-password');
  await expect(page.locator('input[autocomplete="username"]')).toHaveValue(resident.email);
  await fill(page, 'password', 'secret words');
  await page.locator('.govuk-password-input__toggle').click();
  await expect(visible(page, 'password')).toHaveAttribute('type', 'text');
});

test('case_az12 the back button after the end leads to a friendly page', async ({ page, demo }) => {
  await demo.advance(61);
  await page.goto(demo.authorize(demo.client('always-on')));
  await walk(page, demo, { resident: demo.resident('email only'), method: 'email' });
  await page.goBack();
  await expect(page.locator('h1')).toHaveCount(1);
  await check(page);
});

test('scr_r46 signing out without a hint asks first', async ({ page }) => {
  await page.goto('/logout');
  await check(page);
  await press(page, 'sign-out');
  await check(page);
});

for (const place of ['/cookies', '/privacy', '/accessibility', '/help', '/nothing-here']) {
  for (const language of ['en', 'cy']) {
    test(`scr_r54 scr_r49 ${place} in ${language}`, async ({ page, context }) => {
      await context.setExtraHTTPHeaders({ 'accept-language': language });
      const missing = place === '/nothing-here';
      page.removeAllListeners('console'); // a 404 document is reported there by the browser itself
      const answer = await page.goto(place);
      expect(answer.status()).toBe(missing ? 404 : 200);
      await check(page, { language });
    });
  }
}

test('scr_r48 an unknown client gets an own page', async ({ page, demo }) => {
  page.removeAllListeners('console'); // the 400 of the document itself
  const answer = await page.goto(demo.authorize({ client_id: 'nobody' }));
  expect(answer.status()).toBe(400);
  await check(page);
});

test('weight: the first page is small and loads little', async ({ page, demo }) => {
  let requests = 0;
  let bytes = 0;
  page.on('requestfinished', async (request) => {
    requests += 1;
    const { responseBodySize } = await request.sizes();
    bytes += responseBodySize;
  });
  await page.goto(demo.authorize(demo.client('always-on')), { waitUntil: 'networkidle' });
  expect(requests).toBeLessThanOrEqual(1 + 4); // the redirect from /authorize, and four for the page
  expect(bytes).toBeLessThanOrEqual(30_000);
});
