// Data of clients is shown as text, never as HTML or code.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { ask, copied, keyFor, openPage, row, shell, shows, suite, texts, view } from './browser.mjs';

const emulator = suite({ server: ['--clock', 'manual'] });

const trap = join(tmpdir(), `hostile-${process.pid}`);
const HOSTILE = [
  '<script>window.hacked = 1</script>',
  '"><img src=x onerror="window.hacked = 1">',
  "';window.hacked=1//",
  '${window.hacked=1}',
  'javascript:window.hacked=1',
  '\u202Etxt.exe\u2066',
  '<style>*{display:none}</style>',
  `'; touch ${trap}; '`,
  `$(touch ${trap})`,
  `\`touch ${trap}\``,
  'a\nb\t\u001b[31m\\x',
  '</textarea><svg onload=window.hacked=1>',
  '@/etc/passwd',
  'x'.repeat(200),
];

const post = (key, body) =>
  fetch(`${emulator.url}/v1/api/enrichment/email`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function assertUnharmed(page) {
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.deepEqual(
    await page.evaluate(
      () => [...document.querySelectorAll('body script, body style, body img, body iframe, body object')].length,
    ),
    0,
  );
  assert.equal(await page.locator('#views').isVisible(), true);
}

test('an external_id is shown as it is, in every view, and is text', async (t) => {
  const key = keyFor('default');
  const page = await openPage(t, emulator, { key });
  const callback_url = 'http://127.0.0.1:1/%3Cb%3E';
  for (const [i, external_id] of HOSTILE.entries()) {
    const body = { linkedin_url: `https://linkedin.com/in/p${i}`, type: 'work', external_id, callback_url };
    const answer = await post(key, body);
    assert.equal(answer.status, 201, `${external_id}: ${await answer.text()}`);
  }
  await ask(emulator, 'clock/advance', { method: 'POST', key, body: { by: '500ms' } });
  await page.setViewportSize({ width: 1280, height: 4000 });
  await shows(() => texts(page.locator('.timeline .client-text.code')), [...HOSTILE].reverse());
  await assertUnharmed(page);
  await page.locator('.timeline .row').first().click();
  await page.locator('#detail h2').waitFor();
  for (const name of ['journal', 'callbacks', 'credits', 'scenario', 'advice']) {
    await view(page, name);
    await page.locator('#main li, #main .rule-card, #main .advice .hint').first().waitFor();
    await assertUnharmed(page);
  }
});

test('what a receiver answers is shown as it is, and is text', async (t) => {
  const key = keyFor('default');
  const answers = HOSTILE.filter((text) => !text.includes('\n')); // a header has one line
  const server = createServer((request, response) => {
    const text = answers[Number(request.url.slice(1))];
    response.setHeader('X-Text', Buffer.from(text).toString('latin1'));
    response.end(Buffer.from(`${text}\n${HOSTILE.at(0)}`)); // a string would be sent together with the headers, as UTF-8
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  for (const [i] of answers.entries()) {
    const callback_url = `http://127.0.0.1:${server.address().port}/${i}`;
    assert.equal((await post(key, { linkedin_url: `https://linkedin.com/in/q${i}`, type: 'work', callback_url })).status, 201);
  }
  await ask(emulator, 'settle', { method: 'POST', key });
  const page = await openPage(t, emulator, { key, viewport: { width: 1280, height: 4000 } });
  for (const [i, text] of answers.entries()) {
    await row(page, `q${i}`).click();
    const attempt = page.locator('#detail details');
    await page.locator('#detail h2').getByText(`q${i}`, { exact: true }).waitFor();
    await attempt.locator('summary').click();
    const [, , headers, body] = await texts(attempt.locator('pre'));
    assert.equal(JSON.parse(headers)['X-Text'], text);
    assert.equal(body, `${text}\n${HOSTILE.at(0)}`);
    await assertUnharmed(page);
  }
});

test('a username is shown as it is, if the API accepts it', async (t) => {
  const key = keyFor('default');
  const viewport = { width: 1280, height: 4000 };
  const page = await openPage(t, emulator, { key, viewport });
  const taken = [];
  for (const text of HOSTILE) {
    const linkedin_url = `https://linkedin.com/in/${encodeURIComponent(text)}`;
    if ((await post(key, { linkedin_url, type: 'work' })).status === 201) taken.push(text);
  }
  assert.ok(taken.length >= 3, `${taken.length} were taken`);
  await shows(() => texts(page.locator('.timeline .name')), [...taken].reverse());
  await assertUnharmed(page);
});

test('a call of any path and body, copied as curl, repeats exactly that call', async (t) => {
  const key = keyFor('default');
  const page = await openPage(t, emulator, { key, view: 'journal' });
  for (const text of HOSTILE) await post(key, { linkedin_url: text, type: text, external_id: text });
  await fetch(`${emulator.url}/v1/'%22%3Csvg%20onload=x%3E[1-3]{a,b}?q='$(touch%20${trap})`, {
    headers: { 'x-api-key': key },
  });
  await fetch(`${emulator.url}/v1/api/enrichment/email`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: `not JSON ' \u0001 $(touch ${trap})`,
  });
  const before = (await ask(emulator, 'requests?last=1000', { key })).requests;
  for (const { number } of before) {
    await page.locator(`.entry[data-id="${number}"]`).click();
    await page.locator(`#detail dt:text-is("number") + dd:text-is("${number}")`).waitFor();
    const command = await copied(page, page.locator('#detail'), 'Copy as curl');
    await shell('bash', ['-c', command], { env: { ...process.env, API_KEY: key } });
  }
  const all = (await ask(emulator, 'requests?last=1000', { key })).requests;
  const essence = ({ method, path, query, body, status }) => ({ method, path, query, body, status });
  assert.deepEqual(all.slice(before.length).map(essence), before.map(essence));
  assert.equal(existsSync(trap), false);
  await assertUnharmed(page);
});

test('names in a scenario and of teams are shown as text', async (t) => {
  const key = keyFor('default'),
    [script, image] = HOSTILE;
  await ask(emulator, 'scenario', {
    method: 'PUT',
    key,
    body: { name: 'hostile', description: script, rules: [{ name: image, response: { status: 503, body: script } }] },
  });
  await post(key, { linkedin_url: 'https://linkedin.com/in/ada', type: 'work' });
  const page = await openPage(t, emulator, { key, view: 'scenario' });
  await page.locator('.about').getByText(script).waitFor();
  await page.locator('.rule-card .name').getByText(image).waitFor();
  await view(page, 'journal');
  await page.locator('.entry').click();
  await page.locator('#detail').getByText(image).first().waitFor();
  await assertUnharmed(page);
});

test('the policy works: no other code runs, and no other server is called', async (t) => {
  const page = await openPage(t, emulator, { expected: /Content Security Policy|elsewhere\.example/ });
  const blocked = await page.evaluate(async () => {
    const seen = [];
    const both = new Promise((resolve) =>
      document.addEventListener('securitypolicyviolation', (event) => {
        if (seen.push(event.effectiveDirective) === 2) resolve();
      }),
    );
    const script = document.createElement('script');
    script.textContent = 'window.hacked = 1';
    document.body.append(script);
    const refused = await fetch('https://elsewhere.example/').then(
      () => false,
      () => true,
    );
    await both;
    return { seen, refused };
  });
  assert.deepEqual([blocked.refused, [...blocked.seen].sort()], [true, ['connect-src', 'script-src-elem']]);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
});
