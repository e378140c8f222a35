// What server/callbacks/README.md promises of the image, and the processes of compose.yaml with the image as the mock.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { mounts, outside, root, services } from './compose.mjs';
import { Container, config, folder } from './container.mjs';
import { Namespace } from './namespace.mjs';

const within = { timeout: 300_000 };
const MOST_MEGABYTES = 13;
const CREDITS = '/v1/api/enrichment/credits', EMAIL = '/v1/api/enrichment/email';

let network, scratch;
before(async () => {
  network = await Namespace.start(Object.keys(services));
  scratch = mkdtempSync(join(tmpdir(), 'scenarios-'));
  chmodSync(scratch, 0o755);
});
after(async () => {
  await network.stop();
  rmSync(scratch, { recursive: true });
});

test('it has labels, a numeric user, and the version of the project', () => {
  assert.match(config.User, /^[1-9]\d*:[1-9]\d*$/);
  assert.deepEqual(Object.keys(config.ExposedPorts), ['8080/tcp']);
  const label = (name) => config.Labels[`org.opencontainers.image.${name}`];
  const [, version, about] = /project\(.* VERSION (\S+).*\n.*DESCRIPTION "(.*)"/.exec(readFileSync(join(root, 'CMakeLists.txt'), 'utf8'));
  assert.deepEqual([label('title'), label('version'), label('description')], ['enrichment-mock', version, about]);
});

test('it is small, and has no shell and no setuid programs', (t) => {
  const kilobytes = Number(execFileSync('du', ['-sxk', folder], { encoding: 'utf8' }).split('\t')[0]);
  t.diagnostic(`${(kilobytes / 1024).toFixed(1)} MB`);
  assert.ok(kilobytes < MOST_MEGABYTES * 1024, `${kilobytes} KB`);
  assert.deepEqual(readdirSync(join(folder, 'usr/local/bin')), ['enrichment-mock']);
  const find = (...what) => execFileSync('find', [folder, '-xdev', ...what], { encoding: 'utf8' });
  assert.equal(find('(', '-name', 'sh', '-o', '-name', 'bash', ')'), '');
  assert.equal(find('-perm', '/6000'), '');
});

test('process 1, unprivileged, on a read-only root, is healthy and ends at SIGTERM', within, async (t) => {
  const mock = await Container.start(network);
  t.diagnostic(`ready ${mock.startTime.toFixed(0)} ms after it was started`);
  assert.equal(mock.ready[1], 'http://[::]:8080');
  assert.equal(mock.status('NSpid').at(-1), '1');
  assert.deepEqual(mock.status('Uid'), Array(4).fill(config.User.split(':')[0]));
  assert.deepEqual(mock.status('CapEff'), ['0000000000000000']);
  assert.match(readFileSync(`/proc/${mock.pid}/mountinfo`, 'utf8'), /^\S+ \S+ \S+ \S+ \/ ro,/m);
  assert.equal((await mock.health()).output, 'http://127.0.0.1:8080 is healthy\n');

  // A client is connected and sends nothing.
  const idle = network.start(['bash', '--norc', '-c', 'exec 3<>/dev/tcp/127.0.0.1/8080 && echo connected && cat <&3']);
  await idle.says(/connected/);
  const { status, took } = await mock.stop();
  assert.equal(status, 0, mock.program.output);
  t.diagnostic(`it ended ${took.toFixed(0)} ms after SIGTERM`);
  await idle.ended;
});

test('SIGINT ends it, too', within, async () => {
  const mock = await Container.start(network);
  assert.equal((await mock.stop('SIGINT')).status, 0);
});

test('the health check follows the port, and fails if the port is closed', within, async () => {
  const mock = await Container.start(network, { env: { ENRICHMENT_MOCK_PORT: '9090' } });
  assert.equal(mock.ready[1], 'http://[::]:9090');
  assert.equal((await mock.health()).status, 0);
  mock.env.ENRICHMENT_MOCK_PORT = '9091';
  assert.equal((await mock.health()).status, 1);
  await mock.stop();
});

test('mounted scenarios are added to the shipped ones, and the mount is optional', within, async () => {
  const mounted = [{ from: scratch, to: '/scenarios' }];
  const empty = await Container.start(network, { mounts: mounted });
  assert.match(await empty.curl(CREDITS, '-H', 'x-api-key: flaky-callback.a'), /X-Mock-Scenario: flaky-callback\r/);
  await empty.stop();
  writeFileSync(join(scratch, 'mine.json'), '{"name": "mine", "credits": 7}');
  const filled = await Container.start(network, { mounts: mounted, args: ['--scenario', 'mine'] });
  assert.equal(filled.ready[2], 'mine');
  assert.match(await filled.curl(CREDITS, '-H', 'x-api-key: any'), /{"balance":7}$/);
  await filled.stop();
});

test('the state in a new volume survives a kill, on a read-only root', within, async (t) => {
  assert.deepEqual(Object.keys(config.Volumes), ['/state']);
  const volume = mkdtempSync(join(tmpdir(), 'volume-')), made = join(volume, 'state');
  t.after(() => rmSync(volume, { recursive: true }));
  execFileSync('cp', ['-a', join(folder, 'state'), made]);  // as an engine fills a new volume
  const { uid, gid } = statSync(made);
  assert.equal(`${uid}:${gid}`, config.User);

  const kept = { env: { ENRICHMENT_MOCK_STATE: '/state/mock.db' }, mounts: [{ from: made, to: '/state' }] };
  const key = ['-H', 'x-api-key: volume'];
  const first = await Container.start(network, kept);
  const lead = '{"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work"}';
  const [, id] = /"_id":"(\w+)"/.exec(await first.curl(EMAIL, ...key, '-H', 'content-type: application/json', '-d', lead));
  await first.stop('SIGKILL');
  const second = await Container.start(network, kept);
  assert.match(await second.curl(`${EMAIL}/${id}`, ...key), /^HTTP\/1\.1 200 /);
  assert.equal((await second.health()).status, 0);
  const check = await second.exec(['/usr/local/bin/enrichment-mock', 'state', '/state/mock.db', '--check']);
  assert.deepEqual(check, { status: 0, output: '/state/mock.db: no faults\n' });
  assert.equal((await second.stop()).status, 0);
});

test('the app of compose.yaml waits for it and is called back by name', within, async () => {
  const { mock, app } = services;
  const server = await Container.start(network, { env: mock.environment, mounts: mounts(mock) });
  assert.equal((await server.health()).status, 0);
  const client = await network.run(outside(app, app.command), app.environment);
  assert.equal(client.status, 0, `${client.output}\nThe mock:\n${server.program.output}`);
  await server.stop();
});
