// Makes every call with openapi-fetch and the types of openapi-typescript.
import createClient from 'openapi-fetch';

import { type Given, check, equal, ok, refused } from './check.js';
import type { components, paths } from './enrichment-mock.js';

type Schemas = components['schemas'];

const lead = (username: string, more: Partial<Schemas['EnrichmentRequest']> = {}): Schemas['EnrichmentRequest'] =>
  ({ linkedin_url: `https://www.linkedin.com/in/${username}`, type: 'work', ...more });

// These functions compile only if the document has exactly these words.
function summary(enrichment: Schemas['Enrichment']): string {
  switch (enrichment.status) {
    case 'pending':
    case 'processing': return 'no email yet';
    case 'completed': return enrichment.email.email;
    case 'not-found':
    case 'failed': return `no ${enrichment.enrichment_type}`;
  }
}

function detail(fired: Schemas['Fired']): string {
  switch (fired.kind) {
    case 'transition': return `${fired.enrichment_id} is ${fired.status}`;
    case 'callback': return `${fired.callback_id}: ${fired.status ?? fired.error}`;
    case 'schedule': return `entry ${fired.entry} ${fired.what}`;
  }
}

function isOver(state: Schemas['CallbackState']): boolean {
  switch (state) {
    case 'scheduled':
    case 'delivering':
    case 'retrying': return false;
    case 'delivered':
    case 'exhausted':
    case 'dropped': return true;
  }
}

function reason({ why }: Schemas['OpenLookup']): string {
  switch (why) {
    case 'pending': return 'waits for its time';
    case 'polls': return 'waits for polls';
    case 'forever': return 'never ends';
    case 'delivering': return 'has a callback';
  }
}

export async function makeEveryCall({ url, key, fetch }: Given): Promise<void> {
  const mock = createClient<paths>({ baseUrl: url, fetch, headers: { 'x-api-key': key } });

  // the server
  const health = ok(await mock.GET('/__admin/health'));
  equal(health.status, 'ok');
  check(health.version.length > 0);
  equal(ok(await mock.GET('/__admin/ready')).status, 'ready');
  const { openapi, paths: described } = ok(await mock.GET('/__admin/openapi.json'));
  check(openapi.startsWith('3.1') && '/__admin/health' in described);
  check(ok(await mock.GET('/__admin/metrics', { parseAs: 'text' })).startsWith('# HELP'));

  // one enrichment
  const clock = ok(await mock.PUT('/__admin/clock', { body: { mode: 'manual' } }));
  check(clock.mode === 'manual');
  const { _id: id, status } = ok(await mock.POST('/v1/api/enrichment/email', {
    body: lead('ada', { callback_url: 'http://127.0.0.1:1/', external_id: 'lead-1' }),
  }));
  equal(status, 'pending');
  const polled = ok(await mock.GET('/v1/api/enrichment/email/{id}', { params: { path: { id } } }));
  check(polled.status === 'pending');
  const { now, fired } = ok(await mock.POST('/__admin/clock/advance', { body: { by: '100ms' } }));
  check(now > clock.now);
  equal(fired.map(detail), [`${id} is processing`]);
  const { open } = ok(await mock.POST('/__admin/settle', { body: { timeout: '30s' } }));
  equal(open, []);
  const completed = ok(await mock.GET('/v1/api/enrichment/email/{id}', { params: { path: { id } } }));
  check(completed.status === 'completed');
  equal(completed.email.email, 'ada@example.com');
  equal(ok(await mock.GET('/v1/api/enrichment/credits')).balance, 249);

  // errors
  const noKey = refused(await mock.GET('/v1/api/enrichment/credits', { headers: { 'x-api-key': null } }));
  check(noKey.statusCode === 401);
  equal(noKey.error, 'Unauthorized');
  const unknown = refused(await mock.GET('/v1/api/enrichment/email/{id}', { params: { path: { id: '0'.repeat(24) } } }));
  check(unknown.statusCode === 404);

  // enrichments
  const joe = ok(await mock.POST('/__admin/enrichments', { body: { ...lead('joe'), status: 'processing' } }));
  equal(summary(joe), 'no email yet');
  const inTime = refused(await mock.GET('/__admin/enrichments/{id}', {
    params: { path: { id: joe._id }, query: { wait: ['completed', 'failed'], timeout: '1ms' } },
  }));
  check(inTime.statusCode === 422);
  equal(inTime.open.map(reason), ['waits for its time']);
  equal(inTime.enrichment.history.map((entry) => entry.status), ['pending', 'processing']);
  const resolved = ok(await mock.POST('/__admin/enrichments/{id}/resolve', {
    params: { path: { id: joe._id } }, body: { outcome: 'not-found' },
  }));
  check(resolved.status === 'not-found');
  equal(resolved.email, null);
  const unreachable = refused(await mock.GET('/__admin/enrichments/{id}', {
    params: { path: { id: joe._id }, query: { wait: ['completed'] } },
  }));
  check(unreachable.statusCode === 409);
  equal(unreachable.enrichment?.status, 'not-found');
  const { enrichments, next } = ok(await mock.GET('/__admin/enrichments', {
    params: { query: { status: ['completed'], limit: 1 } },
  }));
  equal(enrichments.map(summary), ['ada@example.com']);
  equal(next, null);

  // callbacks
  const { callbacks } = ok(await mock.GET('/__admin/callbacks', {
    params: { query: { state: ['exhausted'], wait: ['exhausted:1'] } },
  }));
  const callbackId = `${id}-1`;
  equal(callbacks.map((callback) => callback.id), [callbackId]);
  const callback = ok(await mock.GET('/__admin/callbacks/{id}', { params: { path: { id: callbackId } } }));
  check(isOver(callback.state));
  const again = ok(await mock.POST('/__admin/callbacks/{id}/redeliver', { params: { path: { id: callbackId } } }));
  equal(again.attempts.map((attempt) => attempt.status), [null, null, null, null]);
  check(again.attempts.every(({ error, latency_ms }) => error !== null && latency_ms >= 0));
  const contentType = (attempt: Schemas['Attempt']) => attempt.request?.headers['Content-Type'] ?? 'nothing';
  equal(again.attempts.map(contentType), ['nothing', 'nothing', 'nothing', 'nothing']);
  equal(again.attempts.map(({ response }) => response?.status ?? null), [null, null, null, null]);

  // the sink
  const params = { path: { name: 'first' } };
  const { statuses } = ok(await mock.PUT('/__admin/sink/{name}', { params, body: { statuses: [500, 200], delay: '0s' } }));
  equal(statuses, [500, 200]);
  const zoe = ok(await mock.POST('/__admin/enrichments', {
    body: { ...lead('zoe'), status: 'processing', callback_url: `${url}/__admin/sink/first` },
  }));
  ok(await mock.POST('/__admin/enrichments/{id}/resolve', { params: { path: { id: zoe._id } }, body: { outcome: 'not-found' } }));
  ok(await mock.POST('/__admin/settle', { body: {} }));
  const { received, count } = ok(await mock.GET('/__admin/sink/{name}', { params: { ...params, query: { wait: 2, limit: 1 } } }));
  equal(count, 2);
  equal(received.map((request) => [request.status, request.enrichment_id, request.attempt]), [[500, zoe._id, 1]]);
  const { attempts } = ok(await mock.GET('/__admin/callbacks/{id}', { params: { path: { id: `${zoe._id}-1` } } }));
  equal(attempts.map(({ response }) => response?.status), [500, 200]);
  check(attempts.every(({ request }) => request?.headers['Host'] === new URL(url).host));
  const tooFew = refused(await mock.GET('/__admin/sink/{name}', { params: { ...params, query: { wait: 3, timeout: '1ms' } } }));
  check(tooFew.statusCode === 422);
  equal(tooFew.received.map((request) => request.status), [500, 200]);
  const sent = ok(await mock.POST('/__admin/sink/{name}', {
    params, body: { request_id: id, status: 'failed', enrichment_type: 'work_email', email: null, linkedin_url: joe.linkedin_url },
  }));
  check(sent.number > 2);
  equal(ok(await mock.GET('/__admin/sink')).sinks.map((sink) => sink.name), ['first']);
  equal(ok(await mock.DELETE('/__admin/sink/{name}', { params })).deleted, 2);

  // credits
  equal(ok(await mock.GET('/__admin/credits')).balance, 249);
  equal(ok(await mock.PUT('/__admin/credits', { body: { add: -9 } })).balance, 240);
  equal(ok(await mock.PUT('/__admin/credits', { body: { balance: 7 } })).balance, 7);
  const { movements } = ok(await mock.GET('/__admin/ledger', { params: { query: { last: 3 } } }));
  const [charge] = movements;
  check(charge?.kind === 'charge');
  equal(charge.enrichment_id, id);

  // the scenario
  const { scenarios } = ok(await mock.GET('/__admin/scenarios'));
  check(scenarios.some((scenario) => scenario.name === 'default' && scenario.default));
  check(ok(await mock.GET('/__admin/scenarios/{id}', { params: { path: { id: 'default' } } })).text.length > 0);
  const scenario: Schemas['Scenario'] = {
    name: 'typed',
    lookup: { pending: { polls: 1 }, processing: { median: '200ms', p99: '3s', max: '10s' }, outcome: { completed: 9, failed: 1 } },
    callback: { forward: ['traceparent'], delay: { median: '10ms', p99: '20ms', max: '1s' } },
    enrichments: [{ ...lead('eve'), status: 'completed', email: 'eve@acme.example', charge: true }],
    profiles: { ada: { work: 'ada@acme.example', personal: null } },
    rules: [{ name: 'busy', on: 'credits', steps: [{ response: { status: 503 } }, {}], after_last: 'cycle' }],
    schedule: [{ at: '10s', until: '20s', on: 'request', response: { fault: 'dribble', over: '2s' } }, { at: '1h', add_credits: 5 }],
    expect: { completed: { at_least: 1 }, unmatched: 0 },
  };
  equal(ok(await mock.PUT('/__admin/scenario', { body: scenario })).name, 'typed');
  const wrong = refused(await mock.PUT('/__admin/scenario', { body: { name: 'typed', lookup: { pending: 'soon' } } }));
  check(wrong.statusCode === 400);
  equal(wrong.problems?.map((problem) => problem.pointer), ['/lookup/pending']);
  const rule: Schemas['ScenarioRule'] = { on: 'poll', response: { status: 503 } };
  equal(ok(await mock.POST('/__admin/rules', { body: { rule, times: 2 } })).times, 2);
  const shown = ok(await mock.GET('/__admin/scenario'));
  equal(shown.rules.map(({ on, count, after_last }) => `${on} ${count} ${after_last}`), ['credits team cycle']);
  equal(shown.extra_rules.map(({ left }) => left), [2]);
  equal(ok(await mock.DELETE('/__admin/rules')).deleted, 1);

  // verify
  const verdict = ok(await mock.POST('/__admin/verify', { body: { timeout: '30s', expect: [
    { requests: { method: 'POST', status: 201, body: { type: 'work' } }, count: 1 },
    { sequence: [{ method: 'POST' }, { method: 'GET' }] },
    { callback: { external_id: 'lead-1' }, state: 'exhausted', attempts: 4, statuses: [0, 0, 0, 0] },
    { outcomes: { completed: 1 } }, { credits: { balance: 7 } }, { unmatched: 0 },
  ] } }));
  equal(verdict.passed, true);
  equal(verdict.open.map(reason), []);
  const expect: Schemas['Expectation'][] = [{ requests: { method: 'POST', status: 503 } }];
  const failed = refused(await mock.POST('/__admin/verify', { body: { expect } }));
  check('failures' in failed);
  const nearest = failed.failures[0]?.nearest ?? null;
  check(nearest !== null && 'request' in nearest && 'differs' in nearest);
  equal(nearest.differs, ['status: expected 503, found 201']);
  const own = ok(await mock.GET('/__admin/verify', { params: { query: { timeout: '30s' } } }));
  equal(own.failures.map((failure) => failure.message), []);
  const advice = ok(await mock.GET('/__admin/advice', { params: { query: { finished: 'true' } } }));
  equal(advice.reason, null);
  for (const { severity, evidence } of advice.findings) {
    check(severity !== 'note');
    for (const proof of evidence) check('request' in proof ? proof.request > 0 : proof.callback.length > 0);
  }

  // the journal
  const { requests } = ok(await mock.GET('/__admin/requests', {
    params: { query: { method: 'POST', status: [201, 503], wait: 1, timeout: '30s' } },
  }));
  equal(requests.map((request) => request.enrichment_id), [id]);
  check(requests.every(({ headers, fault }) => Object.keys(headers).length > 0 && fault === undefined));
  equal(ok(await mock.GET('/__admin/requests/unmatched')).requests, []);
  const none = refused(await mock.GET('/__admin/requests/unmatched', { params: { query: { wait: 1, timeout: '1ms' } } }));
  check(none.statusCode === 422);
  equal(none.requests.map((request) => request.number), []);
  check(ok(await mock.DELETE('/__admin/requests')).deleted > 0);

  // the clock
  const running = ok(await mock.PUT('/__admin/clock', { body: { mode: 'running', scale: 2 } }));
  check(running.mode === 'running');
  equal(running.scale, 2);
  equal(ok(await mock.GET('/__admin/clock')).mode, 'running');
  const notManual = refused(await mock.POST('/__admin/clock/advance', { body: { to_next: true } }));
  check('statusCode' in notManual && notManual.statusCode === 409);

  // the team
  const { teams: [team] } = ok(await mock.GET('/__admin/teams'));
  check(team !== undefined && team.name === null);
  equal(team.open.lookups + team.open.callbacks, 0);
  const whole = ok(await mock.GET('/__admin/snapshot'));
  const { teams: [snapshot] } = whole;
  equal(ok(await mock.PUT('/__admin/snapshot', { body: whole })).restored.from, team.id);
  equal(snapshot?.enrichments.map(summary), ['ada@example.com', 'no work_email', 'no work_email']);
  const { data: stream } = await mock.GET('/__admin/events', { params: { header: { 'Last-Event-ID': '1' } }, parseAs: 'stream' });
  for await (const text of (stream ?? new ReadableStream()).pipeThrough(new TextDecoderStream()))
    if (text.includes('event: gap')) break;
  equal(ok(await mock.POST('/__admin/reset')).reset, [team.id]);
}
