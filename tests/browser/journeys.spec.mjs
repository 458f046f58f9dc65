// What people do besides going straight ahead: back and forward, two tabs, double clicks, a long break, no cookies. And
// what the demo has no client for: consent for an app of somebody else, stepping up from one factor, English alone.

import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Demo, NOWHERE, check, expect, fill, press, start, test, walk } from './support.mjs';

const screen = (page, name) => expect(page.locator('main')).toHaveAttribute('data-screen', name);
const claim = (page, name) => page.locator(`#id-token [data-claim="${name}"]`);


for (const scripts of [true, false]) {
  test.describe(`${scripts ? 'with' : 'without'} scripts`, () => {
    test.use({ javaScriptEnabled: scripts });

    test('check_60 a double click on every button does what one click does', async ({ page, demo }) => {
      await start(page, demo, 'always-on');
      const seen = await walk(page, demo, { resident: demo.resident('email only'), scripts, twice: true });
      expect(seen).toEqual(['R1', 'R3', 'R5', 'R6-R9']);
      await expect(claim(page, 'acr')).toHaveText('2fa');
    });

    test('scr_r51 an answer by form_post comes to the portal', async ({ page, context, demo }) => {
      // Where nobody listens, this test answers.
      await context.route(`${NOWHERE}/cb`, (route) => route.fulfill({ contentType: 'text/html', body: '<!DOCTYPE html><link rel="icon" href="data:,"><title>Back</title>' }));
      const nowhere = { response_mode: 'form_post', redirect_uri: `${NOWHERE}/cb` };
      await page.goto(demo.authorize(demo.client('council-portal'), nowhere));
      const posted = page.waitForRequest((request) => request.method() === 'POST' && request.url() === `${NOWHERE}/cb`);
      const seen = await walk(page, demo, { resident: demo.resident('email only'), scripts });
      expect(seen.at(-1)).toBe(scripts ? 'R6-R9' : 'R51');
      expect(new URLSearchParams((await posted).postData()).get('code')).toHaveLength(43);
      await expect(page).toHaveTitle('Back');
    });

    test('case_az12 scr_r47 back and forward at every step lead somewhere friendly', async ({ page, demo }) => {
      const resident = demo.resident('email only');
      await start(page, demo, 'always-on');
      const back = [];
      const each = async () => {
        if (!back.length) return back.push('portal');
        await page.goBack();
        await check(page, { scripts });
        back.push(await page.locator('main').getAttribute('data-screen'));
        await page.goForward();
        return undefined;
      };
      const seen = await walk(page, demo, { resident, scripts, each });
      expect(seen).toEqual(['R1', 'R3', 'R5', 'R6-R9']);
      expect(back).toEqual(['portal', 'R1', 'R47', 'R5']);
      await expect(claim(page, 'acr')).toHaveText('2fa');
    });

    test('scr_r47 a sign-in that was left alone begins again and comes to its end', async ({ page, demo }) => {
      const resident = demo.resident('email only');
      await page.goto(demo.authorize(demo.client('always-on')));
      await walk(page, demo, { resident, scripts, until: 'R6-R9' });
      await demo.advance(86_000);
      await fill(page, 'code', '123456');
      await press(page, 'continue');
      await screen(page, 'R47');
      await check(page, { scripts });
      await page.locator('main .govuk-button').click();
      await page.waitForURL(/\/sign-in\?/);
      expect(await walk(page, demo, { resident, scripts })).toEqual(['R1', 'R3', 'R5', 'R6-R9']);
      expect(new URL(page.url()).searchParams.get('code')).toHaveLength(43);
    });
  });
}

test('case_az13 two tabs, of one request and of two, each come to an end', async ({ page, context, demo }) => {
  const resident = demo.resident('with an authenticator');
  const how = { resident, method: 'totp' };
  await page.goto(demo.portal);
  await start(page, demo, 'authenticator');
  await walk(page, demo, { ...how, until: 'R3' });
  // The same page again, and another request.
  const same = await context.newPage();
  await same.goto(page.url());
  const other = await context.newPage();
  await other.goto(demo.authorize(demo.client('authenticator')));
  await walk(page, demo, how);
  await expect(claim(page, 'acr')).toHaveText('2fa');
  await fill(same, 'password', resident.password);
  await press(same, 'sign-in');
  await screen(same, 'R47');
  await check(same);
  // Who is signed in already is asked nothing more.
  expect(await walk(other, demo, how)).toEqual(['R1']);
  expect(new URL(other.url()).searchParams.get('code')).toHaveLength(43);
});

test('scr_r50 without cookies a page says what to do, and doing it is enough', async ({ page, demo, playwright, launchOptions }) => {
  // A browser whose owner has switched them off.
  const folder = mkdtempSync(path.join(tmpdir(), 'idp-without-cookies-'));
  mkdirSync(path.join(folder, 'Default'));
  writeFileSync(path.join(folder, 'Default', 'Preferences'), JSON.stringify({ profile: { default_content_setting_values: { cookies: 2 } } }));
  const browser = await playwright.chromium.launchPersistentContext(folder, { ...launchOptions, headless: true, locale: 'en-GB' });
  const without = await browser.newPage();
  await without.goto(demo.authorize(demo.client('always-on')));
  await screen(without, 'R50');
  const again = without.locator('main .govuk-button');
  await again.click();
  await without.waitForURL(/\/sign-in\?/);
  await screen(without, 'R50');
  await check(without);
  const address = await again.getAttribute('href');
  await browser.close();
  rmSync(folder, { recursive: true });
  await page.goto(address);
  expect(await walk(page, demo, { resident: demo.resident('email only') })).toEqual(['R1', 'R3', 'R5', 'R6-R9']);
  expect(new URL(page.url()).searchParams.get('code')).toHaveLength(43);
});

test('scr_r46 whoever stays signed in goes on', async ({ page, demo }) => {
  await start(page, demo, 'authenticator');
  await walk(page, demo, { resident: demo.resident('with an authenticator'), method: 'totp' });
  const sid = await claim(page, 'sid').textContent();
  await page.goto(`${demo.issuer}/logout`);
  await page.getByRole('link', { name: 'Stay signed in' }).click();
  await screen(page, 'R46c');
  await check(page);
  await page.goto(demo.portal);
  await press(page, 'portal-step-up');
  await expect(claim(page, 'sid')).toHaveText(sid);
});

test.describe('another provider', () => {
  // Welsh is what this browser would like, and is not offered.
  test.use({ locale: 'cy-GB' });

  test('scr_r29 an app of somebody else gets what is ticked, or nothing', async ({ page, context, request, provider }) => {
    const there = Demo.of(provider, request);
    context.otherOrigins.push(there.issuer, there.portal);
    const [client, resident] = [there.client('third party'), there.resident('email only')];
    await page.goto(there.authorize(client));
    expect(await walk(page, there, { resident, until: 'R29' })).toEqual(['R1', 'R3', 'R29']);
    await expect(page.locator('.govuk-language-navigation')).toHaveCount(0);
    await expect(page.locator('input[name="scope"]')).toHaveCount(2);
    await press(page, 'cancel');
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
    await page.goto(there.authorize(client));
    await walk(page, there, { resident, until: 'R29' });
    await page.locator('input[name="scope"][value="email"]').uncheck();
    await press(page, 'allow');
    const { claims, person } = await there.redeem(client, page);
    expect(claims.acr).toBe('1fa');
    expect(Object.keys(person)).not.toContain('email');
    // What was agreed to is remembered; what was not is asked about again.
    await page.goto(there.authorize(client, { scope: 'openid profile' }));
    expect(new URL(page.url()).searchParams.get('code')).toHaveLength(43);
    await page.goto(there.authorize(client));
    await screen(page, 'R29');
    expect(await walk(page, there, { resident })).toEqual(['R29']);
    expect((await there.redeem(client, page)).person.email).toBe(resident.email);
  });

  test('scr_r6 a session of one factor is stepped up by the second alone', async ({ page, context, request, provider }) => {
    const there = Demo.of(provider, request);
    context.otherOrigins.push(there.issuer, there.portal);
    await there.advance(3600);
    const [client, resident] = [there.client('one factor'), there.resident('email only')];
    await page.goto(there.authorize(client));
    expect(await walk(page, there, { resident })).toEqual(['R1', 'R3']);
    const before = (await there.redeem(client, page)).claims;
    expect([before.acr, before.amr]).toEqual(['1fa', ['pwd']]);
    await page.goto(there.authorize(client, { acr_values: '2fa' }));
    expect(await walk(page, there, { resident })).toEqual(['R6-R9']);
    const after = (await there.redeem(client, page)).claims;
    expect([after.acr, after.sid, after.auth_time]).toEqual(['2fa', before.sid, before.auth_time]);
    expect(after.amr).toContain('pwd');
  });
});
