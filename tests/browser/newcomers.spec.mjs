// Who has no account: making one, going on as a guest, and coming from Google or Facebook, with and without scripts, in both
// languages and at 320 pixels.

import { check, expect, fill, NOWHERE, press, test } from './support.mjs';

const screen = (page, name) => expect(page.locator('main')).toHaveAttribute('data-screen', name);
const link = (page, path) => page.locator(`main a[href^="${path}?"]`);

/** The newest code that was sent there; messages leave a moment after the page. */
async function code(demo, to) {
  let found;
  await expect(async () => {
    const messages = await (await demo.request.get('/dev/inbox.json', { params: { to } })).json();
    found = messages.find((message) => message.code)?.code;
    expect(found).toBeDefined();
  }).toPass({ timeout: 10_000 });
  return found;
}

/** The portal that takes everybody, asked in a language. */
const ask = (demo, language, extra = {}) => demo.authorize(demo.client('council-portal'), { redirect_uri: `${NOWHERE}/cb`, ui_locales: language, ...extra });

/** Nothing listens where the answer goes. */
async function answered(page) {
  await page.waitForURL(new RegExp(`^${NOWHERE}/cb\\?`), { waitUntil: 'commit' });
  return new URL(page.url()).searchParams;
}

let people = 0;

for (const { scripts, language, viewport } of [
  { scripts: true, language: 'en' },
  { scripts: false, language: 'cy' },
  { scripts: true, language: 'cy', viewport: { width: 320, height: 640 } },
]) {
  const how = { scripts, language };
  test.describe(`${scripts ? 'with' : 'without'} scripts, ${language}, ${viewport?.width ?? 1280} pixels`, () => {
    test.use({ javaScriptEnabled: scripts, locale: `${language}-GB`, ...(viewport && { viewport }) });
    test.beforeEach(async ({ context, demo }) => {
      context.otherOrigins.push(demo.upstreams.about.replace(/\/dev.*/, ''));
      await context.route(`${NOWHERE}/**`, (route) => route.fulfill({ contentType: 'text/html', body: '<title>answered</title>' }));
    });

    test('scr_r30 scr_r31 scr_r32 scr_r33 scr_r34 making an account', async ({ page, demo }) => {
      const email = `newcomer${people += 1}-${language}@example.test`;
      await page.goto(ask(demo, language));
      await check(page, how);
      await link(page, '/create').click();
      await screen(page, 'R30');
      await check(page, how);
      await fill(page, 'email', 'nobody', false);
      await press(page, 'continue');
      await check(page, { ...how, error: true });
      await fill(page, 'email', email, false);
      await press(page, 'continue');
      await screen(page, 'R31');
      await check(page, how);
      await fill(page, 'code', await code(demo, email), false);
      await press(page, 'continue');
      await screen(page, 'R32');
      await check(page, how);
      await fill(page, 'password', 'short', false);
      await press(page, 'continue');
      await check(page, { ...how, error: true });
      await fill(page, 'password', 'mauve tractor 9 lamp', false);
      await press(page, 'continue');
      await screen(page, 'R33');
      await check(page, how);
      await press(page, 'continue');
      await check(page, { ...how, error: true });
      await fill(page, 'given_name', 'Siân', false);
      await fill(page, 'family_name', 'Rhys', false);
      await press(page, 'continue');
      await screen(page, 'R34');
      await check(page, how);
      await press(page, 'continue');
      expect((await answered(page)).get('code')).toBeTruthy();
    });

    test('req_s0_17 scr_r28 going on as a guest', async ({ page, demo }) => {
      await page.goto(ask(demo, language));
      await link(page, '/guest').click();
      await screen(page, 'R28');
      await check(page, how);
      await press(page, 'continue');
      expect((await answered(page)).get('code')).toBeTruthy();
    });

    test('req_s0_18 Google leads straight back', async ({ page, demo }) => {
      await page.goto(ask(demo, language));
      await page.click('#provider-google');
      await page.click('#as-resident');
      expect((await answered(page)).get('code')).toBeTruthy();
    });

    test('req_s0_18 scr_r25 scr_r26 Facebook without an address, and somebody who thinks again', async ({ page, demo }) => {
      await page.goto(ask(demo, language));
      await page.click('#provider-facebook');
      await page.click('#as-cancel');
      await screen(page, 'R25');
      await check(page, how);
      await press(page, 'continue');
      await page.click('#as-no-email');
      const first = await Promise.race([
        page.locator('main[data-screen=R26]').waitFor().then(() => true),
        page.waitForURL(new RegExp(`^${NOWHERE}/cb\\?`), { waitUntil: 'commit' }).then(() => false),
      ]);
      // The first time the address is asked for and proven; later it is known.
      if (first) {
        await check(page, how);
        await fill(page, 'email', 'zofia@example.test', false);
        await press(page, 'continue');
        await screen(page, 'R31');
        await fill(page, 'code', await code(demo, 'zofia@example.test'), false);
        await press(page, 'continue');
      }
      expect((await answered(page)).get('code')).toBeTruthy();
    });

    test('scr_r27 an account with that address is linked by its owner only', async ({ page, demo }) => {
      await page.goto(ask(demo, language));
      await page.click('#provider-google');
      await page.click('#as-known-0');
      await screen(page, 'R26');
      const { email } = demo.resident('email only');
      await press(page, 'continue');
      await fill(page, 'code', await code(demo, email), false);
      await press(page, 'continue');
      await screen(page, 'R27');
      await check(page, how);
      await fill(page, 'password', 'not this one', false);
      await press(page, 'sign-in');
      await screen(page, 'R27');
      await check(page, { ...how, error: true });
      await press(page, 'do-not-link');
      await screen(page, 'R1');
    });
  });
}
