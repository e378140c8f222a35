// How a team tests its client of the enrichment API against the mock. No test sleeps, none disturbs another.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { startMock } from './mock.mjs';

let mock;
before(async () => { mock = await startMock(); });
after(() => mock.stop());

// The client under test: it retries once if the API is overloaded.
class Client {
  constructor({ url, apiKey }) {
    this.base = `${url}/v1/api/enrichment`;
    this.headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
  }

  async request(lead) {
    for (let attempt = 1; ; attempt += 1) {
      const body = JSON.stringify({ type: 'work', ...lead });
      const response = await fetch(`${this.base}/email`, { method: 'POST', headers: this.headers, body });
      if (response.ok) return (await response.json())._id;
      if (response.status !== 503 || attempt === 2) throw new Error(`refused: ${response.status}`);
    }
  }

  async poll(id) {
    return (await fetch(`${this.base}/email/${id}`, { headers: this.headers })).json();
  }
}

const jane = { linkedin_url: 'https://www.linkedin.com/in/jane', external_id: 'lead-1' };

// The app's own endpoint for callbacks; it answers with the given statuses first, then with 200.
async function receiver(t, ...statuses) {
  const bodies = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    bodies.push(JSON.parse(text));
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}/hook`, bodies };
}

test('a lead is found and costs one credit', async () => {
  const team = mock.team('found');
  const client = new Client(team);
  const id = await client.request(jane);
  await team.settle();
  assert.equal((await client.poll(id)).email.email, 'jane@example.com');
  await team.verify({ outcomes: { completed: 1 } }, { credits: { charged: 1 } });
});

test('a lookup takes its time: pending, processing, completed', async () => {
  const team = mock.team('states');
  const client = new Client(team);
  const id = await client.request(jane);
  const seen = [(await client.poll(id)).status];
  for (const step of ['100ms', '400ms']) {
    await team.advance(step);
    seen.push((await client.poll(id)).status);
  }
  assert.deepEqual(seen, ['pending', 'processing', 'completed']);
});

test('a username decides what happens, as a test card number does', async () => {
  const team = mock.team('magic');
  const client = new Client(team);
  const id = await client.request({ linkedin_url: 'https://www.linkedin.com/in/not-found-1' });
  await team.settle();
  assert.equal((await client.poll(id)).status, 'not-found');
  assert.equal(await team.credits(), 250);
});

test('the callback is delivered again after one and two seconds when the app fails', async (t) => {
  const team = mock.team('callback');
  const app = await receiver(t, 500, 500);
  await new Client(team).request({ ...jane, callback_url: app.url });
  await team.settle();
  assert.equal(app.bodies.length, 3);
  assert.equal(app.bodies[0].external_id, 'lead-1');
  await team.verify({
    callback: { external_id: 'lead-1' }, state: 'delivered', statuses: [500, 500, 200], gaps: ['1s', '2s'],
  });
});

test('the client retries once when the API is overloaded', async () => {
  const team = mock.team('overloaded');
  await team.script({ response: { status: 503 } });
  await new Client(team).request(jane);
  await team.verify({ sequence: [{ method: 'POST', status: 503 }, { method: 'POST', status: 201 }] });
});

test('an expectation that is not met shows the nearest call', async () => {
  const team = mock.team('nearest');
  await new Client(team).request(jane);
  const body = { external_id: 'lead-2' };
  await assert.rejects(team.verify({ requests: { method: 'POST', body } }), /external_id.*lead-1/);
});

test('a whole scenario by the key: every callback fails twice before it arrives', async (t) => {
  const team = mock.team('scenario', 'flaky-callback');
  const app = await receiver(t);
  await new Client(team).request({ ...jane, callback_url: app.url });
  await team.settle();
  const [callback] = await team.callbacks();
  assert.equal(callback.attempts.length, 3);
  assert.equal(callback.state, 'delivered');
});

test('lists have all pages', async () => {
  const team = mock.team('long');
  const client = new Client(team);
  const many = Array.from({ length: 1001 }, (_, i) => ({ ...jane, linkedin_url: `${jane.linkedin_url}-${i}` }));
  await Promise.all(many.map((lead) => client.request({ ...lead, callback_url: 'http://127.0.0.1:1/' })));
  assert.equal((await team.enrichments()).length, many.length);
  await team.reset();
});

test('reset gives a team a fresh start', async () => {
  const team = mock.team('reset');
  await new Client(team).request(jane);
  await team.settle();
  await team.reset();
  assert.deepEqual(await team.enrichments(), []);
  assert.equal(await team.credits(), 250);
});
