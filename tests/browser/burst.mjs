// A burst of events with clicks from view to view: for the test that the page is right in the end, and for the
// benchmark, which measures the clicks.
import { view } from './browser.mjs';

export const EVENTS = 1000,
  SPAN = 5000; // milliseconds
const SLICES = 50;

// A request causes three events: its own and two transitions. They are sent evenly over the time, as a client under
// load does.
// Returns the number of requests.
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

// Clicks from view to view until the promise `work` settles. Returns its result.
export async function clickThrough(page, work) {
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  while (!over) for (const name of ['journal', 'credits', 'timeline']) await view(page, name);
  return done;
}
