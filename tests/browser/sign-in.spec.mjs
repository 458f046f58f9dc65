// The sign-in journeys three ways (with scripts, without, and by keyboard alone at 320 pixels), each in both languages, from
// the demo portal and back to it.

import { check, expect, press, start, test, walk } from './support.mjs';

const small = { width: 320, height: 640 };
const ways = [
  { name: 'with scripts' },
  { name: 'without scripts', scripts: false },
  { name: 'by keyboard alone at 320 pixels', keyboard: true, viewport: small },
];

const claim = (page, name) => page.locator(`#id-token [data-claim="${name}"]`);

for (const { name, scripts = true, keyboard = false, viewport } of ways) {
  for (const language of ['en', 'cy']) {
    const how = { scripts, language, keyboard };
    test.describe(`${name}, ${language}`, () => {
      test.use({ javaScriptEnabled: scripts, locale: `${language}-GB`, ...(viewport && { viewport }) });

      test('scr_r1 scr_r3 scr_r5 scr_r6 password and emailed code', async ({ page, demo }) => {
        await start(page, demo, 'always-on', keyboard);
        const seen = await walk(page, demo, { resident: demo.resident('email only'), ...how });
        expect(seen).toEqual(['R1', 'R3', 'R5', 'R6-R9']);
        await expect(claim(page, 'acr')).toHaveText('2fa');
        await expect(claim(page, 'amr')).toContainText('email');
      });

      test('scr_r9 password and authenticator', async ({ page, demo }) => {
        await start(page, demo, 'authenticator', keyboard);
        const seen = await walk(page, demo, { resident: demo.resident('with an authenticator'), method: 'totp', ...how });
        expect(seen).toEqual(['R1', 'R3', 'R6-R9']);
        await expect(claim(page, 'acr')).toHaveText('2fa');
        // A step-up of a session that has both factors asks nothing and keeps the session.
        const sid = await claim(page, 'sid').textContent();
        await press(page, 'portal-step-up', keyboard);
        expect(await walk(page, demo, { resident: demo.resident('with an authenticator'), method: 'totp', ...how })).toEqual([]);
        await expect(claim(page, 'acr')).toHaveText('2fa');
        await expect(claim(page, 'sid')).toHaveText(sid);
      });

      test('scr_r4 scr_r46 signing in again and signing out', async ({ page, demo }) => {
        const resident = demo.resident('with an authenticator');
        await start(page, demo, 'authenticator', keyboard);
        await walk(page, demo, { resident, method: 'totp', ...how });
        await press(page, 'portal-sign-in-again', keyboard);
        await demo.advance(61); // the code of the first sign-in is used up
        expect((await walk(page, demo, { resident, method: 'totp', ...how }))[0]).toBe('R4');
        await page.goto(`${demo.issuer}/logout`);
        await check(page, how);
        await press(page, 'sign-out', keyboard);
        await expect(page.locator('main')).toHaveAttribute('data-screen', 'R46b');
        await check(page, how);
        await page.goto(demo.authorize(demo.client('authenticator')));
        await expect(page.locator('main')).toHaveAttribute('data-screen', 'R1');
      });
    });
  }
}

const enrolments = [
  { situation: 'none enrolled', language: 'en' },
  // Whoever has a contact that a back office pushed, or another factor, proves it before.
  { situation: 'with a pushed phone', language: 'cy', viewport: small, keyboard: true, before: ['R6-R9'] },
  { situation: 'with a phone', language: 'cy', scripts: false, method: 'sms', before: ['R5', 'R6-R9'] },
];
for (const { situation, language, viewport, keyboard = false, scripts = true, method = 'totp', before = [] } of enrolments) {
  test.describe(`${situation}, ${language}`, () => {
    test.use({ javaScriptEnabled: scripts, locale: `${language}-GB`, ...(viewport && { viewport }) });

    test('scr_r15 scr_r18 scr_r23 an authenticator is set up inside the sign-in', async ({ page, demo }) => {
      await start(page, demo, 'authenticator', keyboard);
      const seen = await walk(page, demo, { resident: demo.resident(situation), method, scripts, language, keyboard });
      expect(seen).toEqual(['R1', 'R3', ...before, 'R15', 'R18', 'R18', 'R23', 'R23']);
      await expect(claim(page, 'acr')).toHaveText('2fa');
    });
  });
}

test('scr_r46 the portal signs out without a question', async ({ page, demo }) => {
  await start(page, demo, 'always-on');
  await walk(page, demo, { resident: demo.resident('email only') });
  await press(page, 'portal-sign-out');
  await expect(page.locator('#portal-signed-out')).toBeVisible();
});
