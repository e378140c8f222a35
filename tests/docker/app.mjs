// The app of compose.yaml: asks for two leads, is called back by its own service's name, and exits with 0 when answers,
// callbacks and credits are as they should be.
import assert from 'node:assert/strict';

import { EnrichmentClient } from '../clients/client.mjs';
import { CallbackReceiver } from '../clients/receiver.mjs';

const PATIENCE = 60_000;  // milliseconds

const { ENRICHMENT_URL, ENRICHMENT_KEY, CALLBACK_URL } = process.env;
const { hostname, port, pathname } = new URL(CALLBACK_URL);
const client = new EnrichmentClient({ baseUrl: ENRICHMENT_URL, apiKey: ENRICHMENT_KEY });
const receiver = new CallbackReceiver();
await receiver.start({ host: '0.0.0.0', port: Number(port), announced: hostname, path: pathname });

async function enrich(username) {
  const lead = { linkedin_url: `https://www.linkedin.com/in/${username}`, type: 'work', external_id: username };
  const { _id } = await client.requestEnrichment({ ...lead, callback_url: CALLBACK_URL });
  const result = await receiver.result(_id, AbortSignal.timeout(PATIENCE));
  assert.ok(result, `no callback for ${username}`);
  return result;
}

const before = await client.getCredits();
const [found, lost] = await Promise.all(['jane', 'not-found-john'].map(enrich));
assert.equal(found.status, 'completed');
assert.equal(found.email.email, 'jane@example.com');
assert.equal(lost.status, 'not-found');
assert.equal(await client.getCredits(), before - 1, 'one credit is charged, for the one that was found');
assert.deepEqual(receiver.problems, []);
console.log(`${receiver.deliveries} callbacks came to ${CALLBACK_URL}`);
await receiver.stop();
