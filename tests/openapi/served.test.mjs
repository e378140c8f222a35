// The document that the server returns: it is the one of the sources, and everything that it describes exists.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { PATIENCE, keyFor, lead, startEmulator } from '../clients/testing.mjs';
import { documentFile, openapi, operations } from './tools.mjs';

describe('GET /__admin/openapi.json', { timeout: PATIENCE }, () => {
  let emulator;
  before(async () => { emulator = await startEmulator('--time-scale', '1000'); });
  after(() => emulator.stop());

  const ask = (path, options) => fetch(emulator.url + path, options);

  test('it is the document of the sources, as JSON', async () => {
    const answer = await ask('/__admin/openapi.json');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.equal(await answer.text(), readFileSync(documentFile, 'utf8'));
  });

  test('pages of other sites may not read it, as with every control call', async () => {
    const answer = await ask('/__admin/openapi.json', { headers: { origin: 'https://elsewhere.example' } });
    assert.equal(answer.status, 403);
  });

  for (const operation of operations) {
    test(`${operation} exists, and responds with a documented status`, async () => {
      const headers = { 'x-api-key': keyFor('happy-path') };
      const id = await finishedEnrichment(headers);
      const [method, path] = operation.split(' ');
      const own = { callbacks: `${id}-1`, scenarios: 'default' }[path.split('/')[2]] ?? id;
      const answer = await ask(path.replace(/\{\w+\}/, own), { method, headers });
      assert.ok(![404, 405].includes(answer.status), `${answer.status}`);
      const { responses } = openapi.paths[path][method.toLowerCase()];
      assert.ok(answer.status in responses, `${answer.status} is not among ${Object.keys(responses)}`);
      await answer.body.cancel();  // the stream has no end
    });
  }

  // From a team of that key, with a callback to a closed port.
  async function finishedEnrichment(headers) {
    const body = JSON.stringify({ ...lead('ada'), callback_url: 'http://127.0.0.1:1/' });
    const json = { ...headers, 'content-type': 'application/json' };
    const { _id: id } = await (await ask('/v1/api/enrichment/email', { method: 'POST', headers: json, body })).json();
    const settled = await ask('/__admin/settle', { method: 'POST', headers });
    assert.equal(settled.status, 200);
    return id;
  }
});
