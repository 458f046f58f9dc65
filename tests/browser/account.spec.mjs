// The pages of one's own account (R38 to R45), in both languages, with and without scripts, at 320 pixels too.

import { check, expect, field, fill, press, start, test, walk } from './support.mjs';

const screen = (page, name) => expect(page.locator('main')).toHaveAttribute('data-screen', name);

/** A page of the account, after what it asks for first. */
async function open(page, demo, place, resident, how, method = 'email') {
  await page.goto(`${demo.issuer}${place}`);
  for (let pages = 0; pages < 8; pages += 1) {
    const now = await page.locator('main').getAttribute('data-screen');
    if (!['R1', 'R3', 'R4', 'R5', 'R6-R9'].includes(now) || new URL(page.url()).pathname.startsWith('/account')) break;
    await check(page, how);
    if (await field(page, 'password').count() > 0) {
      await fill(page, 'password', resident.password);
      await press(page, 'sign-in');
    } else if (await field(page, 'email').count() > 0) {
      await fill(page, 'email', resident.email);
      await press(page, 'continue');
    } else {
      await fill(page, 'code', method === 'totp' ? await demo.totp(resident.totp_secret) : await demo.inbox(resident.email));
      await press(page, 'continue');
    }
  }
  await check(page, how);
}

const ways = [
  { name: 'with scripts' },
  { name: 'without scripts', scripts: false },
  { name: 'at 320 pixels', viewport: { width: 320, height: 640 } },
];

for (const { name, scripts = true, viewport } of ways) {
  for (const language of ['en', 'cy']) {
    const how = { scripts, language };
    test.describe(`${name}, ${language}`, () => {
      test.use({ javaScriptEnabled: scripts, locale: `${language}-GB`, ...(viewport && { viewport }) });

      test('scr_r38 scr_r39 scr_r40 scr_r41 what the account holds, and the forms that change it', async ({ page, demo }) => {
        const resident = demo.resident('email only');
        // Somebody who uses a service: its texts prove a new number. (A portal that locks contacts would lock them here.)
        await page.goto(demo.authorize(demo.client('council-portal')));
        await walk(page, demo, { resident, ...how });
        await open(page, demo, '/account', resident, how);
        await screen(page, 'R38');
        for (const [place, shown, wrong] of [['email', 'R39', 'not an address'], ['phone', 'R40', '12345']]) {
          await open(page, demo, `/account/${place}`, resident, how);
          await screen(page, shown);
          await fill(page, place, wrong);
          await press(page, 'continue');
          await check(page, { ...how, error: true });
          await expect(field(page, place)).toHaveValue(wrong);
        }
        await fill(page, 'phone', '07700 900456');
        await press(page, 'continue');
        await screen(page, 'R6-R9');
        await check(page, how);
        await open(page, demo, '/account/password', resident, how);
        await screen(page, 'R41');
        await press(page, 'save');
        await check(page, { ...how, error: true });
      });

      test('scr_r42 scr_r43 scr_r44 scr_r45 what protects it, where it is open, and whom it is shared with', async ({ page, demo }) => {
        const resident = demo.resident('with an authenticator');
        await page.goto(demo.authorize(demo.client('authenticator'), { prompt: 'consent' }));
        await walk(page, demo, { resident, method: 'totp', ...how });
        await demo.advance(31);
        for (const [place, shown] of [
          ['/account', 'R38'],
          ['/account/security', 'R42'],
          ['/account/sessions', 'R43'],
          ['/account/activity', 'R44'],
          ['/account/activity/not-me', 'R42-R45'],
          ['/account/apps', 'R45'],
        ]) {
          await open(page, demo, place, resident, how, 'totp');
          await screen(page, shown);
        }
        await page.locator('table a').first().click();
        await screen(page, 'R42-R45');
        await check(page, how);
        // What the service needs is not removed, and the page says which service.
        await open(page, demo, '/account/security/remove?factor=totp', resident, how, 'totp');
        await screen(page, 'R42-R45');
        await expect(page.locator('#continue')).toHaveCount(0);
        await open(page, demo, '/account/security/app', resident, how, 'totp');
        await screen(page, 'R18');
        await open(page, demo, '/account/sessions/everywhere', resident, how, 'totp');
        await press(page, 'continue');
        await screen(page, 'R46b');
        await page.goto('/account');
        await screen(page, 'R1');
      });
    });
  }
}

test('scr_r41 each password has a button of its own to show it', async ({ page, demo }) => {
  const resident = demo.resident('email only');
  await open(page, demo, '/account/password', resident, {});
  const buttons = page.locator('.govuk-password-input__toggle');
  await expect(buttons.nth(0)).toHaveAccessibleName('Show current password');
  await expect(buttons.nth(1)).toHaveAccessibleName('Show new password');
  await fill(page, 'new_password', 'secret words');
  await buttons.nth(1).click();
  await expect(field(page, 'new_password')).toHaveAttribute('type', 'text');
  await expect(field(page, 'current_password')).toHaveAttribute('type', 'password');
});

test('scr_r39 what was typed is there again after a proof that came between', async ({ page, demo }) => {
  const resident = demo.resident('email only');
  await open(page, demo, '/account/email', resident, {});
  await fill(page, 'email', 'moved@example.org');
  await demo.advance(301);
  await press(page, 'continue');
  await screen(page, 'R4');
  await fill(page, 'password', resident.password);
  await press(page, 'sign-in');
  await fill(page, 'code', await demo.inbox(resident.email));
  await press(page, 'continue');
  await screen(page, 'R39');
  await expect(field(page, 'email')).toHaveValue('moved@example.org');
});

test('scr_r38 the portal is one way in, and the language stays', async ({ page, demo }) => {
  await start(page, demo, 'council-portal');
  await walk(page, demo, { resident: demo.resident('email only') });
  await open(page, demo, '/account', demo.resident('email only'), {});
  await page.locator('.govuk-language-navigation__link').click();
  await page.waitForURL(/lang=cy/);
  await screen(page, 'R38');
  await check(page, { language: 'cy' });
});
