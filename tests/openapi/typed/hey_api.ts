// Makes every call with the client of @hey-api/openapi-ts.
import { type Given, check, equal, ok, refused } from './check.js';
import { client } from './enrichment-mock/client.gen.js';
import * as mock from './enrichment-mock/index.js';

const lead = (username: string, more: Partial<mock.EnrichmentRequest> = {}): mock.EnrichmentRequest =>
  ({ linkedin_url: `https://www.linkedin.com/in/${username}`, type: 'work', ...more });

// Compiles only if the document has exactly these kinds of events.
function detail(event: mock.Event): string {
  switch (event.kind) {
    case 'request': return `${event.method} ${event.path}: ${event.status}`;
    case 'transition': return `${event.enrichment_id} is ${event.status}`;
    case 'callback': return `attempt ${event.attempt}, ${event.state}: ${event.status ?? event.error}`;
    case 'schedule': return `entry ${event.entry} ${event.what}`;
    case 'control': return `${event.method} ${event.path}`;
    case 'gap': return `continues at ${event.continues_at}`;
  }
}

export async function makeEveryCall({ url, key, fetch }: Given): Promise<void> {
  client.setConfig({ baseUrl: url, fetch, headers: { 'x-api-key': key } });

  // the server
  equal(ok(await mock.getHealth()).status, 'ok');
  equal(ok(await mock.getReady()).status, 'ready');
  check(ok(await mock.showOpenApi()).openapi.startsWith('3.1'));
  check(ok(await mock.showMetrics()).startsWith('# HELP'));

  // one enrichment, with its events
  const clock = ok(await mock.setClock({ body: { mode: 'manual' } }));
  check(clock.mode === 'manual');
  const listening = new AbortController();
  const { stream } = await mock.listenToEvents({ headers: { 'Last-Event-ID': '1' }, signal: listening.signal });
  const details: string[] = [];
  let id = '';
  for await (const event of stream) {
    if (event.kind === 'gap') { // the first event: the mock does not have that id
      const body = lead('ada', { callback_url: 'http://127.0.0.1:1/', external_id: 'lead-1' });
      const accepted = ok(await mock.requestEnrichment({ body }));
      equal(accepted.status, 'pending');
      id = accepted._id;
      const { fired } = ok(await mock.advanceClock({ body: { by: '100ms' } }));
      equal(fired.map((each) => each.kind), ['transition']);
    } else if (event.kind !== 'control') {
      details.push(detail(event));
      if (event.kind === 'transition') listening.abort();
    }
  }
  equal(details, ['POST /v1/api/enrichment/email: 201', `${id} is processing`]);
  equal(ok(await mock.settle({ body: { timeout: '30s' } })).open, []);
  const completed = ok(await mock.getEnrichment({ path: { id } }));
  check(completed.status === 'completed');
  equal(completed.email.email, 'ada@example.com');
  equal(ok(await mock.getCredits()).balance, 249);

  // errors
  const noKey = refused(await mock.getCredits({ headers: { 'x-api-key': null } }));
  check(noKey.statusCode === 401);
  equal(noKey.error, 'Unauthorized');

  // enrichments
  const joe = ok(await mock.seedEnrichment({ body: { ...lead('joe'), status: 'processing' } }));
  const inTime = refused(await mock.showEnrichment({
    path: { id: joe._id }, query: { wait: ['completed', 'failed'], timeout: '1ms' },
  }));
  check(inTime.statusCode === 422);
  equal(inTime.open.map(({ why }) => why), ['pending']);
  const resolved = ok(await mock.resolveEnrichment({ path: { id: joe._id }, body: { outcome: 'not-found' } }));
  check(resolved.status === 'not-found');
  equal(resolved.email, null);
  const { enrichments } = ok(await mock.listEnrichments({ query: { status: ['completed', 'not-found'] } }));
  equal(enrichments.map((enrichment) => enrichment.charged), [true, false]);

  // callbacks
  const { callbacks } = ok(await mock.listCallbacks({ query: { state: ['exhausted'], wait: ['exhausted:1'] } }));
  const callbackId = `${id}-1`;
  equal(callbacks.map((callback) => callback.id), [callbackId]);
  equal(ok(await mock.showCallback({ path: { id: callbackId } })).state, 'exhausted');
  const again = ok(await mock.redeliverCallback({ path: { id: callbackId } }));
  equal(again.attempts.map((attempt) => attempt.status), [null, null, null, null]);
  const contentType = (attempt: mock.Attempt) => attempt.request?.headers['Content-Type'] ?? 'nothing';
  equal(again.attempts.map(contentType), ['nothing', 'nothing', 'nothing', 'nothing']);

  // the sink
  const script = ok(await mock.scriptSink({ path: { name: 'first' }, body: { statuses: [500, 200] } }));
  equal([script.statuses, script.delay], [[500, 200], '0s']);
  const sent = ok(await mock.sendToSink({
    path: { name: 'first' },
    body: { request_id: id, status: 'failed', enrichment_type: 'work_email', email: null, linkedin_url: joe.linkedin_url },
  }));
  check(sent.number > 0);
  equal(ok(await mock.listReceived({ path: { name: 'first' }, query: { last: 1 } })).received, []);
  const tooFew = refused(await mock.listReceived({ path: { name: 'first' }, query: { wait: 1, timeout: '1ms' } }));
  check(tooFew.statusCode === 422);
  equal(tooFew.count, 0);
  equal(ok(await mock.listSinks()).sinks.map(({ name, count }) => [name, count]), [['first', 0]]);
  equal(ok(await mock.clearSink({ path: { name: 'first' } })).deleted, 0);

  // credits
  equal(ok(await mock.showCredits()).balance, 249);
  equal(ok(await mock.setCredits({ body: { add: -9 } })).balance, 240);
  const { movements: [charge] } = ok(await mock.showLedger({ query: { last: 2 } }));
  check(charge?.kind === 'charge');
  equal(charge.enrichment_id, id);

  // the scenario
  const { scenarios } = ok(await mock.listScenarios());
  check(scenarios.some((scenario) => scenario.name === 'default' && scenario.default));
  check(ok(await mock.showLoadedScenario({ path: { id: 'default' } })).text.length > 0);
  const scenario: mock.Scenario = {
    name: 'typed', lookup: { outcome: { completed: 9, failed: 1 } }, rules: [{ on: 'poll', response: { fault: 'empty-response' } }],
  };
  equal(ok(await mock.replaceScenario({ body: scenario })).name, 'typed');
  const wrong = refused(await mock.replaceScenario({ body: { name: 'typed', lookup: { pending: 'soon' } } }));
  check(wrong.statusCode === 400);
  equal(wrong.problems?.map((problem) => problem.pointer), ['/lookup/pending']);
  equal(ok(await mock.addRule({ body: { rule: { response: { status: 429 } }, times: 2 } })).times, 2);
  equal(ok(await mock.showScenario()).extra_rules.map((rule) => rule.left), [2]);
  equal(ok(await mock.deleteRules()).deleted, 1);

  // verify
  const expect: mock.Expectation[] = [{ outcomes: { completed: 1 } }, { credits: { balance: 240 } }];
  equal(ok(await mock.verify({ body: { expect, timeout: '30s' } })).passed, true);
  const failed = refused(await mock.verify({ body: { expect: [{ callback: { external_id: 'lead-1' }, state: 'delivered' }] } }));
  check('failures' in failed);
  const nearest = failed.failures[0]?.nearest ?? null;
  check(nearest !== null && 'state' in nearest);
  equal(nearest.differs, ['state: expected delivered, found exhausted']);
  equal(ok(await mock.verifyScenario()).failures, []);
  const advice = ok(await mock.getAdvice({ query: { finished: 'true', ignore: ['no-backoff', 'result-lost'] } }));
  check(advice.complete);
  check(advice.not_checked.some(({ rule, reason }) => rule === 'result-lost' && reason === 'ignored by the call'));

  // the journal
  const { requests } = ok(await mock.listRequests({ query: { method: 'POST', status: [201, 503], wait: 1 } }));
  equal(requests.map((request) => request.enrichment_id), [id]);
  equal(ok(await mock.listUnmatchedRequests()).requests, []);
  check(ok(await mock.deleteRequests()).deleted > 0);

  // the team
  equal(ok(await mock.showClock()).mode, 'manual');
  const { teams: [team] } = ok(await mock.listTeams());
  check(team !== undefined && team.name === null);
  const whole = ok(await mock.snapshot());
  const { teams: [snapshot] } = whole;
  equal(ok(await mock.restore({ body: whole })).restored.from, team.id);
  equal(snapshot?.callbacks.map((callback) => callback.state), ['exhausted']);
  equal(ok(await mock.reset()).reset, [team.id]);
}
