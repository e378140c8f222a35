// A thousand events in five seconds, and a click is still answered at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ask, eventually, keyFor, launchBrowser, openPage, placeOf, shows, slowPage, startEmulator, view } from './browser.mjs';

const EVENTS = 1000,
  SPAN = 5000,
  SLICES = 50,
  ANSWERED = 200; // milliseconds from a click to the next paint

let browser, emulator;
before(async () => {
  browser = await launchBrowser();
  emulator = await startEmulator('--quiet');
});
after(async () => {
  await browser?.close();
  await emulator?.stop();
});

// A request makes three events: its own and two transitions. Sent evenly over the span, as a client under load sends.
async function storm(key) {
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const one = (i) =>
    fetch(`${emulator.url}/v1/api/enrichment/email`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ linkedin_url: `https://linkedin.com/in/p${i}`, type: 'work', external_id: `lead-${i}` }),
    }).then((answer) => answer.text());
  const sent = [];
  const count = Math.ceil(EVENTS / 3),
    begun = performance.now();
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(count, Math.ceil((count * (performance.now() - begun)) / SPAN));
      while (sent.length < due) sent.push(one(sent.length));
      if (sent.length < count) return;
      clearInterval(timer);
      resolve();
    }, SPAN / SLICES);
  });
  await Promise.all(sent);
  return count;
}

// Notes in the page how long each click waits for the next paint, and the longest time between two frames.
const measure = () => {
  window.clicks = [];
  const click = ({ name }) => name === 'click';
  new PerformanceObserver((list) => {
    window.clicks.push(
      ...list
        .getEntries()
        .filter(click)
        .map(({ duration }) => duration),
    );
  }).observe({ type: 'event', durationThreshold: 16 });
  window.longest = 0;
  let last = performance.now();
  const frame = (now) => {
    window.longest = Math.max(window.longest, now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
};

// Clicks from view to view for as long as the storm lasts. Returns how many clicks there were and requests.
async function clickThrough(page, stormed) {
  let over = false,
    clicked = 0;
  stormed = stormed.finally(() => {
    over = true;
  });
  while (!over) {
    for (const name of ['journal', 'credits', 'timeline']) {
      await view(page, name);
      clicked += 1;
    }
  }
  return { clicked, count: await stormed };
}

// In the end all is there, whatever was left out on the way, and no more rows than are near the window.
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

// One storm; returns how long the slowest click waited.
async function weather(t) {
  const key = keyFor('happy-path');
  await ask(emulator, 'credits', { method: 'PUT', key, body: { balance: 5000 } });
  const page = await openPage(t, browser, emulator, { place: await placeOf(emulator, key) });
  await page.evaluate(measure);
  const { clicked, count } = await clickThrough(page, storm(key));
  await ask(emulator, 'settle', { method: 'POST', key, body: { timeout: '20s' } });
  await assertRight(page, count);
  const { clicks, longest } = await page.evaluate(() => ({ clicks: window.clicks, longest: window.longest }));
  const slowest = Math.max(0, ...clicks);
  t.diagnostic(`${clicked} clicks, the slowest ${slowest} ms; the longest frame ${Math.round(longest)} ms`);
  assert.ok(clicked >= 10, `${clicked} clicks`);
  return slowest;
}

// A machine that does something else may hold one storm up; a page that freezes does so each time.
test(
  `${EVENTS} events in ${SPAN / 1000} seconds: clicks are answered within ${ANSWERED} ms, and the end is right`,
  { timeout: 120_000, skip: slowPage },
  async (t) => {
    const waits = [];
    while (waits.length < 3 && !waits.some((wait) => wait <= ANSWERED)) waits.push(await weather(t));
    assert.ok(Math.min(...waits) <= ANSWERED, `the slowest clicks took ${waits.join(', ')} ms`);
  },
);
