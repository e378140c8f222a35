// Control calls. They use node:http, because tests often replace the global fetch.
'use strict';
const http = require('node:http');
const https = require('node:https');
const { URLSearchParams } = require('node:url');

const { MockCallError, MockConnectionError, VerifyError } = require('./errors.cjs');

// Sends a request and returns the response as a stream. `mock` is { url, adminToken, whyDead }.
function send(mock, { method, path, apiKey, headers = {}, body, connected = () => {} }) {
  const { request } = mock.url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(`${mock.url}/__admin/${path}`, {
      method,
      agent: false, // a connection that is kept open can be closed by the mock just when the next call uses it
      headers: {
        ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
        ...(mock.adminToken === undefined ? {} : { authorization: `Bearer ${mock.adminToken}` }),
        ...headers,
      },
    });
    sent.once('response', resolve);
    sent.once('error', ({ message, code }) => {
      const why = mock.whyDead?.() ?? `there is no response of ${mock.url}: ${message || code}`;
      reject(new MockConnectionError(`${method} ${path}: ${why}`));
    });
    connected(sent);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

// The body of a successful response, as JSON. Throws a MockCallError if the mock refuses the call.
async function call(mock, { method, path, apiKey, body }) {
  const response = await send(mock, { method, path, apiKey, body });
  return bodyOf({ method, path: path.split('?')[0], apiKey }, response);
}

async function bodyOf(request, response) {
  let text = '';
  response.setEncoding('utf8');
  try {
    for await (const part of response) text += part;
  } catch ({ message }) {
    throw new MockConnectionError(`${request.method} ${request.path}: the response was cut off: ${message}`);
  }
  const answer = { ...request, status: response.statusCode, body: parsed(text) };
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw new (answer.status === 422 && answer.body?.failures ? VerifyError : MockCallError)(answer);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// "?status=201,503&after=7"; values that are undefined are left out.
function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return given.length > 0 ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : '';
}

module.exports = { bodyOf, call, query, send };
