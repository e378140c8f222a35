// compose.yaml without an engine: its two processes, with its commands, environment and names, in the order that it
// gives. The mock is the program that was built for the tests, started as the image starts it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';

import { dockerfile, mounts, outside, root, services } from './compose.mjs';
import { Namespace, missing } from './namespace.mjs';

const binary = process.env.ENRICHMENT_MOCK_BINARY;
const { mock, app } = services;
const image = dockerfile();
const ours = (argv) => [binary, ...argv.slice(1)];

test('what the page on callbacks shows is compose.yaml in short', () => {
  const [, text] = /^```yaml\n(.*?)^```/ms.exec(readFileSync(join(root, 'server/callbacks/README.md'), 'utf8'));
  const shown = parse(text).services;
  assert.deepEqual(Object.keys(shown), Object.keys(services));
  assert.deepEqual(shown.app.depends_on, app.depends_on);
  assert.deepEqual(mounts(shown.mock).map(({ to }) => to), mounts(mock).map(({ to }) => to));
  assert.deepEqual(shown.mock.ports, mock.ports);
  assert.deepEqual({ ...app.environment, ...shown.app.environment }, app.environment);
});

test('the dashboard can be opened, only on this machine', () => assert.deepEqual(mock.ports, ['127.0.0.1:8080:8080']));

test('the app needs only the file that is mounted', () => {
  const [{ from }] = mounts(app);
  assert.equal(mounts(app).length, 1);
  const imported = [...readFileSync(from, 'utf8').matchAll(/ from '(.*)'/g)].map(([, name]) => name);
  assert.ok(imported.length > 0);
  for (const name of imported) assert.match(name, /^node:/);
});

const within = { skip: missing(), timeout: 300_000 };

test('the app of compose.yaml waits for a healthy mock and is called back by name', within, async (t) => {
  assert.deepEqual(app.depends_on, { mock: { condition: 'service_healthy' } });
  const network = await Namespace.start(Object.keys(services));
  t.after(() => network.stop());

  const env = outside(mock, { ...image.environment, ...mock.environment });
  const server = network.start([...ours(image.entrypoint), ...(mock.command ?? [])], env);
  await server.says(/listening on http:\/\/(\[::\]|0\.0\.0\.0):8080 \(scenario default\)/);
  const health = await network.run(ours(image.healthcheck), env);
  assert.equal(health.status, 0, health.output);

  const client = await network.run(outside(app, app.command), app.environment);
  assert.equal(client.status, 0, `${client.output}\nThe mock:\n${server.output}`);
  assert.match(client.output, /^2 callbacks came to http:\/\/app:3000\//m);

  server.child.kill('SIGTERM');
  assert.equal(await server.ended, 0);
  assert.notEqual((await network.run(ours(image.healthcheck), env)).status, 0, 'a mock that has stopped is not healthy');
});

test('the app fails if its expectations are not met', within, async (t) => {
  const network = await Namespace.start(Object.keys(services));
  t.after(() => network.stop());
  const server = network.start(ours(image.entrypoint), outside(mock, { ...image.environment, ...mock.environment }));
  await server.says(/listening/);
  const surprising = { ...app.environment, ENRICHMENT_KEY: 'not-found.compose' };
  const client = await network.run(outside(app, app.command), surprising);
  assert.equal(client.status, 1);
  assert.match(client.output, /AssertionError/);
  server.child.kill('SIGTERM');
  await server.ended;
});
