// One worker and one demo provider: journeys share its residents and its clock.

import { defineConfig } from '@playwright/test';

const port = Number(process.env.IDP_TEST_BASE_PORT ?? 18_480);

// Where the demo keeps its data, if not in a file of its own.
const store = process.env.IDP_TEST_DEMO_STORE ? ` --store ${process.env.IDP_TEST_DEMO_STORE}` : '';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.mjs',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 30_000,
  outputDir: process.env.IDP_TEST_OUTPUT ?? '../../target/browser',
  webServer: {
    command: `${process.env.IDP_BINARY ?? '../../target/debug/idp'} demo --port ${port}${store}`,
    url: `http://localhost:${port}/readyz`,
    reuseExistingServer: false,
    timeout: 30_000,
  },
  use: {
    baseURL: `http://localhost:${port}`,
    headless: true,
    locale: 'en-GB',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
      ],
    },
  },
});
