// The requests that are sent under load, one an entry.
//   connections   the numbers of connections that it is measured at; all if it is missing
//   busy          how many other processes keep a core busy meanwhile, as on a CI machine
//   request(url)  prepares the server at that URL and returns { method, path, body?, status }; the body is JSON text
import { setTimeout as sleep } from 'node:timers/promises';

import { CREDITS, EMAIL } from './peers/answers.mjs';

// What clients send with every request: an HTTP library's usual Accept-Encoding, and a key.
export const HEADERS = {
  'x-api-key': 'bench',
  accept: 'application/json',
  'accept-encoding': 'gzip, deflate, br',
  'content-type': 'application/json',
};

export const LEAD = JSON.stringify({ linkedin_url: 'https://www.linkedin.com/in/janedoe', type: 'work' });

// A request of the benchmark itself. It closes its connection, which would occupy a thread in some servers.
export async function ask(url, { method = 'GET', path, body }) {
  const response = await fetch(url + path, { method, headers: { ...HEADERS, connection: 'close' }, body });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

// Polls a lookup that has resolved, like the last poll of every client.
async function resolvedId(url) {
  const { _id } = JSON.parse((await ask(url, { method: 'POST', path: EMAIL, body: LEAD })).text);
  for (let tries = 0; tries < 100; tries += 1) {
    const poll = await ask(url, { path: `${EMAIL}/${_id}` });
    if (JSON.parse(poll.text).status === 'completed') return _id;
    await sleep(50);
  }
  throw new Error(`${url}: ${_id} does not resolve`);
}

const post = async () => ({ method: 'POST', path: EMAIL, body: LEAD, status: 201 });

export const workloads = [
  { name: 'post', request: post },
  { name: 'post-busy', request: post, connections: [1], busy: 2 },
  { name: 'poll', request: async (url) => ({ method: 'GET', path: `${EMAIL}/${await resolvedId(url)}`, status: 200 }) },
  { name: 'credits', request: async () => ({ method: 'GET', path: CREDITS, status: 200 }) },
];

// One request before the load: a server with another response, or a compressed one, must not be measured.
export async function probe(url, request) {
  const answer = await ask(url, request);
  const type = answer.headers.get('content-type'), encoding = answer.headers.get('content-encoding');
  if (answer.status !== request.status || type !== 'application/json; charset=utf-8' || encoding) {
    const { status } = answer;
    throw new Error(`${request.method} ${url}${request.path}: ${status}, ${type}, ${encoding ?? 'not compressed'}`);
  }
}
