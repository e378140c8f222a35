// The app of compose.yaml: requests two leads, is called back by its own service's name, and exits with 0 if responses,
// callbacks and credits are right. It needs Node and no other file.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';

const PATIENCE = 60_000;  // milliseconds

const { ENRICHMENT_URL, ENRICHMENT_KEY, CALLBACK_URL } = process.env;
const { port, pathname } = new URL(CALLBACK_URL);
const signal = AbortSignal.timeout(PATIENCE);

async function call(method, path, body) {
  const response = await fetch(`${ENRICHMENT_URL}/v1/api/enrichment/${path}`, {
    method,
    headers: { 'x-api-key': ENRICHMENT_KEY, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
    signal,
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

const credits = async () => (await call('GET', 'credits')).balance;

// On all addresses: to the mock, 127.0.0.1 is its own container.
const results = new Map();
let deliveries = 0;
const receiver = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  const result = JSON.parse(text);
  response.writeHead(request.method === 'POST' && request.url === pathname ? 204 : 404).end();
  deliveries += 1;
  results.set(result.request_id, result);
  receiver.emit('result');
});
receiver.listen(Number(port), '0.0.0.0');
await once(receiver, 'listening');

async function enrich(username) {
  const lead = { linkedin_url: `https://www.linkedin.com/in/${username}`, type: 'work', external_id: username };
  const { _id } = await call('POST', 'email', { ...lead, callback_url: CALLBACK_URL });
  while (!results.has(_id)) await once(receiver, 'result', { signal });
  return results.get(_id);
}

const before = await credits();
const [found, lost] = await Promise.all(['jane', 'not-found-john'].map(enrich));
assert.equal(found.status, 'completed');
assert.equal(found.email.email, 'jane@example.com');
assert.equal(found.external_id, 'jane');
assert.equal(lost.status, 'not-found');
assert.equal(lost.email, null);
assert.equal(await credits(), before - 1, 'one credit is charged, for the one that was found');
console.log(`${deliveries} callbacks came to ${CALLBACK_URL}`);
receiver.close();
receiver.closeAllConnections();
