// What one bad client can do to a mock that others share. Each storm goes to one server on this machine, from few
// connections, until `until` (of performance.now()), and returns how many responses it got.
import { connect } from 'node:net';
import { once } from 'node:events';

const POST = '/v1/api/enrichment/email', CREDITS = '/v1/api/enrichment/credits';

export function request(method, path, headers = {}, body = '') {
  const all = { Host: 'localhost', ...headers, ...(body && { 'Content-Type': 'application/json' }), 'Content-Length': Buffer.byteLength(body) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${path} HTTP/1.1\r\n${lines}\r\n${body}`;
}

export const lookup = (more = {}, username = 'not-found-jane') =>
  JSON.stringify({ linkedin_url: `https://www.linkedin.com/in/${username}`, type: 'work', ...more });

// Sends `requests(n)`, a string of `count` requests, again and again over one connection, and opens another when the
// server
// closes it.
async function repeat(url, until, requests, count = 1) {
  let answers = 0;
  for (let n = 0; performance.now() < until;) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const closed = once(socket, 'close').catch(() => {});
    socket.on('error', () => {});
    let tail = '', missing = 0, wake = () => {};
    socket.on('data', (piece) => {
      const text = tail + piece.toString('latin1');
      const found = text.split('HTTP/1.1 ').length - 1;
      answers += found;
      missing -= found;
      tail = text.slice(-8).includes('HTTP/1.1 ') ? '' : text.slice(-8);
      if (missing <= 0) wake();
    });
    closed.then(() => wake());
    while (performance.now() < until && !socket.destroyed) {
      missing += count;
      socket.write(requests(n++));
      if (missing > 0) await new Promise((resolve) => { wake = resolve; });
    }
    socket.destroy();
    await closed;
  }
  return answers;
}

const MEGABYTE = 'x'.repeat(1000 * 1000);

// Bodies of 1 MB, each with a new key.
export function bigBodies(url, until, { key = (n) => `storm-${n}` } = {}) {
  const body = lookup({ pad: MEGABYTE });
  return repeat(url, until, (n) => request('POST', POST, { 'x-api-key': key(n) }, body));
}

// The same without a key: each is answered with 401.
export function keylessBodies(url, until) {
  const whole = request('POST', POST, {}, lookup({ pad: MEGABYTE }));
  return repeat(url, until, () => whole);
}

// A new key for each of fifty requests at a time.
export function newKeys(url, until) {
  return repeat(url, until,
    (n) => Array.from({ length: 50 }, (_, i) => request('GET', CREDITS, { 'x-api-key': `key-${n}-${i}` })).join(''), 50);
}

// Small requests of few teams, or of many, each with a callback to a closed port.
export function smallRequests(url, until, { manyTeams }) {
  const body = lookup({ callback_url: 'http://127.0.0.1:9/x', external_id: 'lead-1234567890' });
  return repeat(url, until,
    (n) => Array.from({ length: 30 }, (_, i) => request('POST', POST, { 'x-api-key': manyTeams ? `k-${n}-${i}` : `k-${n % 3}` }, body)).join(''), 30);
}

// A pattern with many stars, and usernames that nearly match it.
export async function patterns(url, until) {
  const headers = { 'x-api-key': 'patterns' };
  const rules = [{ match: { username: '*a'.repeat(100) + 'b' } }];
  const answer = await fetch(`${url}/__admin/scenario`, { method: 'PUT', headers, body: JSON.stringify({ name: 'patterns', rules }) });
  if (answer.status !== 200) throw new Error(`PUT scenario: ${answer.status} ${await answer.text()}`);
  const whole = request('POST', POST, headers, lookup({}, 'a'.repeat(1900)));
  return repeat(url, until, () => whole);
}

// Snapshots of a team with many enrichments.
export async function snapshots(url, until, { enrichments = 20_000 } = {}) {
  const headers = { 'x-api-key': 'snapshots' };
  const some = request('POST', POST, headers, lookup()).repeat(50);
  let made = 0;
  await repeat(url, { valueOf: () => (made < enrichments ? Infinity : 0) }, () => { made += 50; return some; }, 50);
  let answers = 0;
  while (performance.now() < until) {
    const answer = await fetch(`${url}/__admin/snapshot`, { headers });
    if (answer.status !== 200) throw new Error(`GET snapshot: ${answer.status}`);
    await answer.arrayBuffer();
    ++answers;
  }
  return answers;
}

// A listener that reads nothing, while another client's bodies are events.
export async function silentListener(url, until) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  socket.write('GET /__admin/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  try {
    return await bigBodies(url, until, { key: () => 'events' });
  } finally {
    socket.destroy();
  }
}
