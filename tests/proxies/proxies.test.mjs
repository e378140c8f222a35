// The mock behind real proxies, nginx and HAProxy, with a minimal configuration. Each listens on a
// Unix socket, so that no test needs a free port of its own.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { PATIENCE, keyFor, lead, startEmulator } from '../clients/testing.mjs';
import { isMissing, startProgram } from './running.mjs';

// The Origin of a browser in front of the proxy.
const OF_PAGE = { host: 'mock.ci.example:8443', origin: 'https://mock.ci.example:8443' };

// nginx by default uses HTTP/1.0, buffers responses and replaces the client's Host.
const PROXIES = {
  nginx: {
    keepsHost: false,
    args: (folder) => ['-p', folder, '-c', join(folder, 'conf'), '-e', 'stderr'],
    conf: (folder, socket, mock) => `
daemon off; master_process off; pid ${folder}/pid; error_log stderr; events {}
http {
  access_log off;
  client_body_temp_path ${folder}/1; proxy_temp_path ${folder}/2; fastcgi_temp_path ${folder}/3;
  uwsgi_temp_path ${folder}/4; scgi_temp_path ${folder}/5;
  server { listen unix:${socket}; location / { proxy_pass ${mock}; } }
}`,
  },
  haproxy: {
    keepsHost: true,
    args: (folder) => ['-db', '-f', join(folder, 'conf')],
    conf: (folder, socket, mock) => `
defaults
  mode http
  timeout connect 60s
  timeout client 60s
  timeout server 60s
frontend proxy
  bind unix@${socket}
  default_backend mock
backend mock
  server mock ${new URL(mock).host}
`,
  },
};

const accepts = (socket) =>
  new Promise((resolve) => {
    const client = connect(socket, () => resolve(true)).on('error', () => resolve(false));
    client.on('connect', () => client.destroy());
  });

async function startProxy(program, mock) {
  const folder = mkdtempSync(join(tmpdir(), 'proxy-')),
    socket = join(folder, 'socket');
  writeFileSync(join(folder, 'conf'), PROXIES[program].conf(folder, socket, mock));
  const { stop } = await startProgram(program, PROXIES[program].args(folder), { accepts: () => accepts(socket) });
  return {
    socket,
    async stop() {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}

for (const [program, { keepsHost }] of Object.entries(PROXIES)) {
  describe(`behind ${program}`, { timeout: PATIENCE, skip: isMissing(program) }, () => {
    const agent = new Agent({ keepAlive: true });
    let mock, proxy;
    before(async () => {
      mock = await startEmulator('--clock', 'manual');
      proxy = await startProxy(program, mock.url);
    });
    after(async () => {
      agent.destroy();
      await proxy?.stop();
      await mock?.stop();
    });

    // A response, once its head has arrived. `body` may be a list of pieces, which is sent in chunks.
    async function open(method, path, { key, headers = {}, body, through = proxy } = {}) {
      const call = request({
        agent,
        method,
        path,
        socketPath: through.socket,
        headers: { host: 'localhost', ...(key && { 'x-api-key': key }), ...headers },
      });
      if (Array.isArray(body)) for (const piece of body) call.write(piece);
      else if (body !== undefined) call.setHeader('content-length', Buffer.byteLength(body)).write(body);
      call.end();
      const [response] = await once(call, 'response');
      return response.setEncoding('utf8');
    }

    async function ask(...args) {
      const response = await open(...args);
      let text = '';
      for await (const piece of response) text += piece;
      return { status: response.statusCode, headers: response.headers, text, json: () => JSON.parse(text) };
    }

    const post = (key, body) =>
      ask('POST', '/v1/api/enrichment/email', { key, body, headers: { 'content-type': 'application/json' } });

    test('a lookup is requested, polled and charged', async () => {
      const key = keyFor('happy-path');
      const accepted = await post(key, JSON.stringify(lead('ada')));
      assert.equal(accepted.status, 201, accepted.text);
      assert.equal(accepted.headers['x-mock-scenario'], 'happy-path');
      const poll = `/v1/api/enrichment/email/${accepted.json()._id}`;
      assert.equal((await ask('GET', poll, { key })).json().status, 'pending');
      assert.equal((await ask('POST', '/__admin/settle', { key })).status, 200);
      assert.equal((await ask('GET', poll, { key })).json().status, 'completed');
      assert.equal((await ask('HEAD', poll, { key })).status, 200);
      const credits = (await ask('GET', '/v1/api/enrichment/credits', { key })).json().balance;
      const { json } = await ask('GET', '/__admin/ledger', { key });
      assert.equal(json().movements[0].balance - 1, credits);
    });

    test('a body in chunks arrives', async () => {
      const text = JSON.stringify(lead('ben'));
      const accepted = await post(keyFor('happy-path'), [text.slice(0, 20), text.slice(20)]);
      assert.equal(accepted.status, 201, accepted.text);
    });

    test('a large response arrives completely', async () => {
      const key = keyFor('happy-path');
      const body = JSON.stringify({ ...lead('cem'), note: 'x'.repeat(60_000) });
      for (let i = 0; i < 30; i += 1) assert.equal((await post(key, body)).status, 201);
      const { requests } = (await ask('GET', '/__admin/requests', { key })).json();
      assert.equal(requests.length, 30);
    });

    test('an event arrives at once, not only when there are many', async () => {
      const key = keyFor('happy-path');
      await ask('GET', '/v1/api/enrichment/credits', { key }); // the team exists
      const events = await open('GET', '/__admin/events', { key });
      assert.equal(events.statusCode, 200);
      let text = '',
        caused = false;
      for await (const piece of events) {
        text += piece;
        if (!caused) await ask('GET', '/v1/api/enrichment/credits', { key });
        caused = true;
        if (text.includes('event: request\n')) break;
      }
      assert.match(text, /event: request\n/);
    });

    test('a script that waits for the server finds it, and a browser finds the dashboard', async () => {
      assert.equal((await ask('HEAD', '/')).status, 200);
      assert.match((await ask('GET', '/')).text, /Dashboard: +\/__admin\/\n/);
    });

    test('the page and all its files load', async () => {
      const headers = { ...OF_PAGE, 'sec-fetch-site': 'same-origin' };
      const page = await ask('GET', '/__admin/', { headers });
      assert.equal(page.status, 200, page.text);
      const files = [...page.text.matchAll(/(?:src|href)="(dashboard\/[^"]+)"/g)].map(([, file]) => file);
      assert.ok(files.length >= 4);
      for (const file of files) assert.equal((await ask('GET', `/__admin/${file}`, { headers })).status, 200, file);
    });

    test('a call of the page is refused if the proxy changes Host, and the response names the setting', async (t) => {
      const reset = (through) =>
        ask('POST', '/__admin/reset', { key: keyFor('default'), headers: OF_PAGE, through });
      const refused = await reset(proxy);
      assert.equal(refused.status, 403);
      assert.match(refused.json().message, /--admin-host mock\.ci\.example$/);
      assert.match(refused.json().message, keepsHost ? /the host mock\.ci\.example:8443/ : /keep the header Host/);

      const open = await startEmulator('--admin-host', 'mock.ci.example');
      t.after(() => open.stop());
      const before = await startProxy(program, open.url);
      t.after(() => before.stop());
      assert.equal((await reset(before)).status, 200);
    });
  });
}
