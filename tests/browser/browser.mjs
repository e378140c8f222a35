// Shared by the tests of this folder: Debian's Chromium, a server, the page, and checks for errors in it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before } from 'node:test';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

import { EnrichmentClient } from '../clients/client.mjs';
import { CallbackReceiver } from '../clients/receiver.mjs';
import { startEmulator } from '../clients/testing.mjs';

export { keyFor, lead, startEmulator } from '../clients/testing.mjs';

export const VIEWS = ['timeline', 'journal', 'callbacks', 'credits', 'scenario', 'advice'];

const PATIENCE = 60_000; // milliseconds, for each wait
const PLACES = [
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

// Without the browser's own calls.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

export function launchBrowser() {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place));
  assert.ok(executablePath, `Chromium is at none of ${PLACES.join(', ')}; name it in CHROMIUM`);
  return chromium.launch({ executablePath, args: FLAGS });
}

let browser; // for all tests of a file

// Before the tests of a file a browser is started and, unless `server` is left out, a server with those flags, which is
// returned and prepared; both end after the tests. The pages end first, because they would report the server's end.
export function suite({ server, prepare = async () => {} } = {}) {
  const emulator = {};
  before(async () => {
    browser = await launchBrowser();
    if (server) Object.assign(emulator, await startEmulator(...server));
    await prepare();
  });
  after(async () => {
    await browser?.close();
    await emulator.stop?.();
  });
  return emulator;
}

// Every error in the page, and every call to another server.
function watch(page, origin, expected) {
  const problems = [];
  const note = (what) => {
    if (!expected?.test(what)) problems.push(what);
  };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) note(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => note(error.stack));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url()))
      note(`a request to ${request.url()}`);
  });
  return problems;
}

// With SLOW_PAGE set, every frame, call and copy of the page has a random delay: a test that reads too early
// fails.
const slowPage = Boolean(process.env.SLOW_PAGE);
const LATE = 150; // milliseconds, at most

async function slowDown(context) {
  await context.addInitScript((late) => {
    const frame = window.requestAnimationFrame.bind(window);
    const write = navigator.clipboard.writeText.bind(navigator.clipboard);
    const wait = () => new Promise((resolve) => setTimeout(resolve, Math.random() * late));
    window.requestAnimationFrame = (show) => {
      wait().then(() => frame(show));
      return 1;
    };
    navigator.clipboard.writeText = (text) => wait().then(() => write(text));
  }, LATE);
  await context.route(/__admin\/(?!events)/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LATE));
    await route.continue();
  });
}

const opened = new WeakMap(); // the contexts of each test's pages

// A server for one test. It stops after the test's pages, because they would report its end.
export async function startEmulatorFor(t, ...flags) {
  const emulator = await startEmulator(...flags);
  t.after(async () => {
    await Promise.all((opened.get(t) ?? []).map((context) => context.close()));
    await emulator.stop();
  });
  return emulator;
}

// Opens the dashboard for a test, at a view of a key's team or at a `place`. Any error in it fails the test, except
// errors that match the pattern `expected`.
export async function openPage(
  t,
  emulator,
  { key, view, place = '', theme = 'light', viewport = { width: 1280, height: 900 }, expected, live = true } = {},
) {
  const fragment = key ? await placeOf(emulator, key, view) : place;
  const context = await browser.newContext({
    viewport,
    colorScheme: theme,
    acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  opened.set(t, [...(opened.get(t) ?? []), context]);
  context.setDefaultTimeout(PATIENCE);
  if (slowPage) await slowDown(context);
  const page = await context.newPage();
  const problems = watch(page, emulator.url, expected);
  t.after(async () => {
    await context.close();
    assert.deepEqual(problems, [], 'what went wrong in the page');
  });
  await page.goto(`${emulator.url}/__admin/${fragment}`);
  if (live) await page.locator('#link.live').waitFor();
  return page;
}

// Waits until the result of `look()` passes `check`, which throws if not.
export async function eventually(look, check) {
  const patience = Date.now() + PATIENCE;
  for (;;) {
    try {
      return check(await look());
    } catch (error) {
      if (Date.now() > patience) throw error;
    }
  }
}

// Waits until `look()` returns that value. Reading the page once is not enough, because it may be about to change.
export const shows = (look, expected, why) => eventually(look, (found) => assert.deepEqual(found, expected, why));

export const texts = (locator) => locator.evaluateAll((nodes) => nodes.map((node) => node.textContent));

// The text that the button of that name copies.
export async function copied(page, place, name) {
  await place.getByRole('button', { name, exact: true }).click();
  await place.getByRole('button', { name: 'Copied', exact: true }).waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

export const shell = promisify(execFile);

export const clientOf = (emulator, apiKey) => new EnrichmentClient({ baseUrl: emulator.url, apiKey });

// A receiver of callbacks for one test, and its URL.
export async function startReceiverFor(t) {
  const receiver = new CallbackReceiver();
  t.after(() => receiver.stop());
  return { receiver, callback_url: await receiver.start() };
}

// Calls the control API from outside of the page.
export async function ask(emulator, path, { method = 'GET', key, body } = {}) {
  const headers = key ? { 'x-api-key': key } : {};
  const answer = await fetch(`${emulator.url}/__admin/${path}`, {
    method,
    headers,
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

// The page at the team of a key.
export async function placeOf(emulator, key, view = 'timeline') {
  const {
    teams: [{ id }],
  } = await ask(emulator, 'teams', { key });
  return `#team=${id}&view=${view}`;
}

// Goes to a view, and returns once it is there.
export async function view(page, name) {
  await page.locator(`#views button[data-view="${name}"]`).click();
  await page.locator(`#views button[data-view="${name}"][aria-current="page"]`).waitFor();
}
export const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

// The row of a profile in the timeline, and its description of the picture.
export const row = (page, username) =>
  page.locator('.timeline .row').filter({ has: page.locator('.name').getByText(username, { exact: true }) });
export const rowShows = (page, username, pattern) =>
  eventually(
    () => row(page, username).locator('.words').textContent(),
    (said) => assert.match(said, pattern),
  );
