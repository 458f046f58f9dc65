// Pages beside the straight journey: errors, consent, account choice, what has passed, and what the footer leads to.

import { gzipSync } from 'node:zlib';

import { check, choose, expect, field, fill, press, start, test, walk } from './support.mjs';

const screen = (page, name) => expect(page.locator('main')).toHaveAttribute('data-screen', name);

for (const language of ['en', 'cy']) {
  const how = { language };
  test.describe(language, () => {
    test.use({ locale: `${language}-GB`, viewport: { width: 1280, height: 640 } });

    test('scr_r54 scr_r49 what the footer leads to, and what is not there', async ({ page }) => {
      for (const place of ['/cookies', '/privacy', '/accessibility', '/help', '/dev/inbox', '/nothing-here']) {
        const answer = await page.goto(place);
        expect(answer.status()).toBe(place === '/nothing-here' ? 404 : 200);
        await check(page, how);
      }
    });

    test('scr_r48 an unknown client gets an own page', async ({ page, demo }) => {
      const answer = await page.goto(demo.authorize({ client_id: 'nobody' }));
      expect(answer.status()).toBe(400);
      await check(page, how);
    });

    test('scr_r29 consent, and refusing it', async ({ page, demo }) => {
      const resident = demo.resident('email only');
      await page.goto(demo.authorize(demo.client('council-portal'), { prompt: 'consent', scope: 'openid profile email offline_access' }));
      await walk(page, demo, { resident, until: 'R29', ...how });
      await press(page, 'cancel');
      expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
      await page.goto(demo.authorize(demo.client('council-portal'), { prompt: 'consent' }));
      expect((await walk(page, demo, { resident, ...how })).at(-1)).toBe('R29');
      expect(new URL(page.url()).searchParams.get('code')).toHaveLength(43);
    });

    test('scr_r2 scr_r4 choosing an account, and proving again', async ({ page, demo }) => {
      const resident = demo.resident('email only');
      await start(page, demo, 'council-portal');
      await walk(page, demo, { resident, ...how });
      await page.goto(demo.authorize(demo.client('council-portal'), { prompt: 'select_account' }));
      await screen(page, 'R2');
      await check(page, how);
      await press(page, 'continue');
      await check(page, { ...how, error: true });
      await page.goto(demo.authorize(demo.client('council-portal'), { prompt: 'login' }));
      await screen(page, 'R4');
      await check(page, how);
      await fill(page, 'password', 'not this one');
      await press(page, 'sign-in');
      await check(page, { ...how, error: true });
    });

    test('scr_r1 scr_r3 scr_r6 scr_r13 errors, another code, another way', async ({ page, demo }) => {
      const resident = demo.resident('email only');
      await start(page, demo, 'always-on');
      await fill(page, 'email', 'not an address');
      await press(page, 'continue');
      await check(page, { ...how, error: true });
      await fill(page, 'email', resident.email);
      await press(page, 'continue');
      await press(page, 'sign-in');
      await check(page, { ...how, error: true });
      await fill(page, 'password', resident.password);
      await press(page, 'sign-in');
      await screen(page, 'R5');
      await choose(page, 'method', 'email');
      await press(page, 'continue');
      await fill(page, 'code', '12 34');
      await press(page, 'continue');
      await check(page, { ...how, error: true });
      await page.goto(page.url().replace('/mfa/code', '/mfa/resend'));
      await screen(page, 'R13');
      await check(page, how);
      await demo.advance(61);
      await page.reload();
      await check(page, how);
      await press(page, 'resend');
      await screen(page, 'R6-R9');
      await check(page, how);
      const spaced = (await demo.inbox(resident.email)).replace(/^.../, '$& ');
      await fill(page, 'code', spaced);
      await press(page, 'continue');
      expect(page.url()).toContain(demo.portal);
    });

    test('scr_r14 too many wrong codes lock the way', async ({ page, demo }) => {
      const resident = demo.resident('staff');
      await start(page, demo, 'staff-app');
      await walk(page, demo, { resident, method: 'totp', until: 'R6-R9', ...how });
      const wrong = await demo.totp(resident.totp_secret) === '000000' ? '000001' : '000000';
      for (let tries = 0; tries < 12; tries += 1) {
        if (await page.locator('main').getAttribute('data-screen') !== 'R6-R9') break;
        await fill(page, 'code', wrong);
        await press(page, 'continue');
      }
      await screen(page, 'R14');
      await check(page, how);
    });

    test('scr_r47 scr_r50 a step of nobody, and cookies off', async ({ page, demo, context }) => {
      expect((await page.goto('/sign-in')).status()).toBe(410);
      await check(page, how);
      await start(page, demo, 'always-on');
      await context.clearCookies();
      expect((await page.reload()).status()).toBe(400);
      await screen(page, 'R50');
      await check(page, how);
    });
  });
}

test('scr_r1 an error is announced, focused and linked to its field', async ({ page, demo }) => {
  await page.goto(demo.authorize(demo.client('always-on')));
  await fill(page, 'email', 'not an address');
  await press(page, 'continue');
  await expect(page.locator('.govuk-error-summary')).toBeFocused();
  await page.locator('.govuk-error-summary a').first().click();
  await expect(field(page, 'email')).toBeFocused();
});

test('scr_r3 Show reveals the password and the page keeps the address for password managers', async ({ page, demo }) => {
  const resident = demo.resident('email only');
  await page.goto(demo.authorize(demo.client('always-on')));
  await fill(page, 'email', resident.email);
  await press(page, 'continue');
  await expect(field(page, 'password')).toHaveAttribute('autocomplete', 'current-password');
  await expect(page.locator('input[autocomplete="username"]')).toHaveValue(resident.email);
  await fill(page, 'password', 'secret words');
  await page.locator('.govuk-password-input__toggle').click();
  await expect(field(page, 'password')).toHaveAttribute('type', 'text');
});

test('scr_r1 the other language keeps the place', async ({ page, demo }) => {
  await start(page, demo, 'always-on');
  await walk(page, demo, { resident: demo.resident('email only'), until: 'R6-R9' });
  await page.locator('.govuk-language-navigation__link').click();
  await page.waitForURL(/lang=cy/);
  await screen(page, 'R6-R9');
  await walk(page, demo, { resident: demo.resident('email only'), language: 'cy' });
  await page.goto('/help');
  await check(page, { language: 'cy' });
});

test('case_az12 the back button after the end leads to a friendly page', async ({ page, demo }) => {
  await start(page, demo, 'always-on');
  await walk(page, demo, { resident: demo.resident('email only') });
  await page.goBack();
  await screen(page, 'R47');
  await check(page);
});

test('scr_r51 an answer by form_post is sent by itself', async ({ page, demo }) => {
  // The demo portal takes answers by GET only, so this one is answered here.
  await page.route(`${demo.portal}/callback`, (route) => route.fulfill({ contentType: 'text/html', body: '<title>Back</title>' }));
  await page.goto(demo.authorize(demo.client('council-portal'), { response_mode: 'form_post' }));
  const posted = page.waitForRequest((request) => request.method() === 'POST' && request.url() === `${demo.portal}/callback`);
  await walk(page, demo, { resident: demo.resident('email only') });
  expect(new URLSearchParams((await posted).postData()).get('code')).toHaveLength(43);
});

test('weight: the first page is small and loads little', async ({ page, demo }) => {
  const responses = [];
  page.on('requestfinished', (request) => responses.push(request));
  await page.goto(demo.authorize(demo.client('always-on')), { waitUntil: 'networkidle' });
  expect(responses.length).toBeLessThanOrEqual(1 + 4); // the redirect from /authorize, and four for the page
  // Pages hold secrets and what others chose, so they are sent as they are; their budget is counted compressed.
  const html = gzipSync(await page.content()).length;
  const files = responses.filter((request) => !request.isNavigationRequest());
  const sizes = await Promise.all(files.map((request) => request.sizes()));
  expect(html).toBeLessThanOrEqual(8_000);
  expect(sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, html)).toBeLessThanOrEqual(30_000);
});
