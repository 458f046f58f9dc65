// The page of a code that was texted: other ways after half a minute, with and without scripts, at 320 pixels and in both
// languages.

import { check, choose, expect, fill, press, start, test } from './support.mjs';

for (const { scripts, language } of [{ scripts: true, language: 'en' }, { scripts: false, language: 'cy' }]) {
  test.describe(`${scripts ? 'with' : 'without'} scripts, ${language}`, () => {
    test.use({ javaScriptEnabled: scripts, viewport: { width: 320, height: 640 } });

    test('scr_r7 week_one_2 a call or an email is offered once the text had time to arrive', async ({ page, demo, gates }) => {
      const how = { scripts, language };
      const resident = demo.resident('with a phone');
      if (scripts) await page.clock.install();
      await start(page, demo, 'council-portal');
      await page.goto(`${page.url()}&lang=${language}`);
      await fill(page, 'email', resident.email);
      await press(page, 'continue');
      await fill(page, 'password', resident.password);
      await press(page, 'sign-in');
      await choose(page, 'method', 'sms');
      await press(page, 'continue');
      await check(page, how);
      const problems = page.locator('details');
      const call = page.locator('#call');
      await expect(call).toBeHidden();
      if (scripts) {
        await page.clock.fastForward(10_000);
        await expect(call).toBeHidden();
        await page.clock.fastForward(22_000);
        await expect(problems).toHaveAttribute('open', '');
        await expect(call).toBeVisible();
        await check(page, how);
      }
      await demo.advance(31);
      await page.reload();
      await expect(problems).not.toHaveAttribute('open', '');
      await expect(call).toBeVisible();
      await expect(page.locator('main h2')).toBeVisible();
      await check(page, how);
      await page.screenshot({ path: test.info().outputPath('offered.png'), fullPage: true });
      // Nobody tells what becomes of a message of the demonstration, so nobody is asked to look.
      await problems.locator('summary').click();
      await expect(problems.locator('#resend')).toBeVisible();
      await expect(problems.locator('a[href*="notice=checked"]')).toHaveCount(0);
      await check(page, how);
    });
  });
}

test('scr_r13 the back button leads to pages and not to forms that would be sent again', async ({ page, demo, gates }) => {
  const resident = demo.resident('with a phone');
  await start(page, demo, 'council-portal');
  await fill(page, 'email', resident.email);
  await press(page, 'continue');
  await fill(page, 'password', resident.password);
  await press(page, 'sign-in');
  await choose(page, 'method', 'sms');
  await press(page, 'continue');
  await fill(page, 'code', '12');
  await press(page, 'continue');
  await expect(page.locator('.govuk-error-summary')).toBeVisible();
  await page.locator('details summary').first().click();
  await press(page, 'resend');
  await expect(page.locator('#again')).toBeVisible();
  for (const screen of ['R6-R9', 'R6-R9']) {
    await page.goBack();
    await expect(page.locator(`main[data-screen="${screen}"]`)).toBeVisible();
  }
  // Loading a page again that answers a form asks for no form either.
  await fill(page, 'code', '12');
  await press(page, 'continue');
  await page.reload();
  await expect(page.locator('main[data-screen="R6-R9"]')).toBeVisible();
  await expect(page.locator('.govuk-error-summary')).toHaveCount(0);
});
