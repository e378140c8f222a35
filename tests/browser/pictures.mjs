// Makes the README's pictures from the running page: node tests/browser/pictures.mjs [FOLDER]. A named folder gets
// every view, in both themes and on a phone, to be looked at; without one, server/dashboard/pictures is updated.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

import { ask, clientOf, launchBrowser, lead, placeOf, row, startEmulator } from './browser.mjs';

const KEY = 'default.acme-ci',
  DESKTOP = { width: 1180, height: 760 },
  PHONE = { width: 360, height: 740 };

// Typical data: all kinds of outcomes, a receiver that is down at first, a closed port.
async function live(emulator, receiver) {
  const admin = (path, body, method = 'POST') => ask(emulator, path, { method, key: KEY, body });
  const client = clientOf(emulator, KEY);
  const submit = (name, more) => client.requestEnrichment(lead(name, more)).catch(() => {});
  await admin('clock', { mode: 'manual', now: '2027-01-01T09:30:00Z' }, 'PUT');
  await submit('callback-twice-alan', { callback_url: `${receiver}/hook` });
  for (const name of ['failed-linus', 'rate-limited-bob', 'no-credits-joe']) await submit(name);
  await submit('not-found-grace', { callback_url: `${receiver}/hook` });
  await client.requestEnrichment({ linkedin_url: 'https://example.com/x', type: 'work' }).catch(() => {});
  await admin('settle', {});
  await submit('ada-lovelace', { callback_url: `${receiver}/flaky` });
  await admin('settle', {});
  await submit('slow-margaret', { callback_url: `${receiver}/hook` });
  await submit('barbara', { callback_url: 'http://127.0.0.1:1/hook' });
  await admin('clock/advance', { by: '1200ms' });
  await submit('edsger');
  await admin('clock/advance', { by: '250ms' });
}

async function shoot(browser, emulator, file, { theme, viewport = DESKTOP, view = 'timeline', act = () => {} }) {
  const context = await browser.newContext({ viewport, colorScheme: theme });
  const page = await context.newPage();
  await page.goto(`${emulator.url}/__admin/${await placeOf(emulator, KEY, view)}`);
  await page.locator('#main li, #main .rule-card').first().waitFor();
  await act(page);
  await page.screenshot({ path: file });
  await context.close();
}

async function openDetail(page) {
  await row(page, 'ada-lovelace').click();
  await page.locator('#detail .attempts').waitFor();
  await page.mouse.move(0, 0);
  await page.evaluate(() => scrollTo(0, 0));
}

function pictures(folder) {
  const found = [
    ['dashboard-light', { theme: 'light', act: openDetail }],
    ['dashboard-dark', { theme: 'dark', act: openDetail }],
  ];
  if (!folder) return found;
  for (const theme of ['light', 'dark'])
    for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE }))
      for (const view of ['timeline', 'journal', 'callbacks', 'credits', 'scenario', 'advice'])
        found.push([`${view}-${size}-${theme}`, { theme, viewport, view }]);
  return found;
}

const [folder] = process.argv.slice(2);
const target = folder ?? fileURLToPath(new URL('../../server/dashboard/pictures', import.meta.url));
await mkdir(target, { recursive: true });
const emulator = await startEmulator(),
  browser = await launchBrowser();
let failures = 0;
const receiver = createServer((request, response) => {
  request.resume();
  const down = request.url === '/flaky' && failures < 2;
  response.writeHead(down ? [500, 503][failures++] : 200).end();
}).listen(0, '127.0.0.1');
await once(receiver, 'listening');
await live(emulator, `http://127.0.0.1:${receiver.address().port}`);
for (const [name, how] of pictures(folder)) await shoot(browser, emulator, join(target, `${name}.png`), how);
await browser.close();
await emulator.stop();
receiver.close();
