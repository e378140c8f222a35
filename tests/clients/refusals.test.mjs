// What the API refuses, and that one key never meets another's enrichments.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { EnrichmentClient, InvalidRequestError, UnauthorizedError, UnknownEnrichmentError } from './client.mjs';
import { PATIENCE, assertReconciled, clientFor, lead, runApp, startEmulator } from './testing.mjs';

const TITLES = { 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found' };

// The call fails with that type of error, and its body has the emulator's shape of errors.
async function assertRefused(call, type, status, pattern = /\S/) {
  const error = await call.then(() => assert.fail('it was accepted'), (reason) => reason);
  assert.ok(error instanceof type, `${error}`);
  assert.deepEqual(error.body, { statusCode: status, message: error.message, error: TITLES[status] });
  assert.match(error.headers.get('content-type'), /^application\/json(;|$)/);
  assert.match(error.message, pattern);
  return error;
}

describe('refusals', { concurrency: 8, timeout: PATIENCE }, () => {
  let emulator;
  before(async () => { emulator = await startEmulator('--time-scale', '20'); });
  after(() => emulator.stop());

  const keyed = (apiKey) => new EnrichmentClient({ baseUrl: emulator.url, apiKey });

  for (const [what, apiKey] of [['no', undefined], ['an empty', '']]) {
    test(`with ${what} key every endpoint answers 401`, async () => {
      const client = keyed(apiKey);
      await assertRefused(client.getCredits(), UnauthorizedError, 401);
      await assertRefused(client.requestEnrichment(lead('ada')), UnauthorizedError, 401);
      await assertRefused(client.getEnrichment('507f1f77bcf86cd799439011'), UnauthorizedError, 401);
    });
  }

  test('a key with a misspelt scenario gets the right name in the message', async () => {
    await assertRefused(keyed('hapy-path.x').getCredits(), UnauthorizedError, 401, /happy-path/);
  });

  const wrong = {
    'linkedin_url missing': [{ linkedin_url: undefined }, /linkedin_url/],
    'linkedin_url of a company': [{ linkedin_url: 'https://www.linkedin.com/company/acme' }, /linkedin_url/],
    'linkedin_url of another host': [{ linkedin_url: 'https://linkedin.com.evil.example/in/ada' }, /linkedin_url/],
    'linkedin_url without a username': [{ linkedin_url: 'https://www.linkedin.com/in/' }, /linkedin_url/],
    'linkedin_url no text': [{ linkedin_url: 7 }, /linkedin_url/],
    'type missing': [{ type: undefined }, /type/],
    'type unknown': [{ type: 'business' }, /type/],
    'callback_url no URL': [{ callback_url: 'not a url' }, /callback_url/],
    'external_id too long': [{ external_id: 'x'.repeat(257) }, /external_id/],
    'every field, each named in its place': [{ linkedin_url: 'x', type: 'x', callback_url: 'x', external_id: 7 },
                                             /linkedin_url.*type.*callback_url.*external_id/s],
  };
  for (const [what, [changes, pattern]] of Object.entries(wrong)) {
    test(`400: ${what}`, async () => {
      const client = clientFor(emulator, 'happy-path');
      await assertRefused(client.requestEnrichment({ ...lead('ada'), ...changes }), InvalidRequestError, 400, pattern);
    });
  }

  test('a lead that is refused costs nothing and delays no other', async (t) => {
    const leads = [lead('ada'), lead('grace', { type: 'business' }), lead('alan')];
    const { report } = await runApp(t, emulator, 'happy-path', leads);
    assertReconciled(report, { completed: 2, rejected: 1 });
    assert.match(report.leads[1].reason, /^InvalidRequestError: .*type/);
  });

  test('external_id is echoed, up to 256 characters of any script', async (t) => {
    const texts = ['x'.repeat(256), '𝒳'.repeat(256), '"quoted" \\ and\nbroken'];
    const leads = texts.map((external_id) => lead('ada', { external_id }));
    const { report } = await runApp(t, emulator, 'happy-path', leads);
    assertReconciled(report, { completed: 3 });
  });

  test('an unknown id is 404, in any form', async () => {
    const client = clientFor(emulator, 'happy-path');
    for (const id of ['507f1f77bcf86cd799439011', 'x', '507f1f77bcf86cd79943901Z', '../credits']) {
      await assertRefused(client.getEnrichment(id), UnknownEnrichmentError, 404);
    }
  });

  test('two keys never see each other', async (t) => {
    const others = clientFor(emulator, 'happy-path');
    const balance = await others.getCredits();
    const { report } = await runApp(t, emulator, 'happy-path', [lead('ada')]);
    assertReconciled(report, { completed: 1 });
    await assertRefused(others.getEnrichment(report.leads[0].id), UnknownEnrichmentError, 404);
    assert.equal(await others.getCredits(), balance);
  });
});
