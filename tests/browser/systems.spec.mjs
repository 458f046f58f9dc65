// The sign-ins of the five source systems, screen by screen, under the names that their manuals use. The demo's people
// walk where nothing is set up; whoever sets something up is somebody new of a provider with the same presets.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

import { Provider } from './provider.mjs';
import { Demo, check, choose, expect, fill, start, test as base } from './support.mjs';

const PASSWORD = 'correct horse battery staple';
const names = {
  'staff-app': 'Anytown staff workspace',
  authenticator: 'Housing records',
  'sms-first': 'Anytown bookings',
};

async function freePort() {
  const server = createServer();
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  const { port } = server.address();
  await new Promise((closed) => { server.close(closed); });
  return port;
}

const test = base.extend({
  presets: [async ({}, use) => {
    const clients = Object.entries(names).map(([preset, name]) => ({ preset, args: ['--name', name, '--preset', preset] }));
    const provider = await Provider.start({ at: await freePort(), clients, languages: ['en', 'cy'] });
    let people = 0;
    provider.person = (...args) => {
      people += 1;
      const email = `person${people}@example.org`;
      provider.run('user', 'add', '--email', email, '--password', PASSWORD, ...args);
      return { email, password: PASSWORD };
    };
    await use(provider);
    await provider.stop();
  }, { scope: 'worker' }],
  // The other provider, for one test: its pages are no foreign ones.
  there: async ({ presets, context, request }, use) => {
    const there = Demo.of(presets, request);
    context.otherOrigins.push(there.issuer, there.portal);
    await there.advance(7200);
    await use(Object.assign(there, { person: presets.person }));
  },
});

// Whole walks, every page of them through axe.
test.describe.configure({ timeout: 120_000 });

/** A number of its own for everybody, of the range that is kept free for drama. */
let numbers = 500;
function number() {
  numbers += 1;
  return { typed: `07700 900${numbers}`, e164: `+447700900${numbers}`, ending: String(numbers) };
}

/** What of a page is not of the design system: every element that it has a component for carries one of its classes. */
const foreign = () => {
  const found = [];
  for (const needed of ['.govuk-skip-link', '.govuk-generic-header', '.govuk-footer', 'main.govuk-main-wrapper']) {
    if (!document.querySelector(needed)) found.push(`no ${needed}`);
  }
  for (const element of document.querySelectorAll('main :is(a, button, input, label, h1, h2, p, ul, ol, dl, table, fieldset, legend, details, summary)')) {
    const classes = [...element.classList, ...(element.querySelector(':scope > label, :scope > h1')?.classList ?? [])];
    // Links of the error summary have none in the design system either.
    if (element.closest('.govuk-error-summary')) continue;
    if (element.type !== 'hidden' && element.checkVisibility() && !classes.some((name) => name.startsWith('govuk-'))) found.push(element.outerHTML.slice(0, 120));
  }
  return found;
};

/** The screen of this number and name is there, passes the gates, and is of the design system alone. */
async function shows(page, screen, heading, how = {}) {
  await expect(page.locator('main')).toHaveAttribute('data-screen', screen);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
  await check(page, how);
  expect(await page.evaluate(foreign), 'components of the design system alone').toEqual([]);
}

/** Presses the button of this name, to the page that it leads to. */
async function go(page, name) {
  const led = page.waitForEvent('framenavigated');
  await page.getByRole('button', { name, exact: true }).click();
  await led;
  await page.waitForLoadState();
}

async function passwordIs(page, service, { email, password }) {
  await shows(page, 'R1', `Sign in to ${service}`);
  await fill(page, 'email', email);
  await go(page, 'Continue');
  await shows(page, 'R3', 'Enter your password');
  await fill(page, 'password', password);
  await go(page, 'Continue');
}

const choices = async (page) => (await page.locator('.govuk-radios__label').allTextContents()).map((text) => text.trim());
const label = (page) => page.locator('label[for="code"]');
const text = (page) => page.locator('main');

async function methodIs(page, method) {
  await choose(page, 'method', method);
  await go(page, 'Continue');
}

async function codeIs(page, code, button = 'Continue') {
  await fill(page, 'code', code);
  await go(page, button);
}

/** Back at the demo portal, with a verified token of this level and these methods. */
async function signedIn(page, demo, acr, amr) {
  expect(new URL(page.url()).origin).toBe(demo.portal);
  await expect(page.locator('#id-token [data-claim="acr"]')).toHaveText(acr);
  for (const method of amr) await expect(page.locator('#id-token [data-claim="amr"]')).toContainText(method);
}

const answer = (page) => new URL(page.url()).searchParams;

/** Another browser of the same person. */
async function elsewhere(browser, then) {
  const context = await browser.newContext();
  await then(await context.newPage());
  await context.close();
}

test.describe('S0, council portal', () => {
  const byPhone = ({ method, title, amr, said }) => async ({ page, demo }) => {
    const resident = demo.resident('with a phone');
    const ending = resident.phone.slice(-3);
    await start(page, demo, 'council-portal');
    await passwordIs(page, 'Anytown resident portal', resident);
    await shows(page, 'R5', 'How do you want to get a security code?');
    expect(await choices(page)).toEqual([`Phone call to number ending ${ending}`, `Text message to number ending ${ending}`]);
    await expect(page.locator('main input:not([type="hidden"]):not([type="radio"])'), 'nobody types a destination').toHaveCount(0);
    await methodIs(page, method);
    await shows(page, 'R6-R9', title);
    await expect(text(page)).toContainText(`${said} ${ending}.`);
    await expect(text(page)).not.toContainText(resident.phone.slice(-6));
    await expect(label(page)).toHaveText('6 digit code');
    await codeIs(page, await demo.inbox(resident.phone));
    await signedIn(page, demo, '2fa', ['pwd', 'mfa', amr]);
  };

  test('req_s0_1 req_s0_3 req_s0_5 req_s0_7 req_s0_8 with a phone the chooser shows a call and a text: the text', byPhone({
    method: 'sms', title: 'Check your phone', amr: 'sms', said: 'We have sent a security code to your number ending',
  }));

  test('req_s0_1 req_s0_3 req_s0_5 req_s0_7 req_s0_8 with a phone the chooser shows a call and a text: the call', byPhone({
    method: 'voice', title: 'Answer your phone', amr: 'tel', said: 'We are calling your number ending',
  }));

  test('req_s0_1 req_s0_7 req_s0_8 email stays as a link on the code page', async ({ page, demo }) => {
    const resident = demo.resident('with a phone');
    await start(page, demo, 'council-portal');
    await passwordIs(page, 'Anytown resident portal', resident);
    await methodIs(page, 'sms');
    await shows(page, 'R6-R9', 'Check your phone');
    await go(page, 'Send code to email');
    await shows(page, 'R6-R9', 'Check your email');
    // What is typed wrong is said, and nothing else is asked.
    await codeIs(page, '12345');
    await shows(page, 'R6-R9', 'Check your email', { error: true });
    await expect(page.locator('.govuk-error-message')).toContainText('Code must be 6 digits, you entered 5');
    await codeIs(page, await demo.inbox(resident.email));
    await signedIn(page, demo, '2fa', ['pwd', 'mfa', 'email']);
  });

  test('req_s0_1 req_s0_4 req_s0_6 req_s0_8 without a phone the emailed code is sent at once', async ({ page, demo }) => {
    const resident = demo.resident('email only');
    await start(page, demo, 'council-portal');
    await passwordIs(page, 'Anytown resident portal', resident);
    await shows(page, 'R6-R9', 'Check your email');
    await expect(page.getByText('Choose another way')).toHaveCount(0);
    await expect(page.locator('#email-fallback, #call')).toHaveCount(0);
    // No token without it: whoever asks silently is told to sign in.
    const silent = await page.context().newPage();
    await silent.goto(demo.authorize(demo.client('council-portal'), { prompt: 'none' }));
    expect(answer(silent).get('error')).toBe('login_required');
    await codeIs(page, await demo.inbox(resident.email));
    await signedIn(page, demo, '2fa', ['pwd', 'mfa', 'email']);
  });
});

test.describe('S1, always on', () => {
  test('req_s1_1 req_s1_8 req_s1_9 req_s1_11 login, choose, code sent, enter code, logged in, and again at every login', async ({ page, demo }) => {
    const resident = demo.resident('email only');
    const second = async () => {
      await shows(page, 'R5', 'Choose Verification Method');
      expect(await choices(page), 'even for one method').toEqual([expect.stringMatching(/^Send to Email g\*+@example\.org$/)]);
      await methodIs(page, 'email');
      await shows(page, 'R6-R9', 'Check your email');
      await expect(text(page)).toContainText('We have sent a security code to');
      await codeIs(page, await demo.inbox(resident.email));
    };
    await start(page, demo, 'always-on');
    await passwordIs(page, 'Report and pay', resident);
    await second();
    await signedIn(page, demo, '2fa', ['pwd', 'mfa', 'email']);
    // The session stands in for neither.
    await demo.advance(61);
    await page.goto(demo.authorize(demo.client('always-on'), { prompt: 'none' }));
    expect(answer(page).get('error')).toBe('login_required');
    await page.goto(demo.authorize(demo.client('always-on')));
    await shows(page, 'R4', 'Confirm it is you');
    await fill(page, 'password', resident.password);
    await go(page, 'Continue');
    await second();
    expect(answer(page).get('code')).toHaveLength(43);
  });

  test('req_s1_8 req_s1_10 req_s1_11 with a phone there is Send to SMS too', async ({ page, demo }) => {
    const resident = demo.resident('with a phone');
    await start(page, demo, 'always-on');
    await passwordIs(page, 'Report and pay', resident);
    await shows(page, 'R5', 'Choose Verification Method');
    expect(await choices(page)).toEqual([
      expect.stringMatching(/^Send to Email t\*+@example\.org$/), `Send to SMS, number ending ${resident.phone.slice(-3)}`,
    ]);
    await methodIs(page, 'sms');
    await shows(page, 'R6-R9', 'Check your phone');
    await expect(page.locator('#email-fallback'), 'email is offered, not a way back').toHaveCount(0);
    await codeIs(page, await demo.inbox(resident.phone));
    await signedIn(page, demo, '2fa', ['pwd', 'mfa', 'sms']);
  });
});

test.describe('S2, staff', () => {
  const service = names['staff-app'];

  test('req_s2_5 req_s2_7 req_s2_8 a text captures the number first, and the code has letters', async ({ page, there, browser }) => {
    const [client, clerk, phone] = [there.client('staff-app'), there.person('--class', 'staff'), number()];
    await page.goto(there.authorize(client));
    await passwordIs(page, service, clerk);
    await shows(page, 'R15', 'Add a second step to protect your account');
    expect(await choices(page)).toEqual(['Code by text message', 'Authenticator app']);
    await methodIs(page, 'sms');
    await shows(page, 'R16', 'Enter your phone number');
    await fill(page, 'phone', phone.typed);
    await go(page, 'Send a code');
    await shows(page, 'R6-R9', 'Check your phone');
    await expect(label(page)).toHaveText('6 character code');
    const code = await there.inbox(phone.e164);
    expect(code).toMatch(/^(?=.*[0-9])(?=.*[A-Z])[0-9A-Z]{6}$/);
    await codeIs(page, '1234');
    await shows(page, 'R6-R9', 'Check your phone', { error: true });
    await expect(page.locator('.govuk-error-message')).toContainText('Code must be 6 characters, you entered 4');
    await codeIs(page, `${code.slice(0, 3).toLowerCase()} ${code.slice(3)}`);
    const { claims } = await there.redeem(client, page);
    expect([claims.acr, claims.amr]).toEqual(['2fa', expect.arrayContaining(['pwd', 'mfa', 'sms'])]);
    // From then on the text goes out without a question.
    await there.advance(61);
    await elsewhere(browser, async (later) => {
      await later.goto(there.authorize(client));
      await passwordIs(later, service, clerk);
      expect(await choices(later)).toEqual([`Text message to number ending ${phone.ending}`, 'Authenticator app']);
      await methodIs(later, 'sms');
      await shows(later, 'R6-R9', 'Check your phone');
      await expect(label(later)).toHaveText('6 character code');
      await codeIs(later, await there.inbox(phone.e164));
      expect((await there.redeem(client, later)).claims.acr).toBe('2fa');
    });
    // An app is added by whoever proves the phone.
    await there.advance(61);
    await elsewhere(browser, async (later) => {
      await later.goto(there.authorize(client));
      await passwordIs(later, service, clerk);
      await methodIs(later, 'totp');
      await shows(later, 'R6-R9', 'Check your phone');
      await codeIs(later, await there.inbox(phone.e164));
      await shows(later, 'R18', 'Set up an authenticator app');
    });
  });

  test('req_s2_1 req_s2_5 req_s2_11 req_s2_12 req_s2_13 an app is linked once by a QR code that any authenticator reads', async ({ page, there, browser }) => {
    const [client, clerk] = [there.client('staff-app'), there.person('--class', 'staff')];
    await page.goto(there.authorize(client));
    await passwordIs(page, service, clerk);
    await methodIs(page, 'totp');
    await shows(page, 'R18', 'Set up an authenticator app');
    await expect(page.getByRole('img', { name: /^QR code/ })).toBeVisible();
    for (const words of ['Microsoft Authenticator', '“Work or school account”', 'Google Authenticator', 'Authy']) await expect(text(page)).toContainText(words);
    // The key URI says what RFC 6238 has as its defaults, which all of these apps take.
    const uri = new URL(await page.locator('.idp-same-device a').getAttribute('href'));
    const key = uri.searchParams.get('secret');
    expect(key).toMatch(/^[A-Z2-7]{32}$/);
    expect(uri.href).toMatch(/^otpauth:\/\/totp\//);
    expect(decodeURIComponent(uri.pathname)).toContain(clerk.email);
    for (const [name, value] of [['algorithm', 'SHA1'], ['digits', '6'], ['period', '30']]) expect([null, value]).toContain(uri.searchParams.get(name));
    expect(uri.searchParams.get('issuer')).toBe('Anytown Council');
    const shown = await there.totp(key);
    await codeIs(page, shown === '000000' ? '000001' : '000000');
    await shows(page, 'R18', 'Set up an authenticator app', { error: true });
    await codeIs(page, shown);
    await shows(page, 'R23', 'You have protected your account');
    await go(page, `Continue to ${service}`);
    const { claims } = await there.redeem(client, page);
    expect([claims.iss, claims.acr, claims.amr]).toEqual([there.issuer, '2fa', expect.arrayContaining(['pwd', 'mfa', 'otp'])]);
    // From then on the app is asked for its code, and no picture is shown.
    await there.advance(61);
    await elsewhere(browser, async (later) => {
      await later.goto(there.authorize(client));
      await passwordIs(later, service, clerk);
      await shows(later, 'R5', 'How do you want to get a security code?');
      await methodIs(later, 'totp');
      await shows(later, 'R6-R9', 'Enter the code from your authenticator app');
      await codeIs(later, await there.totp(key));
      expect((await there.redeem(client, later)).claims.acr).toBe('2fa');
    });
  });
});

test.describe('S3, authenticator', () => {
  const service = names.authenticator;

  test('req_s3_3 req_s3_4 req_s3_5 req_s3_6 req_s3_7 req_s3_8 configure, scan, next, verify, enable MFA, generate backup codes, continue', async ({ page, context, there, browser }) => {
    const [client, customer] = [there.client('authenticator'), there.person()];
    await page.goto(there.authorize(client));
    await passwordIs(page, service, customer);
    await shows(page, 'R15', 'Enable MFA for your account');
    await go(page, 'Configure');
    await shows(page, 'R18', 'Set up an authenticator app');
    await expect(page.getByRole('img', { name: /^QR code/ })).toBeVisible();
    for (const app of ['OneAuth', 'Google Authenticator']) await expect(text(page)).toContainText(app);
    await page.getByText('I cannot scan the code').click();
    const shown = await page.locator('#app-key').textContent();
    expect(shown, 'in groups of four').toMatch(/^[A-Z2-7]{4}( [A-Z2-7]{4}){7}$/);
    const key = shown.replaceAll(' ', '');
    // Half a set-up survives a reload.
    await page.reload();
    await expect(page.locator('#app-key')).toHaveText(shown);
    await go(page, 'Next');
    await shows(page, 'R18', 'Enter the code from your app');
    await page.reload();
    const code = await there.totp(key);
    await codeIs(page, code === '000000' ? '000001' : '000000', 'Verify');
    await shows(page, 'R18', 'Enter the code from your app', { error: true });
    await codeIs(page, code, 'Verify');
    await shows(page, 'R23', 'Enable MFA');
    // Pending until then: whoever signs in elsewhere is asked for no code, and sees no key that counts already.
    await elsewhere(browser, async (other) => {
      await other.goto(there.authorize(client));
      await passwordIs(other, service, customer);
      await shows(other, 'R15', 'Enable MFA for your account');
      await go(other, 'Configure');
      await expect(other.locator('#app-key')).not.toHaveText(shown);
    });
    await page.reload();
    await go(page, 'Enable MFA');
    await shows(page, 'R23', 'MFA is enabled for your account');
    await go(page, 'Generate Backup Codes');
    await shows(page, 'R22', 'Save your backup codes');
    const codes = await page.locator('#backup-codes li').allTextContents();
    expect(new Set(codes).size).toBe(5);
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download', exact: true }).click();
    const file = readFileSync(await (await downloading).path(), 'utf8');
    for (const each of codes) expect(file).toContain(each.trim());
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: there.issuer });
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await expect(page.locator('#copy-codes-status')).not.toBeEmpty();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    for (const each of codes) expect(copied).toContain(each.trim());
    await go(page, 'Continue to Sign In');
    const request = there.verifier;
    expect(answer(page).get('code')).toHaveLength(43);
    // Password and app, from then on; or one of the codes, once.
    await there.advance(61);
    await elsewhere(browser, async (later) => {
      await later.goto(there.authorize(client));
      expect(there.verifier).not.toBe(request);
      await passwordIs(later, service, customer);
      await shows(later, 'R6-R9', 'Enter the code from your authenticator app');
      await codeIs(later, await there.totp(key), 'Verify');
      const { claims } = await there.redeem(client, later);
      expect([claims.acr, claims.amr]).toEqual(['2fa', expect.arrayContaining(['pwd', 'mfa', 'otp'])]);
    });
    await elsewhere(browser, async (later) => {
      await later.goto(there.authorize(client));
      await passwordIs(later, service, customer);
      await later.getByRole('link', { name: 'Use a backup code' }).click();
      await shows(later, 'R10', 'Enter a backup code');
      await codeIs(later, codes[0]);
      expect((await there.redeem(client, later)).claims.acr).toBe('2fa');
    });
  });

  test('req_s3_4 whoever enables MFA goes on without codes if they want none', async ({ page, there }) => {
    const [client, customer] = [there.client('authenticator'), there.person()];
    await page.goto(there.authorize(client));
    await passwordIs(page, service, customer);
    await go(page, 'Configure');
    const key = (await page.locator('#app-key').textContent()).replaceAll(' ', '');
    await go(page, 'Next');
    await codeIs(page, await there.totp(key), 'Verify');
    await go(page, 'Enable MFA');
    await shows(page, 'R23', 'MFA is enabled for your account');
    await go(page, 'Continue to Sign In');
    expect((await there.redeem(client, page)).claims.acr).toBe('2fa');
  });
});

test.describe('S4, SMS first', () => {
  const service = names['sms-first'];

  test('req_s4_1 req_s4_7 req_s4_8 req_s4_9 req_s4_10 req_s4_16 update the number, verify it, sign in again, and a text comes at every login', async ({ page, there, browser }) => {
    const [client, user, phone] = [there.client('sms-first'), there.person(), number()];
    const asked = there.authorize(client);
    const state = new URL(asked).searchParams.get('state');
    await page.goto(asked);
    await passwordIs(page, service, user);
    await shows(page, 'R16', 'Update Phone Number');
    await expect(text(page)).toContainText('+447546');
    await fill(page, 'phone', '12345');
    await go(page, 'Send Verification Code');
    await shows(page, 'R16', 'Update Phone Number', { error: true });
    await expect(page.locator('.govuk-error-message')).toContainText('Enter a phone number in the correct format');
    await fill(page, 'phone', phone.e164);
    await go(page, 'Send Verification Code');
    await shows(page, 'R6-R9', 'Check your phone');
    await expect(label(page)).toHaveText('6 digit code');
    const code = await there.inbox(phone.e164);
    expect(code).toMatch(/^[0-9]{6}$/);
    await codeIs(page, code === '000000' ? '000001' : '000000', 'Verify Code');
    await shows(page, 'R6-R9', 'Check your phone', { error: true });
    await codeIs(page, code, 'Verify Code');
    // Back at the sign-in screen, with the request kept; the text comes at once.
    await expect(page.locator('.govuk-inset-text')).toHaveText('You have set up your second step. Sign in again to use it.');
    await passwordIs(page, service, user);
    const atOnce = async (where) => {
      await shows(where, 'R6-R9', 'Check your phone');
      await expect(text(where)).toContainText(`We have sent a security code to your number ending ${phone.ending}.`);
      await codeIs(where, await there.inbox(phone.e164), 'Verify Code');
      const { claims } = await there.redeem(client, where);
      expect([claims.acr, claims.amr]).toEqual(['2fa', expect.arrayContaining(['pwd', 'mfa', 'sms'])]);
    };
    await atOnce(page);
    expect(answer(page).get('state')).toBe(state);
    await there.advance(61);
    await elsewhere(browser, async (later) => {
      await later.goto(there.authorize(client));
      await passwordIs(later, service, user);
      await atOnce(later);
    });
    // And in the browser that is signed in already.
    await there.advance(61);
    await page.goto(there.authorize(client));
    await shows(page, 'R4', 'Confirm it is you');
    await fill(page, 'password', user.password);
    await go(page, 'Continue');
    await atOnce(page);
  });

  test('req_s4_8 req_s4_11 whoever gets no text has the code sent to email', async ({ page, there }) => {
    const phone = number();
    const [client, user] = [there.client('sms-first'), there.person('--phone', phone.e164, '--phone-state', 'verified')];
    await page.goto(there.authorize(client));
    await passwordIs(page, service, user);
    await shows(page, 'R6-R9', 'Check your phone');
    await go(page, 'Send code to email');
    await shows(page, 'R6-R9', 'Check your email');
    await codeIs(page, await there.inbox(user.email), 'Verify Code');
    expect((await there.redeem(client, page)).claims.amr).toEqual(expect.arrayContaining(['pwd', 'mfa', 'email']));
  });
});
