// A thousand events in five seconds: clicks work all the time, and the page is right in the end. The benchmark measures
// how fast.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ask, eventually, keyFor, openPage, shows, suite } from './browser.mjs';
import { EVENTS, SPAN, burst, clickThrough } from './burst.mjs';

const emulator = suite({ server: ['--quiet'] });

// In the end everything is shown, even if updates were skipped, and only the rows near the window are in the document.
async function assertRight(page, count) {
  await shows(() => page.locator('#views button[data-view="journal"] .badge').textContent(), String(count));
  await eventually(
    () => page.locator('.timeline .count').textContent(),
    (shown) => assert.match(shown, new RegExp(`^the latest 300 of ${count} enrichments$`)),
  );
  await eventually(
    () => page.locator('.timeline .words').first().textContent(),
    (said) => assert.match(said, /completed/),
  );
  const rows = await page.locator('.timeline .row').count();
  assert.ok(rows < 40, `${rows} rows are in the document`);
}

test(`${EVENTS} events in ${SPAN / 1000} seconds: clicks are answered, and the end is right`, async (t) => {
  const key = keyFor('happy-path');
  await ask(emulator, 'credits', { method: 'PUT', key, body: { balance: 5000 } });
  const page = await openPage(t, emulator, { key });
  const count = await clickThrough(page, burst(emulator.url, key));
  await ask(emulator, 'settle', { method: 'POST', key, body: { timeout: '60s' } });
  await assertRight(page, count);
});
