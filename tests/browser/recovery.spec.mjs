// A forgotten password, a lost authenticator and a locked-out sign-in, with and without scripts, in both languages and at
// 320 pixels. Each journey leaves the demo's people as it found them.

import { check, choose, expect, fill, press, start, test, walk } from './support.mjs';

const screen = (page, name) => expect(page.locator('main')).toHaveAttribute('data-screen', name);
const link = (page, path) => page.locator(`main a[href^="${path}?"]`);

/** The newest message to an address that fits and was sent after another; messages leave a moment after the page. */
async function message(demo, to, fits, after = '') {
  let found;
  await expect(async () => {
    const messages = await (await demo.request.get('/dev/inbox.json', { params: { to } })).json();
    found = messages.find((one) => fits(one) && one.sent_at > after);
    expect(found).toBeDefined();
  }).toPass({ timeout: 10_000 });
  return found;
}

/** When the newest message to an address was sent. */
async function newest(demo, to) {
  const messages = await (await demo.request.get('/dev/inbox.json', { params: { to } })).json();
  return messages[0]?.sent_at ?? '';
}

async function follow(page, path) {
  await link(page, path).click();
  await page.waitForLoadState();
}

/** From the password page to the page that asks for a new one. */
async function toNewPassword(page, demo, resident, how, seen = '') {
  await follow(page, '/forgot');
  await screen(page, 'R35');
  await check(page, how);
  await fill(page, 'email', 'nobody', false);
  await press(page, 'continue');
  await check(page, { ...how, error: true });
  await fill(page, 'email', resident.email, false);
  await press(page, 'continue');
  await screen(page, 'R36');
  await check(page, how);
  const sent = await message(demo, resident.email, (one) => one.code, seen);
  await fill(page, 'code', '12', false);
  await press(page, 'continue');
  await check(page, { ...how, error: true });
  await fill(page, 'code', sent.code, false);
  await press(page, 'continue');
  return sent.sent_at;
}

for (const { scripts, language, viewport } of [
  { scripts: true, language: 'en' },
  { scripts: false, language: 'cy' },
  { scripts: true, language: 'cy', viewport: { width: 320, height: 640 } },
  { scripts: true, language: 'en', viewport: { width: 320, height: 640 } },
]) {
  const how = { scripts, language };
  const width = viewport?.width ?? 1280;
  test.describe(`${scripts ? 'with' : 'without'} scripts, ${language}, ${width} pixels`, () => {
    test.use({ javaScriptEnabled: scripts, locale: `${language}-GB`, ...(viewport && { viewport }) });

    test('scr_r35 scr_r36 scr_r37 a forgotten password', async ({ page, demo }) => {
      const resident = demo.resident('with an authenticator');
      let seen = await newest(demo, resident.email);
      for (const password of ['mauve tractor 9 lamp', resident.password]) {
        await page.context().clearCookies();
        await start(page, demo, 'authenticator');
        await walk(page, demo, { resident, until: 'R3', ...how });
        seen = await toNewPassword(page, demo, resident, how, seen);
        // The authenticator comes before the new password.
        await screen(page, 'R6-R9');
        await check(page, how);
        await fill(page, 'code', await demo.totp(resident.totp_secret), false);
        await press(page, 'continue');
        await screen(page, 'R37');
        await check(page, how);
        await fill(page, 'password', 'short', false);
        await press(page, 'continue');
        await check(page, { ...how, error: true });
        await fill(page, 'password', password, false);
        await press(page, 'continue');
        await expect(page.locator('#id-token [data-claim="acr"]')).toHaveText('2fa');
        await demo.advance(61);
      }
    });

    test('scr_r56 a lost authenticator, and the link that stops it', async ({ page, demo }) => {
      const resident = demo.resident('with an authenticator');
      await start(page, demo, 'authenticator');
      await walk(page, demo, { resident, method: 'totp', until: 'R6-R9', ...how });
      if (await page.locator('summary').count() > 0) await page.locator('summary').first().click();
      await follow(page, '/mfa/help');
      await screen(page, 'R56');
      await check(page, how);
      await press(page, 'continue');
      await check(page, { ...how, error: true });
      const before = await newest(demo, resident.email);
      await choose(page, 'way', 'recovery');
      await press(page, 'continue');
      await screen(page, 'R56b');
      await check(page, how);
      const { code, sent_at: seen } = await message(demo, resident.email, (one) => one.code, before);
      await fill(page, 'code', code, false);
      await press(page, 'continue');
      await screen(page, 'R56c');
      await check(page, how);
      const notice = await message(demo, resident.email, (one) => one.body.includes('/recovery/stop?t='), seen);
      await page.goto(notice.body.match(/https?:\S+\/recovery\/stop\?t=\S+/)[0]);
      await screen(page, 'R56d');
      await check(page, how);
      await press(page, 'continue');
      await screen(page, 'R56e');
      await check(page, how);
    });

    test('scr_r14 too many wrong passwords leave the way to a new one', async ({ page, demo }) => {
      const resident = demo.resident('staff');
      await start(page, demo, 'staff-app');
      await walk(page, demo, { resident, until: 'R3', ...how });
      for (let tries = 0; tries < 8 && await page.locator('#sign-in').count() > 0; tries += 1) {
        await fill(page, 'password', 'not the password', false);
        await press(page, 'sign-in');
      }
      await screen(page, 'R14');
      await check(page, how);
      await follow(page, '/forgot');
      await screen(page, 'R35');
      await demo.advance(7200);
    });
  });
}
