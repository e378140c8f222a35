// Accessibility: axe-core finds nothing serious in either theme, the keyboard reaches everything, and a phone's width
// is
// enough.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { CallbackReceiver } from '../clients/receiver.mjs';
import { VIEWS, ask, clientOf, eventually, keyFor, lead, openPage, press, row, rowShows, suite, view } from './browser.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const emulator = suite({ server: ['--clock', 'manual'], prepare: fill }),
  key = keyFor('default');

// Data of every kind, because axe checks only what is shown.
async function fill() {
  const receiver = new CallbackReceiver();
  try {
    await live(await receiver.start());
  } finally {
    await receiver.stop();
  }
}

async function live(callback_url) {
  const client = clientOf(emulator, key);
  for (const name of ['ada', 'not-found-ben', 'failed-cem', 'callback-twice-dan'])
    await client.requestEnrichment(lead(name, { callback_url }));
  await client.requestEnrichment(
    lead('eve-with-a-very-long-name-that-does-not-fit-anywhere', {
      callback_url: 'http://127.0.0.1:1/a/very/long/path/that/does/not/fit/anywhere/on/a/phone',
    }),
  );
  await assert.rejects(client.requestEnrichment(lead('rate-limited-fay')));
  for (let n = 0; n < 2; n += 1) await assert.rejects(client.getEnrichment('0'.repeat(24))); // for the advice
  await ask(emulator, 'clock/advance', { method: 'POST', key, body: { by: '500ms' } });
  await client.requestEnrichment(lead('stuck-gus'));
  await ask(emulator, 'rules', {
    method: 'POST',
    key,
    body: { rule: { on: 'poll', response: { status: 503 } }, times: 3 },
  });
}

async function assertAccessible(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const grave = violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(
      ({ id, nodes }) =>
        `${what}: ${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join('; ')}`,
    );
  assert.deepEqual(grave, []);
}

for (const theme of ['light', 'dark']) {
  test(`axe finds nothing serious in ${theme}`, async (t) => {
    const page = await openPage(t, emulator, {
      key,
      theme,
      expected: /400 \(Bad Request\)/,
    });
    await row(page, 'stuck-gus').click();
    for (const name of VIEWS) {
      await view(page, name);
      await page.locator('#main li, #main .rule-card, #main .advice .hint').first().waitFor();
      await assertAccessible(page, name);
    }
    await view(page, 'timeline');
    await row(page, 'ada').click();
    await page.locator('#detail summary').click();
    await assertAccessible(page, 'what an attempt sent and received');
    await view(page, 'scenario');
    await page.getByLabel('Scenario', { exact: true }).fill('{ "name": 7 }');
    await page.getByRole('button', { name: 'Load this scenario' }).click();
    await page.locator('.problems li').first().waitFor();
    await assertAccessible(page, 'problems');
    await page.locator('#team').selectOption('');
    await page.locator('.team-card').first().waitFor();
    await assertAccessible(page, 'teams');
  });
}

test('a chosen theme is kept, and overrides the system’s', async (t) => {
  const page = await openPage(t, emulator, { theme: 'light' });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  const button = page.getByRole('button', { name: 'Theme' });
  await button.click();
  await button.click();
  assert.equal(await button.getAttribute('aria-label'), 'Theme: dark');
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await ground(), dark);
  await button.click();
  assert.equal(await ground(), light);
});

test('the keyboard reaches everything, and the focus stays where it was', async (t) => {
  const page = await openPage(t, emulator, { key });
  await rowShows(page, 'stuck-gus', /pending/);
  const tab = async (wanted) => {
    for (let i = 0; i < 60; i += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((selector) => document.activeElement.matches(selector), wanted)) return;
    }
    assert.fail(`${wanted} cannot be tabbed to`);
  };
  const focused = () =>
    page.evaluate(() => (document.activeElement.querySelector('.name') ?? document.activeElement).textContent);
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to the content');
  for (const wanted of [
    '#team',
    '#theme',
    '.steer button.action',
    '#views button',
    '.choice button',
    'input[type="search"]',
    '[data-row]',
  ])
    await tab(wanted);
  assert.match(await focused(), /^stuck-gus$/);
  await page.keyboard.press('ArrowDown');
  assert.match(await focused(), /^eve-/);
  await page.keyboard.press('Enter');
  await page.locator('#detail h2').waitFor();
  assert.match(await focused(), /^eve-/);
  await tab('#detail .action');
  await page.keyboard.press('Escape');
  await page.locator('#detail').waitFor({ state: 'hidden' });
  assert.match(await focused(), /^eve-/);
  await ask(emulator, 'credits', { method: 'PUT', key, body: { add: 1 } }); // an event: everything is shown again
  await view(page, 'credits');
  await eventually(
    () => page.locator('.movement').count(),
    (count) => assert.ok(count > 1),
  );
});

test('a window of 360 pixels shows every view, and none is wider', async (t) => {
  const page = await openPage(t, emulator, {
    key,
    viewport: { width: 360, height: 740 },
  });
  const assertFits = async (what) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `${what} is ${width} pixels wide`);
  };
  for (const name of VIEWS) {
    await view(page, name);
    await page.locator('#main li, #main .rule-card, #main .advice .hint').first().waitFor();
    await assertFits(name);
  }
  await view(page, 'timeline');
  await row(page, 'eve-with-a-very-long-name-that-does-not-fit-anywhere').click();
  await page.locator('#detail h2').waitFor();
  await assertFits('the detail');
  assert.ok(
    await page.locator('#detail').evaluate((node) => node.scrollWidth <= node.clientWidth),
    'the detail scrolls sideways',
  );
  await press(page, 'Close');
  await row(page, 'ada').click();
  await page.locator('#detail summary').click();
  await assertFits('what an attempt sent and received');
  await page.getByRole('button', { name: 'Close' }).click();
  await page.locator('#team').selectOption('');
  await page.locator('.team-card').first().waitFor();
  await assertFits('teams');
});
