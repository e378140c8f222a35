// Code generators can use the document: they get complete types, and requests that the server accepts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { PATIENCE, keyFor, lead, startEmulator } from '../clients/testing.mjs';
import { openapi } from './tools.mjs';

// Each object in the document with its path.
function* parts(value, place = '#') {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) yield [place, value];
  for (const [key, inner] of Object.entries(value)) yield* parts(inner, `${place}/${key}`);
}

const target = ({ $ref }, document) => $ref.slice(2).split('/').reduce((value, key) => value[key], document);
const resolved = (schema) => schema.$ref ? target(schema, openapi) : schema;

// A schema, with the schemas that it refers to.
function* schemasIn(schema) {
  const known = resolved(schema);
  yield known;
  const { properties = {}, oneOf = [], anyOf = [], allOf = [], items, additionalProperties } = known;
  const inner = [...Object.values(properties), ...oneOf, ...anyOf, ...allOf, items, additionalProperties];
  for (const each of inner) if (typeof each === 'object') yield* schemasIn(each);
}

const bodies = Object.entries(openapi.paths).flatMap(([path, item]) =>
  Object.entries(item).filter(([, operation]) => operation.requestBody).map(([method, { requestBody }]) =>
    ({ method: method.toUpperCase(), path, ...requestBody.content['application/json'] })));

test('every object lists its properties, so that no generated type is empty', () => {
  const objects = [...parts(openapi)].filter(([, { type }]) => [type].flat().includes('object'));
  assert.ok(objects.length > 50);
  for (const [place, schema] of objects) assert.ok('properties' in schema || 'additionalProperties' in schema, place);
});

test('every JSON body has a named schema, so that generated types have names', () => {
  for (const [place, { content }] of parts(openapi))
    for (const [type, { schema }] of Object.entries(content ?? {}))
      if (type !== 'text/plain') assert.ok(schema.$ref, place);
});

test('JSON of any shape is only where clients, scenarios or OpenAPI decide about the shape', () => {
  const isFree = (schema) => !Object.keys(schema).some((key) => ['$ref', 'type', 'oneOf', 'anyOf', 'allOf'].includes(key));
  const names = [...parts(openapi.components.schemas)].flatMap(([place, { properties = {}, additionalProperties }]) =>
    [...Object.entries(properties).filter(([, schema]) => isFree(schema)).map(([key]) => key),
     ...(additionalProperties === true ? [place.split('/').at(-1)] : [])]);
  assert.deepEqual([...new Set(names)].sort(), ['^[45][0-9]{2}$', 'answer', 'body', 'info', 'merge_patch', 'paths'].sort());
});

test('every field of a response that may be absent has a description', () => {
  const responses = Object.values(openapi.components.responses).concat(
    Object.values(openapi.paths).flatMap((item) => Object.values(item)).flatMap(({ responses = {} }) => Object.values(responses)));
  const bodiesOf = ({ content = {} }) => Object.values(content).map(({ schema }) => schema);
  const schemas = new Set(responses.flatMap(bodiesOf).flatMap((schema) => [...schemasIn(schema)]));
  assert.ok(schemas.size > 50);
  for (const { properties = {}, required = [] } of schemas)
    for (const [key, schema] of Object.entries(properties))
      assert.ok(required.includes(key) || schema.description, `${key} of { ${Object.keys(properties)} }`);
});

test('no field has only the type null, because openapi-fetch loses such fields', () => {
  for (const [place, { type }] of parts(openapi.components.schemas)) assert.ok(type !== 'null' || /oneOf\/\d+$/.test(place), place);
});

test('no field of a request has a default, because generators then treat it as always present', () => {
  assert.equal(bodies.length, 13);
  for (const { method, path, schema } of bodies)
    for (const part of schemasIn(schema)) assert.ok(!('default' in part), `${method} ${path}: ${part.description}`);
});

// What generators make types from, as lines such as "/lookup/jitter: string": types, keys, words and limits, without texts,
// patterns and conditions.
function* typesIn(schema, document, place = '') {
  const { $ref, ...own } = schema;
  if ($ref) return yield* typesIn({ ...target(schema, document), ...own }, document, place);
  const { type = 'any', enum: words = own.const && [own.const], anyOf, properties, items, required = [] } = own;
  if (words) return yield `${place}: ${[...words].sort().join(', ')}`;
  if (anyOf && !properties) {
    for (const option of anyOf) yield* typesIn(option, document, place);
    return;
  }
  yield `${place}: ${[type, own.minimum, own.maximum].flat().filter((each) => each !== undefined).join(' ')}`;
  for (const key of required) yield `${place}/${key} is required`;
  if (items) yield* typesIn(items, document, `${place}/0`);
  if (![type].flat().includes('object')) return;
  const { additionalProperties: others = true } = own;
  if (typeof others === 'object') yield* typesIn(others, document, `${place}/*`);
  else yield `${place}/* may have other keys: ${others}`;
  const named = Object.entries({ ...properties, ...own.patternProperties });
  for (const [key, value] of named) yield* typesIn(value, document, `${place}/${key}`);
}

test('a scenario has the same keys, words and limits as in scenario files', () => {
  const scenarios = JSON.parse(readFileSync(new URL('../../scenarios/scenario.schema.json', import.meta.url), 'utf8'));
  const inFiles = [...typesIn(scenarios, scenarios)], described = [...typesIn(openapi.components.schemas.Scenario, openapi)];
  assert.ok(inFiles.length > 100);
  assert.deepEqual(inFiles.filter((line) => !described.includes(line)), [], 'missing in the schemas Scenario… of openapi.json');
  assert.deepEqual(described.filter((line) => !inFiles.includes(line)), [], 'not in scenario.schema.json');
});

describe('requests that match the document', { timeout: PATIENCE }, () => {
  let emulator;
  before(async () => { emulator = await startEmulator('--clock', 'manual', '--max-teams', '100000'); });
  after(() => emulator.stop());

  async function ask(method, path, key, body) {
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    const answer = await fetch(emulator.url + path, { method, headers, body: JSON.stringify(body) });
    return { ...(await answer.json()), status: answer.status };
  }
  const accepts = async (linkedin_url) =>
    (await ask('POST', '/v1/api/enrichment/email', 'default.urls', { ...lead('ada'), linkedin_url })).status === 201;

  test('every request body has an example, and the server accepts it', async () => {
    for (const { method, path, example, examples = { only: { value: example } } } of bodies) {
      for (const [name, { value }] of Object.entries(examples)) {
        const key = keyFor('default');
        const { _id: id } = await ask('POST', '/v1/api/enrichment/email', key, lead('stuck-ada'));
        const { status, message } = await ask(method, path.replace(/\{\w+\}/, id), key, value);
        assert.ok([200, 201, 422].includes(status), `${method} ${path}, ${name}: ${status} ${message}`);
        if (status === 422) assert.match(path, /verify$/);
      }
    }
  });

  const pattern = new RegExp(openapi.components.schemas.LinkedInUrl.pattern, 'u');

  test('the pattern of linkedin_url matches what the server accepts', async () => {
    for (const url of [
      'https://www.linkedin.com/in/jane', 'HTTP://uk.LinkedIn.com/in/Jane-Doe_1/', 'https://a.b-c.linkedin.com/in/j%C3%B6hn?x=%ff',
      'https://linkedin.com/in/jösé/?a=b#c', 'https://linkedin.com/in/%E6%9D%8E-%f0%9f%98%80', 'https://linkedin.com/in/😀',
      "https://linkedin.com/in/.a~!$&'()*+,;=:@", 'https://linkedin.com/in/...', 'https://linkedin.com/in/%E0%B8%81%ed%95%9c',
      'https://linkedin.com/in/x?', 'https://linkedin.com/in/x#', 'https://linkedin.com/in/%20x', 'https://linkedin.com/in/%C2%B7',
    ]) {
      assert.equal(await accepts(url), true, url);
      assert.match(url, pattern);
    }
  });

  test('and nothing else', async () => {
    for (const url of [
      'https://example.com/in/jane', 'https://linkedin.com.evil.example/in/jane', 'https://evillinkedin.com/in/jane',
      'https://linkedin.com@evil.example/in/jane', 'https://user@linkedin.com/in/jane', 'https://linkedin.com:443/in/jane',
      'https://-a.linkedin.com/in/jane', 'https://.linkedin.com/in/jane', 'https://linkedin.com/company/jane', 'linkedin.com/in/jane',
      'https://linkedin.com/in/', 'https://linkedin.com/in//jane', 'https://linkedin.com/in/a/b', 'https://linkedin.com/in/a b',
      'https://linkedin.com/in/%', 'https://linkedin.com/in/%2F', 'https://linkedin.com/in/%00', 'https://linkedin.com/in/%C3',
      'https://linkedin.com/in/%C2%80', 'https://linkedin.com/in/a\u0085', 'https://linkedin.com/in/a\u2003b', 'ftp://linkedin.com/in/a',
      'https://linkedin.com/in/a"b', 'https://linkedin.com/in/a{b}', 'https://linkedin.com/in/a?b c', 'https://linkedin.com/in/\n',
    ]) {
      assert.equal(await accepts(url), false, url);
      assert.doesNotMatch(url, pattern);
    }
  });

  // Texts that a generator could make from the pattern.
  test('texts that are generated from the pattern are accepted', async () => {
    const pieces = ['a', 'Z', '7', '-', '_', '~', '!', "'", '@', ':', 'ö', '李', '😀', '%41', '%c3%A9', '%E2%82%AC', '%F3%A0%80%81', '%ED%9F%BF'];
    let state = 1;
    const below = (end) => (state = (state * 48271) % 2147483647) % end;
    const some = (from) => Array.from({ length: 1 + below(4) }, () => from[below(from.length)]).join('');
    for (let n = 0; n < 200; ++n) {
      const host = Array.from({ length: below(3) }, () => `${some(['a', 'B', '3'])}-x.`).join('');
      const query = below(2) ? `?${some([...pieces, '?', '/', '%ff'])}` : '';
      const url = `${['http', 'HTTPS'][below(2)]}://${host}linkedin.com/in/${some(pieces)}${['', '/'][below(2)]}${query}`;
      assert.match(url, pattern);
      assert.equal(await accepts(url), true, url);
    }
  });
});
