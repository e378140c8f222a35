// How fast the dashboard is in Chromium: its first paint, and how long the slowest click waits for the next paint while
// events pour in.
import { control, ours } from './ours.mjs';
import { whileRunning } from './processes.mjs';
import { median } from './results.mjs';
import { HEADERS, ask, workloads } from './workloads.mjs';

const KEY = HEADERS['x-api-key'];
const ENRICHMENTS = 20, PAINTS = 9;
const post = workloads.find(({ name }) => name === 'post');

// { paintMs, clickMs }. The browser is loaded here, so that everything else is measured even if it cannot start.
export async function measurePage({ programs }) {
  const browserTests = await import('../browser/browser.mjs');
  const { burst, clickThrough } = await import('../browser/burst.mjs');
  const browser = await browserTests.launchBrowser();
  try {
    return await whileRunning(ours(), programs, async ({ url }) => {
      const request = await post.request(url);
      for (let n = 0; n < ENRICHMENTS; n += 1) await ask(url, request);
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      await page.goto(`${url}/__admin/${await browserTests.placeOf({ url }, KEY)}`);
      await page.locator('#link.live').waitFor();
      const paintMs = await firstPaint(page);
      await page.evaluate(watchClicks);
      await clickThrough(page, burst(url, KEY));
      await control(url, 'settle', { method: 'POST', body: { timeout: '60s' } });
      return { paintMs, clickMs: await page.evaluate(() => Math.max(...window.clicks)) };
    });
  } finally {
    await browser.close();
  }
}

// Milliseconds from the request of the page to its first content, a median.
async function firstPaint(page) {
  const paints = [];
  while (paints.length < PAINTS) {
    await page.reload();
    const paint = await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
    paints.push(await paint.jsonValue());
  }
  return median(paints);
}

// Records in the page how long each click waits for the next paint; 0 means less than 16 ms.
function watchClicks() {
  window.clicks = [0];
  new PerformanceObserver((list) => {
    window.clicks.push(...list.getEntries().filter(({ name }) => name === 'click').map(({ duration }) => duration));
  }).observe({ type: 'event', durationThreshold: 16 });
}
