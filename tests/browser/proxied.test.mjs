// The page behind a proxy that changes Host, and at a host that control calls refuse: it shows what was refused and
// which setting allows it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { test } from 'node:test';

import { clientOf, keyFor, lead, openPage, press, rowShows, startEmulatorFor, suite } from './browser.mjs';

suite();

const refused = /403 \(Forbidden\)/;

// As nginx does by default. `broken`, if given, is a pattern of paths that get 502.
async function startProxy(t, emulator, { broken } = {}) {
  const { hostname, port, host } = new URL(emulator.url);
  const proxy = createServer((inbound, outbound) => {
    if (broken?.test(inbound.url)) {
      outbound.writeHead(502).end('<h1>502 Bad Gateway</h1>');
      return;
    }
    const { method, url: path } = inbound;
    const call = request({ hostname, port, method, path, headers: { ...inbound.headers, host } }, (answer) => {
      outbound.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outbound);
    });
    outbound.on('close', () => call.destroy());
    call.on('error', () => outbound.destroy());
    inbound.pipe(call);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { ...emulator, url: `http://127.0.0.1:${proxy.address().port}` };
}

test('behind a proxy that changes Host the page works, and says how its calls can be allowed', async (t) => {
  const key = keyFor('default');
  const proxied = await startProxy(t, await startEmulatorFor(t, '--clock', 'manual'));
  const page = await openPage(t, proxied, { key, expected: refused });
  await clientOf(proxied, key).requestEnrichment(lead('ada'));
  await rowShows(page, 'ada', /^pending$/);
  await press(page, 'To next');
  await page.locator('#strip .result.bad').getByText('--admin-host 127.0.0.1').waitFor();

  const open = await startEmulatorFor(t, '--clock', 'manual', '--admin-host', '127.0.0.1');
  const allowed = await openPage(t, await startProxy(t, open), { key });
  await clientOf(open, key).requestEnrichment(lead('ben'));
  await press(allowed, 'To next');
  await rowShows(allowed, 'ben', /processing$/);
});

test('at a host that control calls refuse the page says so', async (t) => {
  const emulator = await startEmulatorFor(t);
  const url = emulator.url.replace('127.0.0.1', 'mock.localhost'); // browsers resolve it to loopback
  const page = await openPage(t, { ...emulator, url }, { live: false, expected: refused });
  await page.locator('#link.refused').waitFor();
  await page.locator('#notice').getByText('--admin-host mock.localhost').waitFor();
});

test('if its scripts do not load, the page says which and why', async (t) => {
  for (const [broken, said] of [
    [/main\.js/, /main\.js did not load: the server responded with status 502/],
    [/store\.js/, /main\.js did not load: a file that it imports did not load/],
  ]) {
    const proxied = await startProxy(t, await startEmulatorFor(t), { broken });
    const page = await openPage(t, proxied, { live: false, expected: /502 \(Bad Gateway\)/ });
    await page.locator('#main').getByText('This page cannot start').waitFor();
    assert.match(await page.locator('#main').textContent(), said);
  }
});
