#!/usr/bin/env node
// A client as it is written first, for `enrichment-mock audit`: it works in the happy path. It does not retry, is not
// idempotent, polls without a pause, knows no outcome but success, and does not look at its credits.
import { createServer } from 'node:http';

const { ENRICHMENT_MOCK_URL: baseUrl, ENRICHMENT_MOCK_API_KEY: apiKey } = process.env;
const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
const emails = new Map();
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// The database has a unique key.
function insert({ request_id, email }) {
  if (emails.has(request_id)) throw new Error(`duplicate key ${request_id}`);
  emails.set(request_id, email.email);
}

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  try {
    insert(JSON.parse(text));
    response.writeHead(200).end();
  } catch (error) {
    console.log(error.message);
    response.writeHead(500).end();
  }
}).listen(0, '127.0.0.1');
await new Promise((ready) => server.once('listening', ready));
const callback_url = `http://127.0.0.1:${server.address().port}/`;

async function submit(name) {
  const lead = { linkedin_url: `https://www.linkedin.com/in/${name}`, type: 'work', callback_url };
  const response = await fetch(`${baseUrl}/v1/api/enrichment/email`, { method: 'POST', headers, body: JSON.stringify(lead) });
  return (await response.json())._id;
}

async function result(id) {
  for (;;) {
    const response = await fetch(`${baseUrl}/v1/api/enrichment/email/${id}`, { headers });
    const { status, email } = await response.json();
    if (status === 'completed') return email.email;
  }
}

const failed = [];
// Two names are in the list twice.
for (const name of ['ada', 'grace', 'alan', 'kay', 'ada', 'grace']) {
  try {
    await pause(100);  // it reads the lead from the database
    const id = await submit(name);
    if (id === undefined) throw new Error('there is no id');
    console.log(`${name}: ${await result(id)}`);
  } catch (error) {
    failed.push(`${name}: ${error.message}`);
  }
}
console.log(failed.join('\n'));
await pause(1_000);  // for late callbacks
process.exit(failed.length === 0 ? 0 : 1);
