// The app's checks refuse responses that differ from the documentation in one field. Needs no server.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseRetryAfter } from './client.mjs';
import * as shapes from './shapes.mjs';

const id = '507f1f77bcf86cd799439011', linkedin_url = 'https://www.linkedin.com/in/janedoe';
const email = { email: 'jane@acme.example', type: 'work' };
const result = { status: 'completed', enrichment_type: 'work_email', email, linkedin_url };

// The documentation's samples, and variants that must be refused.
const cases = [
  ['checkAccepted', { _id: id, status: 'pending', linkedin_url },
    [{ status: 'processing' }, { _id: 'x' }, { _id: id.toUpperCase().replace(/\d/g, 'A') }, { external_id: 'lead-42' },
     { linkedin_url: undefined }]],
  ['checkPoll', { _id: id, status: 'processing', linkedin_url }, [{ enrichment_type: 'work_email' }, { email: null }]],
  ['checkPoll', { _id: id, ...result, external_id: 'lead-42' },
    [{ status: 'done' }, { status: 'pending' }, { enrichment_type: 'work' }, { email: null }, { email: email.email },
     { email: { ...email, type: 'personal' } }, { email: { ...email, score: 1 } }, { external_id: null },
     { request_id: id }]],
  ['checkPoll', { _id: id, ...result, status: 'not-found', email: null }, [{ email }, { email: undefined }]],
  ['checkPoll', { _id: id, ...result, status: 'failed', email: null }, [{ email }, { error: 'x' }]],
  ['checkCredits', { balance: 250 }, [{ balance: -1 }, { balance: 1.5 }, { balance: '250' }, { team: 'x' }]],
  ['checkCallback', { request_id: id, ...result },
    [{ _id: id }, { request_id: undefined }, { status: 'failed', email: null }, { status: 'processing' }]],
  ['checkCallback', { request_id: id, ...result, status: 'not-found', email: null, external_id: 'x' }, [{ email }]],
];

const change = (sample, changes) =>
  Object.fromEntries(Object.entries({ ...sample, ...changes }).filter(([, value]) => value !== undefined));

for (const [check, sample, spoilings] of cases) {
  test(`${check} takes the documented ${sample.status ?? 'answer'} and nothing else`, () => {
    assert.equal(shapes[check](sample), sample);
    for (const spoiling of spoilings) {
      assert.throws(() => shapes[check](change(sample, spoiling)), shapes.ShapeError, JSON.stringify(spoiling));
    }
    for (const other of [null, [], 'x']) assert.throws(() => shapes[check](other), shapes.ShapeError);
  });
}

test('a result must belong to the lead of its request', () => {
  const lead = { linkedin_url, type: 'work', external_id: 'lead-42' };
  const own = { ...result, external_id: 'lead-42' };
  assert.equal(shapes.checkBelongs(own, lead), own);
  for (const spoiling of [{ linkedin_url: `${linkedin_url}/` }, { external_id: 'lead-43' }, { external_id: undefined },
                          { enrichment_type: 'personal_email' }]) {
    assert.throws(() => shapes.checkBelongs(change(own, spoiling), lead), shapes.ShapeError, JSON.stringify(spoiling));
  }
});

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  assert.equal(parseRetryAfter('2', now), 2000);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:00:05 GMT', now), 5000);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2025 00:00:00 GMT', now), 0);
  assert.equal(parseRetryAfter('soon', now), undefined);
  assert.equal(parseRetryAfter(null, now), undefined);
});
