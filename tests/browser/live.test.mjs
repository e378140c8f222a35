// The page follows the server: when it stops and restarts, and when it asks for a token.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ask, clientOf, keyFor, lead, openPage, press, rowShows, shows, startEmulator, startEmulatorFor, suite,
} from './browser.mjs';

suite();

test('the page reports a server that is gone; after a restart it is right again', async (t) => {
  const key = keyFor('default');
  const first = await startEmulator('--clock', 'manual');
  await clientOf(first, key).requestEnrichment(lead('ada'));
  const page = await openPage(t, first, {
    key,
    expected: /ERR_|Failed to load resource.*404/,
  });
  await rowShows(page, 'ada', /pending$/);

  await first.stop();
  await page.locator('#link.lost').getByText('disconnected').waitFor();
  const second = await startEmulatorFor(t, '--clock', 'manual', '--port', new URL(first.url).port);
  await page.locator('#link.live').waitFor();
  await page.locator('#notice').getByText('restarted').waitFor();
  await shows(() => page.locator('.timeline .row').count(), 0);

  // The same key opens another team there, which the page shows instead of the old one.
  await clientOf(second, key).requestEnrichment(lead('grace'));
  await rowShows(page, 'grace', /pending$/);
  await press(page, 'To next');
  await rowShows(page, 'grace', /processing$/);
});

test('after a lost connection the page shows what happened meanwhile', async (t) => {
  const key = keyFor('default'),
    emulator = await startEmulatorFor(t, '--clock', 'manual');
  const page = await openPage(t, emulator, {
    key,
    expected: /ERR_INTERNET_DISCONNECTED/,
  });
  await page.context().setOffline(true);
  await clientOf(emulator, key).requestEnrichment(lead('ada'));
  await ask(emulator, 'settle', { method: 'POST', key, body: {} });
  await page.context().setOffline(false);
  await rowShows(page, 'ada', /completed; one credit$/);
  await page.locator('#link.live').waitFor();
});

test('the page asks for a token, reports a wrong one, keeps it for the tab, and shows it in no command', async (t) => {
  const emulator = await startEmulatorFor(t, '--admin-token', 's3cret');
  const page = await openPage(t, emulator, { live: false, expected: /401 \(Unauthorized\)/ });
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Token').fill('wrong');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.getByText('This token is wrong').waitFor();
  await dialog.getByLabel('Token').fill('s3cret');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await page.locator('#link.live').waitFor();
  await press(page, 'Reset all teams');
  await page.locator('#strip .result.good').waitFor();
  const command = await page.locator('#strip code').textContent();
  assert.ok(command.includes('"Authorization: Bearer $ADMIN_TOKEN"') && !command.includes('s3cret'), command);
  await page.reload();
  await page.locator('#link.live').waitFor();
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage)), '{}');
});

test('the page reports that a team no longer exists', async (t) => {
  const emulator = await startEmulatorFor(t);
  const page = await openPage(t, emulator, { place: '#team=0123456789abcdef', expected: /404/ });
  await page.locator('#notice').getByText('This team no longer exists').waitFor();
  await page.getByText('No team yet').waitFor();
});
