// A real client goes through scenarios on a manual clock, and the page shows each step.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ask, clientOf, copied, eventually, keyFor, lead, openPage, press, row, rowShows, shell, shows, startEmulatorFor,
  startReceiverFor, suite, texts, view,
} from './browser.mjs';

const emulator = suite({ server: ['--clock', 'manual'] });

test('an empty page says how to begin, and then shows the first team', async (t) => {
  const fresh = await startEmulatorFor(t, '--clock', 'manual');
  const page = await openPage(t, fresh);
  await page.getByText('No team yet').waitFor();
  const command = await copied(page, page.locator('.command'), 'Copy');
  assert.ok(command.includes(fresh.url) && command.includes("'x-api-key: demo'"), command);
  const { stdout } = await shell('sh', ['-c', command]);
  assert.equal(JSON.parse(stdout).status, 'pending');
  await rowShows(page, 'jane', /^pending$/);
});

test('flaky-callback: states, attempts with their results and gaps, and the credit', async (t) => {
  const key = keyFor('flaky-callback'),
    { receiver, callback_url } = await startReceiverFor(t);
  const page = await openPage(t, emulator, { key });
  await page.getByText('No enrichment yet').waitFor();

  const { _id: id } = await clientOf(emulator, key).requestEnrichment(lead('ada', { callback_url }));
  await rowShows(page, 'ada', /^pending$/);
  assert.equal(await row(page, 'ada').locator('.client-text.code').textContent(), 'lead-ada');

  await page.getByLabel('Advance by', { exact: true }).and(page.locator('input')).fill('100ms');
  await press(page, 'Advance by');
  await rowShows(page, 'ada', /^pending for 100ms, processing$/);
  assert.equal(await row(page, 'ada').locator('.bar.processing.open').count(), 1);

  await press(page, 'To next');
  await rowShows(page, 'ada', /processing for 400ms, completed; one credit; callback retrying after unsent$/);
  assert.deepEqual(await texts(row(page, 'ada').locator('.label.gap')), ['in 1s']);
  assert.equal(await row(page, 'ada').locator('.mark.due').count(), 1);

  await press(page, 'To next');
  await rowShows(page, 'ada', /callback retrying after unsent, unsent$/);
  assert.deepEqual(await texts(row(page, 'ada').locator('.label.gap')), ['1s', 'in 2s']);
  assert.equal(receiver.deliveries, 0);

  await press(page, 'To next');
  await rowShows(page, 'ada', /callback delivered after unsent, unsent, 204$/);
  assert.equal(receiver.deliveries, 1);
  assert.deepEqual(await texts(row(page, 'ada').locator('.label.gap')), ['1s', '2s']);
  assert.deepEqual(
    [await row(page, 'ada').locator('.mark.bad').count(), await row(page, 'ada').locator('.mark.good').count()],
    [2, 1],
  );
  const { now } = await ask(emulator, 'clock', { key });
  await shows(() => page.locator('.time').textContent(), now.slice(11, 23));

  await row(page, 'ada').click();
  const detail = page.locator('#detail');
  await detail.locator('.attempts').waitFor();
  assert.deepEqual(await texts(detail.locator('.attempts .pill')), ['unsent', 'unsent', '204']);
  assert.deepEqual(await texts(detail.locator('.states .pill')), ['pending', 'processing', 'completed']);
  const blocks = await texts(detail.locator('pre'));
  assert.equal(JSON.parse(blocks[0]).callback_url, callback_url);
  assert.equal(JSON.parse(blocks[1]).status, 'pending');
  assert.deepEqual(JSON.parse(blocks[2]), await clientOf(emulator, key).getEnrichment(id));
  assert.deepEqual(JSON.parse(await detail.locator('.callback > pre').textContent()), receiver.results()[0]);

  const sent = detail.locator('details'); // of the third attempt, because the others were not sent
  assert.equal(await sent.count(), 1);
  assert.equal(await sent.locator('pre').first().isVisible(), false);
  await sent.locator('summary').click();
  const [requestHeaders, requestBody, responseHeaders, responseBody] = await texts(sent.locator('pre'));
  assert.equal(JSON.parse(requestHeaders)['Content-Type'], 'application/json; charset=utf-8');
  assert.deepEqual(JSON.parse(requestBody), receiver.results()[0]);
  assert.ok(JSON.parse(responseHeaders).Date);
  assert.equal(responseBody, '(an empty body)');
  await detail.getByRole('button', { name: 'Redeliver', exact: true }).click();
  await shows(() => sent.evaluateAll((all) => all.map(({ open }) => open)), [true, false], 'what was unfolded stays so');

  await view(page, 'credits');
  await shows(() => page.locator('.balance').textContent(), '249');
});

test('last-credit-race: who got the last credits, who did not, and who is refused after that', async (t) => {
  const key = keyFor('last-credit-race'),
    client = clientOf(emulator, key);
  const page = await openPage(t, emulator, { key });
  await Promise.all(['ann', 'ben', 'cem', 'dan'].map((name) => client.requestEnrichment(lead(name))));
  for (const name of ['ann', 'ben', 'cem', 'dan']) await rowShows(page, name, /^pending$/);

  await press(page, 'Settle');
  await page.locator('#strip .result.good').getByText('settle: 8 fired').waitFor();
  const ends = async () => {
    const said = await texts(page.locator('.timeline .words'));
    return said.map((words) => words.split(', ').at(-1)).sort();
  };
  await shows(ends, ['completed; one credit', 'completed; one credit', 'completed; one credit', 'failed']);
  await press(page, 'Shared scale');
  await page.locator('.axis svg').waitFor();
  const starts = () =>
    page
      .locator('.timeline .bar.pending')
      .evaluateAll((bars) => new Set(bars.map((bar) => Math.round(bar.getBoundingClientRect().left))).size);
  await shows(starts, 1, 'four of one instant begin at one place');

  await view(page, 'credits');
  await shows(() => page.locator('.balance').textContent(), '0');
  await page.getByRole('img', { name: 'The balance after 4 movements: 0' }).waitFor();
  await shows(() => texts(page.locator('.movement .amount')), ['−1', '−1', '−1', '+3']);

  await assert.rejects(client.requestEnrichment(lead('eve')), { status: 402 });
  await view(page, 'journal');
  await page.getByLabel('Response', { exact: true }).selectOption('rejected');
  await page.locator('.entry').getByText('402').waitFor();
  await shows(() => page.locator('.entry').count(), 1);
  assert.match(await page.locator('.entry .reason').textContent(), /credit/i);
  await view(page, 'timeline');
  await shows(() => page.locator('.timeline .row').count(), 4);
});

test('a running clock is shown, and lookups resolve while the page is open', async (t) => {
  const running = await startEmulatorFor(t, '--time-scale', '2');
  const key = keyFor('default');
  const page = await openPage(t, running, { key });
  await page.getByText('running ×2').waitFor();
  const first = await page.locator('.time').textContent();
  await eventually(
    () => page.locator('.time').textContent(),
    (shown) => assert.notEqual(shown, first),
  );
  await clientOf(running, key).requestEnrichment(lead('slow-ada'));
  await rowShows(page, 'slow-ada', /processing$/); // for five seconds; the rest must be shown earlier
  await page.getByLabel('Scale').fill('100');
  await press(page, 'Run at ×');
  await rowShows(page, 'slow-ada', /processing for 10s, completed; one credit$/);
  assert.equal(await page.getByRole('button', { name: 'To next' }).isDisabled(), true);
});

test('the journal shows reasons, its filter, and the rule that responded', async (t) => {
  const key = keyFor('default'),
    client = clientOf(emulator, key);
  const page = await openPage(t, emulator, { key, view: 'journal' });
  await page.getByText('No call yet').waitFor();
  await client.requestEnrichment(lead('ada'));
  await assert.rejects(client.requestEnrichment({ linkedin_url: 'https://example.com/x', type: 'work' }));
  await assert.rejects(client.requestEnrichment(lead('server-error-1')), { status: 500 });
  await fetch(`${emulator.url}/v1/api/enrichments/email`, { headers: { 'x-api-key': key } });
  await shows(() => page.locator('.entry').count(), 4);
  const reasons = await texts(page.locator('.entry .reason'));
  assert.equal(reasons.length, 3);
  for (const [i, reason] of [
    /did you mean \/v1\/api\/enrichment\/email/,
    /server-error/,
    /linkedin_url must be/,
  ].entries())
    assert.match(reasons[i], reason);

  for (const [label, option, count] of [
    ['Method', 'GET', 1],
    ['Method', 'any method', 4],
    ['Response', '5xx', 1],
    ['Response', '4xx', 2],
    ['Response', 'any response', 4],
  ]) {
    await page.getByLabel(label, { exact: true }).selectOption(option);
    await shows(() => page.locator('.entry').count(), count, option);
  }
  await page.getByLabel('Filter the journal').fill('example.com');
  await shows(() => page.locator('.entry').count(), 1);
  await page.locator('.entry').click();
  await page.locator('#detail .reason').getByText('linkedin_url must be').waitFor();
});

test('numbers of a body are shown and copied as they were sent', async (t) => {
  const key = keyFor('default');
  const page = await openPage(t, emulator, { key, view: 'journal' });
  const members = '"score":1.10,"id":12345678901234567890123,"exp":1e3,"round":-0,"list":[2.0]';
  const body = `{"linkedin_url":"https://www.linkedin.com/in/ada","type":"work",${members}}`;
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const answer = await fetch(`${emulator.url}/v1/api/enrichment/email`, { method: 'POST', headers, body });
  assert.equal(answer.status, 201);
  for (const source of ['by an event', 'in the list']) {
    await page.locator('.entry').click();
    await eventually(
      () => page.locator('#detail pre.json').first().textContent(),
      (shown) => assert.equal(shown.replace(/\s/g, ''), body),
    );
    assert.ok((await copied(page, page.locator('#detail'), 'Copy as curl')).includes(members), source);
    await page.reload();
  }
});

test('the advice appears while the client makes its mistakes, and opens the calls that show them', async (t) => {
  const key = keyFor('default'),
    client = clientOf(emulator, key);
  const page = await openPage(t, emulator, { key, view: 'advice' });
  await page.getByText('The client has done nothing wrong so far.').waitFor();
  const rules = () => page.locator('.finding').evaluateAll((all) => all.map(({ dataset }) => dataset.rule));
  for (let n = 0; n < 2; n += 1) await client.requestEnrichment(lead('ada'));
  await shows(rules, ['duplicate-lookup']);
  const finding = page.locator('.finding');
  assert.deepEqual(await texts(finding.locator('.pill')), ['error']);
  assert.match(await finding.textContent(), /That lookup was open\./);
  await finding.getByRole('button', { name: /^request/ }).last().click();
  await page.locator('#detail h2').waitFor();
  assert.match(await page.locator('#detail').textContent(), /POST/);

  await ask(emulator, 'settle', { method: 'POST', key });
  await page.getByLabel('The client has ended').check();
  await shows(rules, ['duplicate-lookup', 'result-lost']);
  await page.getByLabel('The client has ended').uncheck();
  await shows(rules, ['duplicate-lookup']);
  await ask(emulator, 'requests', { method: 'DELETE', key });
  await shows(rules, []);
});
