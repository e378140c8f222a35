// Clients that are generated from the document of a running mock compile with the strictest flags, without casts, and make
// every call. To add a call, see typed/openapi_fetch.ts and typed/hey_api.ts.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Ajv from 'ajv/dist/2020.js';

import { PATIENCE, keyFor, lead, startEmulator } from '../clients/testing.mjs';
import { operationOf, operations } from './tools.mjs';

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));
const PACKAGES = pathOf('../node_modules');
const PROGRAMS = ['openapi_fetch', 'hey_api'];

// @hey-api/openapi-ts needs Node 20, which Debian 12 does not have.
const skip = Number.parseInt(process.versions.node) < 20 && 'needs Node 20';

describe('typed clients', { timeout: PATIENCE, skip }, () => {
  let emulator, document, folder;

  before(async () => {
    emulator = await startEmulator('--clock', 'manual');
    document = await (await fetch(`${emulator.url}/__admin/openapi.json`)).json();
    folder = await mkdtemp(join(tmpdir(), 'openapi-'));
    await cp(pathOf('typed'), folder, { recursive: true });
    await symlink(PACKAGES, join(folder, 'node_modules'));
  });
  after(async () => {
    await emulator?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  // Runs a program of a package in the folder, and returns its exit status and output.
  async function run(name, ...args) {
    const { bin } = JSON.parse(await readFile(join(PACKAGES, name, 'package.json'), 'utf8'));
    const program = join(PACKAGES, name, [bin].flatMap(Object.values)[0]);
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
    const [status] = await once(child, 'close');
    return { status, output };
  }

  test('the commands of the page generate them', async () => {
    const page = await readFile(pathOf('../../server/control/README.md'), 'utf8');
    const commands = [...page.matchAll(/^ {4}npx (\S+) (.+)$/gm)];
    assert.equal(commands.length, 2);
    await Promise.all(commands.map(async ([, name, args]) => {
      const { status, output } = await run(name, ...args.replace('http://127.0.0.1:8080', emulator.url).split(' '));
      assert.equal(status, 0, output);
    }));
  });

  test('programs that use them compile', async () => {
    const { output } = await run('typescript');
    // The runtime of @hey-api/openapi-ts is the same for each document. It does not compile with exactOptionalPropertyTypes.
    const isOurs = (line) => /^\S/.test(line) && !/^enrichment-mock\/(client|core)\//.test(line);
    assert.deepEqual(output.split('\n').filter(isOurs), []);
  });

  for (const program of PROGRAMS) {
    test(`${program}.ts has no cast`, async () => {
      const source = await readFile(pathOf(`typed/${program}.ts`), 'utf8');
      const casts = /\bas (?!mock from)|\bany\b|@ts-|[\w)\]]!(?!=)/;
      assert.deepEqual(source.split('\n').filter((line) => casts.test(line)), []);
    });

    test(`${program}.ts makes every call, and the responses match the document`, async () => {
      const { makeEveryCall } = await import(pathToFileURL(join(folder, 'out', `${program}.js`)));
      const called = new Set();
      await makeEveryCall({ url: emulator.url, key: keyFor('default'), fetch: checkingFetch(called) });
      const missing = operations.filter((operation) => !called.has(operation));
      assert.deepEqual(missing.map((operation) => describedAs(operation).operationId), [],
                       `add these calls to tests/openapi/typed/${program}.ts`);
    });
  }

  test('each kind of event matches the document', async () => {
    const headers = { 'x-api-key': keyFor('default'), 'content-type': 'application/json' };
    const ask = async (method, path, body) => {
      const answer = await fetch(emulator.url + path, { method, headers, body: JSON.stringify(body) });
      assert.ok(answer.ok, await answer.text());
    };
    await ask('PUT', '/__admin/scenario', { name: 'typed', schedule: [{ at: '1ms', add_credits: 1 }] });
    const { body } = await fetch(`${emulator.url}/__admin/events`, { headers: { ...headers, 'Last-Event-ID': '1' } });
    const stream = Readable.fromWeb(body);
    await ask('POST', '/v1/api/enrichment/email', { ...lead('ada'), callback_url: 'http://127.0.0.1:1/' });
    await ask('POST', '/__admin/clock/advance', { by: '1h' });
    const kinds = new Set();
    for await (const line of createInterface({ input: stream })) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.slice('data: '.length));
      matches({ $ref: '#/components/schemas/Event' }, event, 'event');
      kinds.add(event.kind);
      if (event.path === '/__admin/clock/advance') break;
    }
    stream.destroy();
    assert.deepEqual([...kinds].sort(), Object.keys(document.components.schemas.Event.discriminator.mapping).sort());
  });

  const describedAs = (operation) => {
    const [method, path] = operation.split(' ');
    return document.paths[path][method.toLowerCase()];
  };

  // fetch, which adds the operation of the call to `called` and compares the response with the document.
  function checkingFetch(called) {
    return async (...args) => {
      const request = new Request(...args);
      const response = await fetch(request);
      const operation = operationOf(request.method, new URL(request.url).pathname);
      called.add(operation);
      const where = `${operation}: ${response.status}`;
      const { $ref, ...own } = describedAs(operation).responses[response.status] ?? assert.fail(where);
      const { content } = $ref ? document.components.responses[$ref.split('/').at(-1)] : own;
      const [type] = response.headers.get('content-type').split(';');
      assert.ok(type in content, `${where}, ${type}`);
      if (type === 'application/json') matches(content[type].schema, await response.clone().json(), where);
      return response;
    };
  }

  const ajv = new Ajv({ strict: false, validateFormats: false });
  function matches({ $ref }, value, where) {
    if (!ajv.getSchema('openapi')) ajv.addSchema(document, 'openapi');
    assert.ok(ajv.validate({ $ref: `openapi${$ref}` }, value), `${where}: ${ajv.errorsText()}: ${JSON.stringify(value)}`);
  }
});
