// The recipe with a volume in server/state/README.md, without an engine: its mock is the program that was built for the
// tests, with the environment of the image and of the recipe, and folders in place of volumes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';

import { dockerfile, outside, root } from './compose.mjs';
import { Namespace, missing } from './namespace.mjs';

const binary = process.env.ENRICHMENT_MOCK_BINARY;
const image = dockerfile();
const [, text] = /^```yaml\n(.*?)^```/ms.exec(readFileSync(join(root, 'server/state/README.md'), 'utf8'));
const recipe = parse(text);
const { mock, app } = recipe.services;

test('a new volume for the state belongs to the user of the image', () => {
  assert.deepEqual(image.volumes, ['/state']);
  assert.equal(image.owners['/state'], image.user);
});

test('the recipe has the state file in a named volume that the image expects, and the app waits', () => {
  const [[volume, folder], ...more] = mock.volumes.map((entry) => entry.split(':'));
  assert.deepEqual(more, []);
  assert.ok(volume in recipe.volumes, 'Docker would give an anonymous volume to each new container');
  assert.ok(image.volumes.includes(folder), folder);
  assert.equal(join(mock.environment.ENRICHMENT_MOCK_STATE, '..'), folder);
  assert.equal(mock.restart, 'unless-stopped');
  assert.deepEqual(app.depends_on, { mock: { condition: 'service_healthy' } });
});

test('its variables are flags of the program', () => {
  const known = spawnSync(binary, ['serve', '--help'], { encoding: 'utf8' }).stdout;
  for (const variable of Object.keys(mock.environment)) {
    const [, name] = /^ENRICHMENT_MOCK_(\w+)$/.exec(variable);
    assert.ok(known.includes(` --${name.toLowerCase().replaceAll('_', '-')} `), variable);
  }
});

test('after kill -9 its mock still knows an _id', { skip: missing(), timeout: 300_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'volumes-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const inVolumes = { volumes: ['/state', '/scenarios'].map((to) => `${folder}${to}:${to}`) };
  for (const name of ['state', 'scenarios']) mkdirSync(join(folder, name));
  const env = outside(inVolumes, { ...image.environment, ...mock.environment });
  assert.equal(env.ENRICHMENT_MOCK_STATE, join(folder, mock.environment.ENRICHMENT_MOCK_STATE));

  const network = await Namespace.start(Object.keys(recipe.services));
  t.after(() => network.stop());
  const call = async (path, ...flags) => {
    const url = `${app.environment.ENRICHMENT_URL}/v1/api/enrichment/${path}`;
    const { output } = await network.run(['curl', '-sS', '-m', '60', '-H', 'x-api-key: compose', ...flags, url]);
    return JSON.parse(output);
  };
  const start = async () => {
    const server = network.start([binary, ...image.entrypoint.slice(1)], env);
    t.after(() => server.child.kill('SIGKILL'));
    await server.says(/listening/);
    const health = await network.run([binary, ...image.healthcheck.slice(1)], env);
    assert.equal(health.status, 0, health.output);
    return server;
  };

  const first = await start();
  const lead = { linkedin_url: 'https://www.linkedin.com/in/jane', type: 'work' };
  const { _id } = await call('email', '-H', 'content-type: application/json', '-d', JSON.stringify(lead));
  assert.match(_id, /^[0-9a-f]{24}$/);
  first.child.kill('SIGKILL');
  assert.equal(await first.ended, 'SIGKILL');

  const second = await start();
  assert.equal((await call(`email/${_id}`))._id, _id);
  second.child.kill('SIGTERM');
  assert.equal(await second.ended, 0);
});
