// A burst of events, and one who clicks from view to view meanwhile: for the test that the page ends right, and for the
// bench, which measures the clicks.
import { view } from './browser.mjs';

export const EVENTS = 1000,
  SPAN = 5000; // milliseconds
const SLICES = 50;

// A request makes three events: its own and two transitions. Sent evenly over the span, as a client under load sends.
// Returns how many requests there were.
export async function burst(url, key) {
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const one = (i) =>
    fetch(`${url}/v1/api/enrichment/email`, {
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

// Clicks from view to view for as long as `work` lasts, a promise. Returns what it gives.
export async function clickThrough(page, work) {
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  while (!over) for (const name of ['journal', 'credits', 'timeline']) await view(page, name);
  return done;
}
