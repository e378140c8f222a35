// Each method of a mock and a team. What they return is compared with the schemas that their types name.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { MockCallError, MockConnectionError, MockStartError, VerifyError, connectMock, startMock } from 'enrichment-mock';

import { Client, lead } from '../client.cjs';

const { AJV, OPENAPI } = process.env; // the paths of a validator and of the document
const { default: Ajv } = await import(AJV);
const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema(JSON.parse(readFileSync(OPENAPI)), 'openapi');

function matches(schema, value) {
  assert.ok(ajv.validate({ $ref: `openapi#/components/schemas/${schema}` }, value), `${schema}: ${ajv.errorsText()}`);
  return value;
}
const allMatch = (schema, values) => values.map((value) => matches(schema, value));

let mock;
before(async () => { mock = await startMock({ seed: 7, credits: 2000 }); });
after(() => mock.stop());

test('a mock has its URLs, and teams whose keys begin with the scenario', async () => {
  assert.match(mock.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(mock.adminUrl, `${mock.url}/__admin`);
  const team = mock.team('a.b', { scenario: 'stuck' });
  assert.deepEqual([team.apiKey, team.url], ['stuck.a.b', mock.url]);
  assert.equal(mock.team('x').apiKey, 'default.x');
  assert.equal(mock.teamWithKey('closed-teams-acme').apiKey, 'closed-teams-acme');
  assert.throws(() => mock.team('ä'), /"ä"; expected ASCII/);
  assert.throws(() => mock.team('x', { scenaro: 'y' }), /unknown option "scenaro"; expected scenario/);
});

test('time', async () => {
  const team = mock.team('time');
  const id = await new Client(team).request(lead('jane'));
  assert.equal(matches('Advanced', await team.advance('100ms')).fired[0].status, 'processing');
  assert.equal(matches('Advanced', await team.advance('next', { timeout: '10s' })).fired[0].status, 'completed');
  assert.deepEqual(matches('Settled', await team.settle()).open, []);
  const found = matches('Enrichment', await team.waitFor({ enrichment: id, status: ['completed', 'failed'] }));
  assert.equal(found.status, 'completed');
});

test('records and steering', async () => {
  const team = mock.team('records');
  assert.equal(matches('AddedRule', await team.addRule({ response: { status: 503 } }, { times: 2 })).times, 2);
  await assert.rejects(new Client(team).request(lead('jane')), /503/);
  allMatch('JournalEntry', await team.requests({ status: [503] }));
  assert.equal((await team.waitFor({ requests: 1, method: 'POST' })).length, 1);
  const seeded = matches('Enrichment', await team.seed({ ...lead('joe', { callback_url: team.sinkUrl('hook') }), status: 'processing' }));
  matches('Enrichment', await team.resolve(seeded._id, 'not-found'));
  await team.settle();
  const [callback] = allMatch('Callback', await team.waitFor({ callbacks: ['delivered', 'exhausted'], enrichment_id: seeded._id }));
  assert.equal(matches('Callback', await team.redeliver(callback.id)).attempts.length, 2);
  assert.equal(allMatch('ReceivedRequest', await team.waitFor({ received: 'hook', count: 2 })).length, 2);
  assert.equal((await team.received('hook')).length, 2);
  assert.equal(await team.credits(), 2000);
  assert.equal(await team.setCredits(7), 7);
  assert.equal(await team.setCredits({ add: -3 }), 4);
  matches('Snapshot', await team.snapshot());
  await team.reset();
  assert.deepEqual(await team.enrichments(), []);
  assert.deepEqual(await team.control('GET', 'credits'), { balance: 2000 });
});

test('another mock continues with a snapshot', async (t) => {
  const shown = async (team) => ({
    enrichments: await team.enrichments(), callbacks: await team.callbacks(), ledger: await team.ledger(),
    credits: await team.credits(), clock: await team.control('GET', 'clock'),
  });
  const original = mock.team('original');
  const client = new Client(original);
  await original.setCredits(9);
  const resolved = await client.request(lead('jane', { callback_url: 'http://127.0.0.1:1/' }));
  await original.settle();
  const open = await client.request(lead('joe'));
  await original.advance('100ms');
  const before = await shown(original);
  assert.deepEqual(before.enrichments.map(({ _id: id, status }) => [id, status]), [[resolved, 'completed'], [open, 'processing']]);
  const snapshot = JSON.stringify(await original.snapshot());
  await mock.team('another').credits();
  const all = await (await fetch(`${mock.adminUrl}/snapshot`)).json();
  await original.settle();
  const after = await shown(original);

  const other = await startMock({ clock: 'running' });
  t.after(() => other.stop());
  const team = other.team('continued');
  const restored = await team.restore(JSON.parse(snapshot));
  assert.deepEqual([restored.enrichments, restored.callbacks], [2, 1]);
  matches('RestoredTeam', { restored });
  assert.deepEqual(await shown(team), before);
  await team.settle();
  assert.deepEqual(await shown(team), after);
  assert.equal(await team.credits(), 7);
  await assert.rejects(team.restore(all), /PUT snapshot of team .*400, .*team/);
  assert.equal((await team.restore(all, { team: restored.from })).enrichments, 2);
  assert.deepEqual(await shown(team), before);
});

test('lists have all pages', async () => {
  const team = mock.team('pages');
  const client = new Client(team);
  for (let n = 0; n < 1010; n += 101)
    await Promise.all(Array.from({ length: 101 }, (_, i) => client.request(lead(`lead-${n + i}`))));
  await team.settle({ timeout: '60s' });
  assert.equal(allMatch('Enrichment', await team.enrichments()).length, 1010);
  assert.equal(allMatch('Movement', await team.ledger()).length, 1011);
  assert.equal((await team.requests()).length, 1000); // the journal keeps that many
});

test('events come as they happen, and a loop can be left', async () => {
  const team = mock.team('events');
  const events = team.events();
  await events.ready;
  const first = events.next();
  const client = new Client(team);
  await client.request(lead('jane'));
  assert.equal(matches('Event', (await first).value).kind, 'request');
  await team.settle();
  const statuses = [];
  for await (const event of events) {
    matches('Event', event);
    if (event.kind === 'transition') statuses.push(event.status);
    if (event.status === 'completed') break;
  }
  assert.deepEqual(statuses, ['processing', 'completed']);
  assert.deepEqual(await events.next(), { done: true, value: undefined });
  const waiting = team.events();
  await waiting.ready;
  const next = waiting.next();
  await waiting.return();
  assert.deepEqual(await next, { done: true, value: undefined });
  await assert.rejects(mock.team('x', { scenario: 'stukc' }).events().next(), (error) => error instanceof MockCallError);
});

test('events are ready when the mock listens, not when its response begins', async (t) => {
  let connections = 0;
  const server = createHttpServer(({ url }, response) => {
    if (url === '/__admin/scenarios') return response.end('{"scenarios": [{"name": "default", "default": true}]}');
    connections += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    return connections === 1 ? response.end() : response.write(': listening\nid: 7\n\n');
  }).listen(0, '127.0.0.1');
  t.after(() => { server.close(); });
  await once(server, 'listening');
  const events = (await connectMock({ url: `http://127.0.0.1:${server.address().port}` })).team('x').events();
  await events.ready;
  assert.equal(connections, 2);
  await events.return();
});

test('after a lost connection, the events go on where they were', async () => {
  const team = mock.team('reconnect');
  const connections = [];
  const proxy = createServer(async (client) => {
    connections.push(client);
    const { connect } = await import('node:net');
    const upstream = connect(new URL(mock.url).port, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    for (const each of [client, upstream]) each.on('error', () => {}).on('close', () => { client.destroy(); upstream.destroy(); });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const far = await connectMock({ url: `http://127.0.0.1:${proxy.address().port}` });
  const events = far.teamWithKey(team.apiKey).events();
  await events.ready;
  await team.setCredits(1);
  assert.equal((await events.next()).value.path, '/__admin/credits');
  connections.at(-1).destroy();
  await team.setCredits(2);
  await team.setCredits(3);
  const lost = [(await events.next()).value, (await events.next()).value];
  assert.deepEqual(lost.map(({ kind }) => kind), ['control', 'control']);
  await events.return();
  proxy.close();
});

test('a failed verify says what differs', async () => {
  const team = mock.team('verify');
  await new Client(team).request(lead('jane'));
  const verdict = await team.verify([{ requests: { method: 'POST' } }, { unmatched: 0 }]);
  assert.deepEqual(verdict.failures, []);
  matches('ScenarioVerdict', await team.verify());
  await assert.rejects(team.verify({ outcomes: { completed: 1 } }, { timeout: '1ms' }), (error) => {
    assert.ok(error instanceof VerifyError && error instanceof MockCallError);
    matches('Verdict', error.body);
    assert.equal(error.failures.length, 1);
    assert.match(error.message, /team default\.verify: 422, an expectation does not hold\n.*completed: expected 1, found 0\n.*waits for its time/);
    assert.match(error.stack, /api\.test\.mjs/);
    assert.doesNotMatch(error.stack, /enrichment-mock\/src/);
    return true;
  });
});

test('advice says what the client does wrong', async () => {
  const team = mock.team('advice');
  const client = new Client(team);
  matches('Advice', await team.advice());
  await client.request(lead('jane'));
  await client.request(lead('jane'));
  await team.settle();
  const advice = await team.advice({ finished: true });
  matches('Advice', advice);
  assert.deepEqual(advice.findings.map(({ rule }) => rule), ['duplicate-lookup', 'result-lost']);
  assert.equal(advice.findings[0].evidence.length, 2);
  assert.deepEqual((await team.advice({ ignore: ['duplicate-lookup', 'no-backoff'] })).findings, []);
  assert.equal((await team.advice({ ignore: [] })).findings.length, 1);
});

test('refused calls and waits that are too long say why', async () => {
  const team = mock.team('refused');
  const id = await new Client(team).request(lead('jane'));
  await assert.rejects(team.waitFor({ enrichment: id, status: 'completed', timeout: '1ms' }), /422, .*\n.*waits for its time/);
  await assert.rejects(team.waitFor({ enrichment: id, state: 'completed' }), /400, unknown parameter/);
  await assert.rejects(team.waitFor({ callback: id }), /expected one of enrichment, callbacks, requests, received/);
  await assert.rejects(team.addRule({ mach: {} }), /POST rules of team default\.refused: 400, .*mach/);
  await assert.rejects(team.resolve('0'.repeat(24), 'failed'), (error) => error.status === 404);
});

test('a mock that cannot start says why', async () => {
  await assert.rejects(startMock({ scenaro: 'default' }), /unknown option "scenaro"; expected scenario,/);
  await assert.rejects(startMock({ scenario: 'defautl' }), /status 2:\n.*"defautl".*did you mean "default"/);
  await assert.rejects(startMock({ clock: 'manul' }), /--clock: "manul" is not valid/);
  await assert.rejects(startMock({ binary: '/nowhere/mock' }), (error) =>
    error instanceof MockStartError && /cannot run \/nowhere\/mock/.test(error.message));
  await assert.rejects(startMock({ binary: process.execPath, args: ['--print', '1'] }), MockStartError);
});

test('options reach the mock, and it ends with its block', async () => {
  writeFileSync('mine.json', '{"name": "mine", "description": "", "lookup": {"outcome": "failed"}}');
  mkdirSync('more', { recursive: true });
  writeFileSync('more/other.json', '{"name": "other", "description": ""}');
  const args = ['--journal-size', '5'];
  const own = await startMock({ scenario: ['./mine.json', 'stuck'], scenarios: './more', clock: 'running', seed: 7, credits: 9, args });
  const dispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
  const team = own.team('x');
  assert.equal(team.apiKey, 'mine.x');
  assert.equal((await team.control('GET', 'clock')).mode, 'running');
  assert.equal((await team.snapshot()).teams[0].seed, 7);
  assert.equal(await own.team('x', { scenario: 'other' }).credits(), 9);
  await assert.rejects(team.waitFor({ requests: 6 }), /from 1 to 5/);
  await own[dispose]();
  await own.stop();
  await assert.rejects(team.credits(), (error) =>
    error instanceof MockConnectionError && /GET credits: enrichment-mock ended with exit status 0/.test(error.message));
});

test('a mock that runs elsewhere is used, and goes on', async () => {
  const args = ['--port', '0', '--admin-token', 'secret', '--clock', 'running', '--stop-on-eof'];
  const child = spawn('node_modules/.bin/enrichment-mock', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const url = /http:\S+/.exec(line)[0];
  await assert.rejects(connectMock({ url }), /cannot be used: GET scenarios: 401, .*--admin-token/);
  const elsewhere = await connectMock({ url: `${url}/`, adminToken: 'secret' });
  assert.equal(await elsewhere.team('x').credits(), 250);
  await elsewhere.stop();
  assert.equal(await elsewhere.team('x').credits(), 250);
  Object.assign(process.env, { ENRICHMENT_MOCK_URL: url, ENRICHMENT_MOCK_ADMIN_TOKEN: 'secret' });
  try {
    const same = await startMock({ scenario: './scenarios/stuck.json', binary: '/nowhere' });
    assert.deepEqual([same.url, same.team('x').apiKey], [url, 'stuck.x']);
    await assert.rejects(startMock({ scenario: 'mine' }), /has no scenario "mine"; it has .*default/);
  } finally {
    delete process.env.ENRICHMENT_MOCK_URL;
    delete process.env.ENRICHMENT_MOCK_ADMIN_TOKEN;
  }
  child.stdin.end();
  await once(child, 'exit');
  await assert.rejects(connectMock({ url }), /cannot be used: .*there is no response of/);
  await assert.rejects(connectMock({ url: 'mock:8080' }), /"mock:8080" is not the URL of a mock/);
});
