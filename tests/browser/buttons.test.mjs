// Every button does what its label says, and the command that the page shows does the same in a shell.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import {
  VIEWS, ask, clientOf, eventually, keyFor, lead, openPage, press, row, rowShows, shell, shows, startReceiverFor, suite,
  view,
} from './browser.mjs';

const CLOCK = ['Pause', 'Run at ×', 'Advance by', 'To next', 'Settle'],
  FORCE = ['completed', 'not-found', 'failed'];
const TESTED = new Set([
  ...CLOCK,
  ...FORCE,
  'Reset',
  'Reset all teams',
  'Snapshot',
  'Clear',
  'Redeliver',
  'Add',
  'Set the balance',
  'Verify expectations',
  'Delete the added rules',
  'Show',
  'Load this scenario',
  'Open',
]);

const emulator = suite({ server: [] });

// A page at a new team, on a manual clock by default.
async function begin(t, { view: name = 'timeline', mode = 'manual', expected } = {}) {
  const key = keyFor('default');
  await ask(emulator, 'clock', { method: 'PUT', key, body: { mode } });
  const page = await openPage(t, emulator, { key, view: name, expected });
  await page.locator('.face .pill').getByText(mode).waitFor();
  const admin = (path, more) => ask(emulator, path, { key, ...more });
  return { key, page, admin, client: clientOf(emulator, key) };
}

const done = (page) => page.locator('#strip .result.good').waitFor();

// Presses a button, waits until it is done, and returns the result of the command that is shown for it.
async function pressAndRunCommand(page, name) {
  await press(page, name);
  await done(page);
  return typed(page);
}

async function typed(page) {
  const command = await page.locator('#strip code').textContent();
  assert.match(command, /^curl /);
  return JSON.parse((await shell('sh', ['-c', command])).stdout);
}

test('the clock: pause, run at a scale, advance, to the next, settle', async (t) => {
  const { page, admin, client } = await begin(t, { mode: 'running' });
  assert.equal((await pressAndRunCommand(page, 'Pause')).mode, 'manual');
  await page.locator('.face .pill').getByText('manual').waitFor();
  await client.requestEnrichment(lead('ada'));
  await client.requestEnrichment(lead('slow-grace'));
  await rowShows(page, 'ada', /^pending$/);
  await page.locator('input[aria-label="Advance by"]').fill('40ms');
  assert.deepEqual((await pressAndRunCommand(page, 'Advance by')).fired, []); // 40 ms by the button, 40 by the command
  assert.equal((await pressAndRunCommand(page, 'To next')).fired.length, 1);
  await rowShows(page, 'ada', /pending for 100ms, processing for 400ms, completed/);
  assert.deepEqual((await pressAndRunCommand(page, 'Settle')).open, []);
  await rowShows(page, 'slow-grace', /processing for 10s, completed/);
  await page.getByLabel('Scale').fill('50');
  const running = await pressAndRunCommand(page, 'Run at ×');
  assert.deepEqual([running.mode, running.scale], ['running', 50]);
  await page.locator('.face .pill').getByText('running ×50').waitFor();
  assert.equal((await admin('clock')).scale, 50);
});

test('a wrong duration is named, and nothing is called', async (t) => {
  const { page, admin } = await begin(t);
  const before = await admin('clock');
  await page.locator('input[aria-label="Advance by"]').fill('soon');
  await press(page, 'Advance by');
  await page.locator('#strip .result.bad').getByText('"soon" is not a duration').waitFor();
  assert.equal(await page.locator('input[aria-label="Advance by"]').getAttribute('aria-invalid'), 'true');
  assert.deepEqual(await admin('clock'), before);
});

test('the page shows the server’s message if it refuses a call', async (t) => {
  const { page } = await begin(t, { view: 'credits', expected: /400 \(Bad Request\)/ });
  await page.getByLabel('Credits to add').fill('-1000');
  await press(page, 'Add');
  await page.locator('#strip .result.bad').getByText('the balance would be below 0').waitFor();
});

test('an outcome is forced', async (t) => {
  const { page, client } = await begin(t, { expected: /409 \(Conflict\)/ });
  for (const outcome of FORCE) {
    await client.requestEnrichment(lead(`stuck-${outcome}`));
    await rowShows(page, `stuck-${outcome}`, /pending$/);
    await row(page, `stuck-${outcome}`).click();
    await press(page, outcome);
    await done(page);
    await rowShows(page, `stuck-${outcome}`, new RegExp(`, ${outcome}`));
    await page.locator('#detail .force').waitFor({ state: 'detached' });
    assert.equal((await typed(page)).message, 'The enrichment has resolved already');
    await press(page, 'Close');
    await page.locator('#detail').waitFor({ state: 'hidden' });
  }
});

test('a callback is delivered again', async (t) => {
  const { page, client, admin } = await begin(t, { view: 'callbacks' });
  const { receiver, callback_url } = await startReceiverFor(t);
  await client.requestEnrichment(lead('ada', { callback_url }));
  await admin('settle', { method: 'POST', body: {} });
  await page.locator('.callbacks .card').waitFor();
  const again = await pressAndRunCommand(page, 'Redeliver');
  assert.equal(again.attempts.length, 3); // the first, the button's, the command's
  assert.equal(receiver.deliveries, 3);
  await shows(() => page.locator('.callbacks .attempts li').count(), 3);
});

test('credits are added and set', async (t) => {
  const { page, admin } = await begin(t, { view: 'credits' });
  await page.getByLabel('Credits to add').fill('10');
  assert.deepEqual(await pressAndRunCommand(page, 'Add'), { balance: 270 });
  await shows(() => page.locator('.balance').textContent(), '270');
  await page.getByLabel('Credits to add').fill('7');
  assert.deepEqual(await pressAndRunCommand(page, 'Set the balance'), { balance: 7 });
  await shows(() => page.locator('.balance').textContent(), '7');
  assert.equal((await admin('credits')).balance, 7);
  await eventually(
    () => page.locator('.movement').count(),
    (count) => assert.ok(count >= 4),
  );
});

test('a scenario is shown, changed, refused with its lines, and loaded; rules show how often they were followed', async (t) => {
  const { page, client, admin } = await begin(t, { view: 'scenario', expected: /400 \(Bad Request\)|422/ });
  await page.getByLabel('Loaded scenario').selectOption('out-of-credits');
  assert.equal((await pressAndRunCommand(page, 'Show')).name, 'out-of-credits');
  const text = page.getByLabel('Scenario', { exact: true });
  assert.match(await text.inputValue(), /"name": "out-of-credits"/);
  await press(page, 'Show the running scenario');
  await eventually(
    () => text.inputValue(),
    (shown) => assert.match(shown, /"name": "default"/),
  );

  await text.fill(
    '{\n  "name": "mine",\n  "rules": [{ "match": { "usename": "jane" }, "response": { "status": 503 } }]\n}',
  );
  await press(page, 'Load this scenario');
  await page.locator('.problems').getByText('did you mean "username"?').waitFor();
  assert.deepEqual(await page.locator('.lines .wrong').allTextContents(), ['3']);
  await page.locator('.problems').getByRole('button', { name: 'Line 3' }).click();
  assert.match(await text.evaluate((area) => area.value.slice(area.selectionStart)), /^"usename"/);
  assert.equal((await admin('scenario')).name, 'default');

  const steps = [{ response: { status: 503 } }, { response: { status: 500 } }, { lookup: { outcome: 'completed' } }];
  await text.fill(
    JSON.stringify(
      {
        name: 'mine',
        rules: [{ name: 'unlucky twice', match: { username: 'jane' }, steps }],
        expect: { completed: 9 },
      },
      null,
      1,
    ),
  );
  assert.deepEqual(await pressAndRunCommand(page, 'Load this scenario'), { name: 'mine' });
  await page.locator('.about h2').getByText('mine').waitFor();
  await assert.rejects(client.requestEnrichment(lead('jane')), { status: 503 });
  await shows(() => page.locator('.rule-card .matches').textContent(), '1 match');
  assert.equal(await page.locator('.rule-card .step.next').textContent(), '2');
  await page.getByText('step 2 is next').waitFor();

  await press(page, 'Verify expectations');
  await page.locator('.script .result.bad').getByText('completed').first().waitFor();
  assert.equal((await typed(page)).passed, false);
});

test('added rules are shown and deleted', async (t) => {
  const { page, admin } = await begin(t, { view: 'scenario' });
  await admin('rules', { method: 'POST', body: { rule: { name: 'by hand', response: { status: 503 } }, times: 2 } });
  await page.locator('.rule-card').getByText('added, 2 calls left').waitFor();
  assert.deepEqual(await pressAndRunCommand(page, 'Delete the added rules'), { deleted: 0 });
  await page.getByText('added, 2 calls left').waitFor({ state: 'detached' });
});

test('the journal is cleared, the snapshot downloaded, the team reset', async (t) => {
  const { page, client, admin } = await begin(t, { view: 'journal' });
  await client.requestEnrichment(lead('ada'));
  await page.locator('.entry').waitFor();
  assert.deepEqual(await pressAndRunCommand(page, 'Clear'), { deleted: 0 });
  await page.getByText('No call yet').waitFor();

  const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Snapshot')]);
  assert.match(download.suggestedFilename(), /^enrichment-mock-.*\.json$/);
  const kept = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.equal(kept.teams[0].enrichments.length, 1);
  assert.equal((await typed(page)).teams.length, 1);

  assert.equal((await pressAndRunCommand(page, 'Reset')).reset.length, 1);
  await view(page, 'timeline');
  await page.getByText('No enrichment yet').waitFor();
  assert.deepEqual((await admin('enrichments')).enrichments, []);
});

test('the team of a key is opened, with its key in commands; a misspelt key is refused; all are reset', async (t) => {
  const page = await openPage(t, emulator, { place: '#view=teams', expected: /401 \(Unauthorized\)/ });
  await page.getByLabel('API key').fill('flaky-calback.me');
  await press(page, 'Open');
  await page.locator('.teams .result.bad').getByText('flaky-callback').waitFor();
  const key = keyFor('flaky-callback');
  await page.getByLabel('API key').fill(key);
  await press(page, 'Open');
  await page.getByText('No enrichment yet').waitFor();
  const { stdout } = await shell('sh', ['-c', await page.locator('.command code').textContent()]);
  await rowShows(page, 'jane', /pending/);
  const { enrichments } = await ask(emulator, 'enrichments', { key });
  assert.equal(enrichments[0]._id, JSON.parse(stdout)._id);
  assert.match(await page.locator('#team option:checked').textContent(), /flaky-callback$/);

  await page.locator('#team').selectOption('');
  await page.locator('.team-card').first().waitFor();
  await press(page, 'Reset all teams');
  await done(page);
  assert.deepEqual((await ask(emulator, 'enrichments')).enrichments, []);
});

test('no button has been left out', async (t) => {
  const { page, client, admin } = await begin(t);
  await admin('rules', { method: 'POST', body: { rule: { response: { status: 503 }, on: 'poll' } } });
  await client.requestEnrichment(lead('ada', { callback_url: 'http://127.0.0.1:1/' }));
  await admin('clock/advance', { method: 'POST', body: { by: '500ms' } });
  await client.requestEnrichment(lead('stuck-ada'));
  await rowShows(page, 'stuck-ada', /pending/);
  await row(page, 'stuck-ada').click();
  const found = new Set();
  const collect = async () => {
    for (const label of await page.locator('button.action').allTextContents()) found.add(label);
  };
  await page.locator('#detail .force').waitFor();
  for (const name of VIEWS) {
    await view(page, name);
    await page.locator('#main li, #main .rule-card, #main .advice .hint').first().waitFor();
    await collect();
  }
  await page.locator('#team').selectOption('');
  await page.locator('.team-card').first().waitFor();
  await collect();
  assert.deepEqual([...found].sort(), [...TESTED].sort());
});
