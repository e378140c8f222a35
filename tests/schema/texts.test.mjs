// Texts with a special form, such as durations, instants and addresses: schema and loader accept the same ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { problemsOf } from './loader.mjs';
import { newRandom } from './random.mjs';
import { complaints } from './schema.mjs';

const RANDOM_TEXTS = 4000;
const MOST_IN_A_FILE = 100;  // the loader reports all of these

// Texts of up to `most` of the parts.
function randomTexts(parts, most) {
  const random = newRandom(most);
  const oneOf = () => parts[random() % parts.length];
  return Array.from({ length: RANDOM_TEXTS }, () => Array.from({ length: random() % (most + 1) }, oneOf).join(''));
}

// Which of the texts each of the two refuses, as sets of indices, for each part of them. All texts of a part are in one
// file, each in a separate element of the list.
function refused(parts, list, elementWith) {
  const documents = parts.map((texts) => ({ name: 'x', [list]: texts.map(elementWith) }));
  const index = (pointer) => Number(/^\/\w+\/(\d+)\//.exec(pointer)[1]);
  const problems = problemsOf(documents.map((document) => ({ stem: 'x', text: JSON.stringify(document) })));
  return documents.map((document, part) => ({
    loader: new Set(problems[part].map(({ pointer }) => index(pointer))),
    schema: new Set(complaints(document).map(({ instancePath }) => index(instancePath))),
  }));
}

function agreeOn(what, elementWith, texts, list = 'rules') {
  test(`both accept the same ${what}`, (t) => {
    const unique = [...new Set(texts)];
    const parts = Array.from({ length: Math.ceil(unique.length / MOST_IN_A_FILE) }, (_, part) =>
      unique.slice(part * MOST_IN_A_FILE, (part + 1) * MOST_IN_A_FILE));
    let taken = 0;
    refused(parts, list, elementWith).forEach(({ loader, schema }, part) => {
      const by = (which) => parts[part].filter((_, index) => !which.has(index));
      assert.deepEqual(by(schema), by(loader));
      taken += parts[part].length - loader.size;
    });
    assert.ok(taken > 0 && taken < unique.length);
    t.diagnostic(`${unique.length} texts, ${taken} taken`);
  });
}

const YEAR = 365n * 24n * 60n * 60n * 1_000_000n;  // microseconds
const UNITS = { h: [3_600_000_000n, 6], m: [60_000_000n, 6], s: [1_000_000n, 6], ms: [1000n, 3], us: [1n, 0] };

// Numbers of every length with the digits of the largest one, or one more or less.
function numbersAround(longest) {
  const heads = [...longest].flatMap((_, length) =>
    [-1n, 0n, 1n].map((more) => String(BigInt(longest.slice(0, length + 1)) + more)));
  const lengths = [longest.length - 1, longest.length, longest.length + 1];
  return heads.flatMap((head) =>
    lengths.flatMap((length) => ['0', '5', '9'].map((digit) => head.padEnd(length, digit))));
}

const durations = Object.entries(UNITS).flatMap(([unit, [microseconds, most]]) => {
  const decimals = ['', '.', '.0', '.1', `.${'0'.repeat(most)}`, `.${'0'.repeat(most)}0`, `.${'9'.repeat(most)}`,
    `.${'1'.padStart(most, '0')}`];
  const numbers = ['0', '00', '01', ...numbersAround(String(YEAR / microseconds))];
  return numbers.flatMap((number) => decimals.map((behind) => number + behind + unit));
});

agreeOn('durations', (delay) => ({ callback: { delay } }),
  [...durations, ...randomTexts(['0', '1', '5', '9', '.', 'h', 'm', 's', 'u', ' ', '-', 'e'], 6)]);
agreeOn('durations above zero', (timeout) => ({ callback: { timeout } }),
  [...durations, ...randomTexts(['0', '1', '.', 'h', 'm', 's', 'us'], 6)]);
agreeOn('times of a dribbled response', (over) => ({ response: { fault: 'dribble', over } }), [
  ...durations, ...Object.entries(UNITS).flatMap(([unit, [microseconds]]) =>
    numbersAround(String(3_600_000_000n / microseconds)).flatMap((number) =>
      ['', '.0', '.5', '.001', '.000001'].map((behind) => number + behind + unit)))]);
agreeOn('emails of a lookup', (email) => ({ lookup: { email } }),
  randomTexts(['@', '{', '}', 'a', '{first}', '{last}', '{type}', '{username}', 'type', '\n'], 6));
agreeOn('patterns', (username) => ({ match: { username } }),
  randomTexts([' ', '\t', '\r', '\n', '\v', '\u00a0', '*', 'a'], 4));
agreeOn('values of a header', (value) => ({ callback: { headers: { X: value } } }),
  randomTexts([' ', '\t', 'a', '~', '!', '\n', 'é', '\x7f', ''], 5));

const enrichmentWith = (more) => ({ linkedin_url: 'https://linkedin.com/in/jane', type: 'work', ...more });
const urls = ['https://', 'HTTP://', 'ftp://', ''].flatMap((scheme) =>
  ['linkedin.com', 'uk.LinkedIn.com', 'a-.linkedin.com', 'linkedin.com:443', 'me@linkedin.com', 'xlinkedin.com', '.linkedin.com']
    .flatMap((host) => ['/in/jane', '/in/', '/company/x', ''].map((path) => scheme + host + path)));
const ends = randomTexts(['j', '/', '?', '#', '%20', '%2F', '%2f', '%c3%b6', '%C3', '%f4%8f%bf%bf', '%', 'ö', '.x', ' ', '[', '\u2028'], 4);
agreeOn('URLs of a profile', (linkedin_url) => enrichmentWith({ linkedin_url }),
  [...urls, ...ends.map((end) => `https://linkedin.com/in/x${end}`), `https://linkedin.com/in/${'ö'.repeat(2048 - 24)}`,
    `https://linkedin.com/in/${'ö'.repeat(2048 - 23)}`], 'enrichments');
agreeOn('external ids', (external_id) => enrichmentWith({ external_id }),
  ['', 'x'.repeat(256), 'x'.repeat(257), '\u{1f600}'.repeat(256), '\u{1f600}'.repeat(257)], 'enrichments');
agreeOn('ids', (_id) => enrichmentWith({ _id }),
  randomTexts(['0123456789ab', 'ABCDEFabcdef', 'g', ' ', '0'], 3), 'enrichments');

const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
const notForwarded = ['Authorization', 'Connection', 'Content-Encoding', 'Content-Length', 'Content-Type', 'Cookie', 'Expect', 'Host',
  'Keep-Alive', 'Proxy-Authorization', 'Proxy-Connection', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade', 'X-API-Key'];
agreeOn('names of forwarded headers', (name) => ({ callback: { forward: [name] } }),
  [...characters, ...notForwarded.flatMap((name) => [name, name.toLowerCase(), name.toUpperCase(), `${name}s`, `X-${name}`]),
    'traceparent', 'X-Request-Id']);
agreeOn('names of a header', (name) => ({ callback: { headers: { [name]: '' } } }),
  [...characters, 'X-Mock-Scenario', 'x-mock-SCENARIO', 'X-Mock-Scenarios',
    ...randomTexts(['content', 'CONTENT', '-', 'Length', 'transfer', 'Encoding', ' '], 5)]);

test('both accept the same instants', (t) => {
  const years = [1969, 1970, 1972, 1999, 2000, 2023, 2024, 2100, 2400, 2800, 2900, 2996, 2999, 3000, 20240];
  const two = (number) => String(number).padStart(2, '0');
  const days = Array.from({ length: 14 }, (_, month) => [0, 1, 28, 29, 30, 31, 32].map((day) => [month, day])).flat();
  const dates = years.flatMap((year) => days.map((day) => `${year}-${day.map(two).join('-')}T00:00:00Z`));
  const times = [
    '23:59:59Z', '24:00:00Z', '00:60:00Z', '23:59:60Z', '19:09:09Z', '1:00:00Z', '00:00Z', '00:00:00', '00:00:00z',
    '00:00:00.Z', '00:00:00.5Z', '00:00:00.123456Z', '00:00:00.1234567Z', '00:00:00,5Z', '00:00:00+00:00', '00:00:00Z ',
    '00:00:00Z\n',
  ].map((time) => `2026-01-01T${time}`);
  const forms = [
    '2026-01-01', '2026-01-01 00:00:00Z', '2026-01-01t00:00:00Z', '26-01-01T00:00:00Z', '2026-1-1T00:00:00Z',
    ' 2026-01-01T00:00:00Z', '+2026-01-01T00:00:00Z',
  ];
  const documents = [...dates, ...times, ...forms].map((now) => ({ name: 'x', clock: { now } }));
  const problems = problemsOf(documents.map((document) => ({ stem: 'x', text: JSON.stringify(document) })));
  const taken = documents.filter((_, index) => problems[index].length === 0);
  assert.deepEqual(documents.filter((document) => complaints(document).length === 0), taken);
  t.diagnostic(`${documents.length} texts, ${taken.length} taken`);
});
