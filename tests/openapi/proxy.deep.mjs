// Every call and every response matches the document: an app's traffic over several scenarios and a set of control
// calls pass through Prism, which validates them.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { EnrichmentClient } from '../clients/client.mjs';
import { CallbackReceiver } from '../clients/receiver.mjs';
import { PATIENCE, keyFor, lead, runApp, startEmulator } from '../clients/testing.mjs';
import { documentFile, openapi, operationOf, operations, startPrism } from './tools.mjs';

// Prism's complaints. A request that the server itself refuses may be wrong, because tests send such requests on
// purpose;
// a response may not, and neither may a request that succeeds.
function violations(status, headers) {
  const found = JSON.parse(headers.get('sl-violations') ?? '[]');
  return found.filter(({ location }) => location[0] === 'response' || status < 400);
}

describe('traffic through a validating proxy', { timeout: PATIENCE }, () => {
  let emulator, prism, receiver, callbackUrl;
  const seen = new Map();  // statuses by operation

  before(async () => {
    emulator = await startEmulator('--time-scale', '20');
    prism = await startPrism(documentFile, emulator.url);
    receiver = new CallbackReceiver();
    callbackUrl = await receiver.start();
  });
  after(async () => {
    await receiver?.stop();
    await prism?.stop();
    await emulator?.stop();
  });

  function check({ method, path, status, headers }) {
    const operation = operationOf(method, path);
    assert.ok(operation, `${method} ${path} is in the document`);
    seen.set(operation, (seen.get(operation) ?? new Set()).add(status));
    assert.deepEqual(violations(status, headers), [], `${method} ${path} (${status})`);
  }

  const clientFor = (apiKey) => new EnrichmentClient({ baseUrl: prism.url, apiKey, onAnswer: check });

  // One call, with a body that is sent as JSON; checks the status and returns the response.
  async function ask(method, path, expected, { key, body, headers = {} } = {}) {
    const sent = { ...headers };
    if (key !== undefined) sent['x-api-key'] = key;
    if (body !== undefined) sent['content-type'] ??= 'application/json';
    const text = typeof body === 'object' ? JSON.stringify(body) : body;
    const answer = await fetch(prism.url + path, { method, headers: sent, body: text });
    const content = await answer.text();
    assert.equal(answer.status, expected, `${method} ${path}: ${content}`);
    check({ method, path, status: answer.status, headers: answer.headers });
    return answer.headers.get('content-type').startsWith('application/json') ? JSON.parse(content) : content;
  }

  const runs = {
    'happy-path': ['ada', 'grace'], 'not-found': ['ada'], 'lookup-failed': ['ada'], 'out-of-credits': ['ada'],
    'flaky-callback': ['ada'], 'stuck': ['ada'],
    'default': ['ada', 'not-found-ada', 'failed-ada', 'stuck-ada', 'rate-limited-ada', 'server-error-ada', 'callback-lost-ada',
                'callback-twice-ada', 'no-credits-ada'],
  };
  for (const [scenario, usernames] of Object.entries(runs)) {
    test(`an app's run of ${scenario}`, async (t) => {
      const patience = { callbackPatienceMs: 300, deadlineMs: 600, submitAttempts: 2, wait: () => new Promise(setImmediate) };
      const { report } = await runApp(t, emulator, scenario, usernames.map((username) => lead(username)),
                                      { client: clientFor(keyFor(scenario)), concurrency: 1, ...patience });
      assert.deepEqual(report.problems.filter((problem) => !/is still/.test(problem)), []);
    });
  }

  test('requests that the emulated API refuses', async () => {
    const key = keyFor('happy-path'), path = '/v1/api/enrichment/email', id = '507f1f77bcf86cd799439011';
    await ask('POST', path, 401, { body: lead('ada') });
    await ask('GET', `${path}/${id}`, 401);
    await ask('GET', '/v1/api/enrichment/credits', 401, { key: 'hapy-path.x' });
    await ask('POST', path, 400, { key, body: { ...lead('ada'), type: 'business' } });
    await ask('POST', path, 400, { key, body: { linkedin_url: 7 } });
    await ask('POST', path, 413, { key, body: { ...lead('ada'), more: 'x'.repeat(1024 * 1024) } });
    await ask('POST', path, 415, { key, body: 'linkedin_url=x', headers: { 'content-type': 'text/plain' } });
    await ask('GET', `${path}/${id}`, 404, { key });
    await ask('GET', `${path}/x`, 404, { key });
  });

  test('503 and 429 of a scenario', async () => {
    const key = keyFor('default');
    await ask('PUT', '/__admin/scenario', 200, { key, body: {
      name: 'busy', rate_limit: { requests: 3, per: '1h' }, rules: [{ on: 'credits', response: { status: 503 } }] } });
    await ask('GET', '/v1/api/enrichment/credits', 503, { key });
    await ask('GET', '/v1/api/enrichment/email/507f1f77bcf86cd799439011', 404, { key });
    await ask('POST', '/v1/api/enrichment/email', 201, { key, body: lead('ada') });
    for (const [method, path] of [['POST', 'email'], ['GET', 'email/507f1f77bcf86cd799439011'], ['GET', 'credits']])
      await ask(method, `/v1/api/enrichment/${path}`, 429, { key, body: method === 'POST' ? lead('ada') : undefined });
  });

  test('fields that are null, and letters of any script', async () => {
    const key = keyFor('happy-path');
    await ask('POST', '/v1/api/enrichment/email', 201, { key, body: {
      linkedin_url: 'HTTPS://uk.LinkedIn.com/in/josé-müller/?x=1#y', type: 'personal', callback_url: null, external_id: null } });
    await ask('POST', '/v1/api/enrichment/email', 201, { key, body: { ...lead('ada'), external_id: '𝒳'.repeat(256) } });
  });

  test('inspecting and steering a team', async () => {
    const key = keyFor('default');
    const admin = (method, path, status = 200, body = undefined) => ask(method, `/__admin/${path}`, status, { key, body });
    await admin('PUT', 'clock', 200, { mode: 'manual' });
    const request = (username) => ask('POST', '/v1/api/enrichment/email', 201,
                                      { key, body: { ...lead(username), callback_url: callbackUrl } });
    const { _id: ada } = await request('ada');
    const { _id: grace } = await request('grace');
    const { _id: stuck } = await request('stuck-kay');
    await admin('GET', 'clock');
    await admin('PUT', 'clock', 400, { mode: 'still' });
    await admin('GET', `enrichments/${ada}`);
    await admin('GET', `enrichments/${ada}?wait=completed,failed&timeout=1ms`, 422);
    await admin('GET', 'callbacks?wait=delivered:1&timeout=1ms', 422);
    await admin('POST', `enrichments/${ada}/resolve`, 200, { outcome: 'completed', email: 'ada@acme.example' });
    await admin('POST', `enrichments/${ada}/resolve`, 409, { outcome: 'failed' });
    await admin('POST', 'clock/advance', 200, { to_next: true });
    await admin('POST', 'clock/advance', 200, { by: '100ms' });
    await admin('POST', 'settle', 200, { timeout: '5s' });
    await admin('POST', 'settle');
    await admin('GET', `enrichments/${grace}?wait=completed`);
    await admin('GET', 'enrichments?status=completed,processing&limit=1');
    await admin('GET', 'enrichments?limit=1&after=0.0&external_id=lead-ada');
    await admin('GET', 'callbacks?state=delivered&wait=delivered:2');
    await admin('GET', `callbacks?enrichment_id=${ada}&limit=5`);
    await admin('GET', `callbacks/${ada}-1`);
    await admin('POST', `callbacks/${ada}-1/redeliver`);
    await admin('GET', `callbacks/${stuck}-1`, 404);
    await admin('POST', `enrichments/${stuck}/resolve`, 200, { outcome: 'not-found' });
    for (const status of ['pending', 'processing', 'completed', 'not-found', 'failed'])
      await admin('POST', 'enrichments', 201, { ...lead('seeded'), status });
    await admin('POST', 'enrichments', 201, { ...lead('eve'), _id: 'A'.repeat(24), status: 'completed', charge: true });
    await admin('POST', 'enrichments', 409, { ...lead('eve'), _id: 'a'.repeat(24) });
    await admin('GET', 'enrichments/0123456789abcdef01234567', 404);
    await fetch(`${emulator.url}/v2/credits`, { headers: { 'x-api-key': key } });  // not through Prism, which does not know the path
    await admin('GET', 'requests?method=POST&path=/v1/*&status=201&limit=2');
    await admin('GET', 'requests?since=2026-01-01T00:00:00Z&after=0');
    await admin('GET', 'requests/unmatched');
    await admin('GET', 'requests?stat=201', 400);
    await admin('GET', 'requests?wait=2&method=POST&timeout=5s');
    await admin('GET', 'requests?wait=1&method=DELETE&timeout=1ms', 422);
    await admin('GET', 'requests/unmatched?wait=1');
    await admin('GET', 'requests/unmatched?wait=9&timeout=1ms', 422);
    await admin('GET', 'credits');
    await admin('PUT', 'credits', 200, { balance: 7 });
    await admin('PUT', 'credits', 200, { add: -2 });
    await admin('PUT', 'credits', 400, { add: -9 });
    await admin('GET', 'ledger?limit=1');
    await admin('GET', 'ledger?after=1');
    await admin('GET', 'ledger?last=1');
    await admin('GET', 'scenario');
    await admin('POST', 'rules', 201, { rule: { on: 'poll', response: { status: 503 } }, times: 2 });
    await ask('GET', `/v1/api/enrichment/email/${ada}`, 503, { key });
    await admin('GET', 'scenario');
    await admin('DELETE', 'rules');
    await admin('GET', 'verify', 422);  // the scenario expects no unmatched call
    await admin('GET', 'verify?timeout=1m', 422);
    await admin('POST', 'verify', 422, { timeout: '1ms', expect: [{ requests: { method: 'DELETE' } }] });
    await admin('GET', `callbacks?enrichment_id=${ada}&wait=exhausted`, 409);
    await admin('POST', 'verify', 200, { expect: [
      { requests: { method: 'POST', path: '/v1/api/enrichment/email', status: 201, body: { type: 'work' } }, count: 3 },
      { requests: { status: 404 }, at_most: 1 }, { sequence: [{ method: 'POST' }, { method: 'GET' }] },
      { callback: { enrichment_id: grace }, state: 'delivered', attempts: 1, statuses: [204], gaps: [] },
      { outcomes: { failed: 0 } }, { credits: { balance: 5 } }, { unmatched: 1 }] });
    await admin('POST', 'verify', 422, { expect: [{ unmatched: 0 }, { credits: { balance: 1 } },
                                                  { callback: { external_id: 'lead-ada' }, attempts: 9 },
                                                  { requests: { path: '/v1/api/enrichment/credits' }, count: 9 }] });
    await admin('GET', 'snapshot');
    await admin('PUT', 'clock', 200, { mode: 'running', scale: 10 });
    await admin('POST', 'clock/advance', 409, { by: '1s' });
    await admin('PUT', 'scenario', 200, { name: 'expecting', expect: { completed: 99 },
                                          clock: { mode: 'manual' }, schedule: [{ at: '10s', add_credits: 1 }] });
    await admin('GET', 'verify', 422);
    await admin('PUT', 'scenario', 400, { name: 'wrong', callback: { maxAttempts: 2 } });
    await admin('DELETE', 'requests');
    await admin('POST', 'reset');
  });

  test('moments of the schedule, and lookups that cannot end', async () => {
    const key = keyFor('default');
    const admin = (method, path, status = 200, body = undefined) => ask(method, `/__admin/${path}`, status, { key, body });
    await admin('PUT', 'scenario', 200, { name: 'scheduled', lookup: { processing: { polls: 1 } }, schedule: [
      { at: '10s', until: '20s', on: 'request', response: { status: 503 } }, { at: '30s', add_credits: 5 }] });
    await admin('PUT', 'clock', 200, { mode: 'manual' });
    const body = { ...lead('ada'), callback_url: 'http://127.0.0.1:1/' };
    const { _id: id } = await ask('POST', '/v1/api/enrichment/email', 201, { key, body });
    await admin('POST', 'clock/advance', 200, { by: '40s' });
    await admin('POST', 'settle');
    for (let polls = 0; polls < 2; ++polls) await ask('GET', `/v1/api/enrichment/email/${id}`, 200, { key });
    await admin('POST', 'settle', 200, { timeout: '10s' });
    await admin('GET', 'callbacks?state=exhausted');
  });

  test('callbacks to the sink', async () => {
    const key = keyFor('default');
    const admin = (method, path, status = 200, body = undefined) => ask(method, `/__admin/${path}`, status, { key, body });
    await admin('PUT', 'sink/first', 200, { statuses: [500, 200], delay: '1ms' });
    await admin('PUT', 'sink/first', 400, { statuses: [100] });
    const callback_url = `${emulator.url}/__admin/sink/first?a=b`;
    await ask('POST', '/v1/api/enrichment/email', 201, { key, body: { ...lead('ada'), callback_url } });
    await admin('GET', 'sink/first?wait=2&timeout=60s&limit=1');
    await admin('GET', 'sink/first?wait=9&timeout=1ms&last=1', 422);
    await admin('GET', 'sink/first?after=1');
    const body = { request_id: 'a'.repeat(24), status: 'failed', enrichment_type: 'work_email', email: null, linkedin_url: 'x' };
    await ask('POST', '/__admin/sink/first', 200, { body });
    await ask('POST', '/__admin/sink/first', 403, { body, headers: { 'x-enrichment-mock-mark': 'forged' } });
    await ask('POST', '/__admin/sink/first', 413, { body: { ...body, linkedin_url: 'x'.repeat(1024 * 1024) } });
    await ask('GET', '/__admin/sink/first', 200);
    await ask('GET', '/__admin/sink/first?wait=9&timeout=1ms', 422);
    await admin('GET', 'sink/a%20b', 400);
    await admin('GET', 'sink');
    await admin('PUT', 'sink/first', 200, {});
    await admin('DELETE', 'sink/first');
  });

  test('the whole server', async () => {
    const admin = (method, path, status = 200, more = {}) => ask(method, `/__admin/${path}`, status, more);
    await admin('GET', 'health');
    await admin('GET', 'ready');
    const { teams } = await admin('GET', 'teams');
    await admin('GET', `credits?team=${teams[0].id}`);
    await admin('GET', 'credits?team=nobody', 404);
    await admin('GET', 'credits', 400);
    await admin('GET', 'scenarios');
    await admin('GET', 'scenarios/default');
    await admin('GET', 'scenarios/nobody', 404);
    await admin('GET', 'metrics');
    await admin('GET', 'openapi.json');
    await admin('GET', 'snapshot');
    await admin('GET', 'requests?limit=1000');
    await admin('GET', 'enrichments');
    await admin('GET', 'enrichments?last=2');
    await admin('GET', 'callbacks');
    await admin('GET', 'callbacks?last=2&limit=1', 400);
    await admin('GET', 'teams', 403, { headers: { origin: 'https://elsewhere.example' } });
    await admin('GET', 'teams', 401, { key: 'hapy-path.x' });
    await admin('PUT', 'scenario', 413, { body: { name: 'large', description: 'x'.repeat(1024 * 1024) } });
    await admin('POST', 'reset');
    await admin('DELETE', 'requests');
  });

  test('all operations except one have been called, and the emulated ones with every documented status', () => {
    const unseen = operations.filter((operation) => !seen.has(operation));
    assert.deepEqual(unseen, ['GET /__admin/events']);  // its response never ends: Prism would wait for the whole body
    for (const operation of operations.filter((each) => each.includes(' /v1/'))) {
      const [method, path] = operation.split(' ');
      const described = Object.keys(openapi.paths[path][method.toLowerCase()].responses).map(Number);
      // 403 needs a foreign Host, and Prism sends its own.
      const unmet = described.filter((status) => ![403, 500, 503].includes(status) && !seen.get(operation).has(status));
      assert.deepEqual(unmet, [], operation);
    }
  });
});

test('a response that differs from the document is found', { timeout: PATIENCE }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'openapi-'));
  t.after(() => rm(folder, { recursive: true }));
  const wrong = structuredClone(openapi);
  wrong.components.schemas.Balance.properties.balance.type = 'string';
  const file = join(folder, 'wrong.json');
  await writeFile(file, JSON.stringify(wrong));
  const emulator = await startEmulator();
  t.after(() => emulator.stop());
  const prism = await startPrism(file, emulator.url);
  t.after(() => prism.stop());
  const { status, headers } = await fetch(`${prism.url}/v1/api/enrichment/credits`, { headers: { 'x-api-key': 'a' } });
  assert.deepEqual(violations(status, headers).map(({ location }) => location), [['response', 'body', 'balance']]);
});
