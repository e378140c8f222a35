// The program without shared libraries: on no distribution and on others, for x86_64 and, with qemu, for arm64.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { Program } from '../docker/namespace.mjs';
import { assertStateSurvivesKill, work } from './commands.mjs';
import { project, Root } from './root.mjs';

const MOST_MEGABYTES = 12;
const within = { timeout: 3_600_000 };
const built = (architecture) => join(project, `build/static-${architecture}/server/enrichment-mock`);
const mock = '/enrichment-mock';

const bash = (script) => execFileSync('bash', ['-euc', script], { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

before(() => {
  bash('source server/packages.sh; need command debootstrap debootstrap -; need command qemu-aarch64-static qemu-user-static -; install_needed');
  for (const architecture of ['x86_64', 'arm64']) bash(`server/packages/static/build ${architecture}`);
}, within);

// A folder with only the program.
function emptyRoot(t) {
  const root = new Root(t);
  root.copy(built('x86_64'), mock);
  return root;
}

async function urlOf(program) {
  return (await program.says(/ listening on (\S+) /))[1];
}

const serve = (root, args = [], env = {}) => urlOf(root.start([mock, '--port', '0', '--clock', 'manual', ...args], env));

async function send(url, body) {
  const response = await fetch(url, {
    method: 'POST', headers: { 'x-api-key': 'demo', 'content-type': 'application/json' }, body: JSON.stringify(body),
  });
  assert.ok(response.ok, `${url}: ${response.status} ${response.text}`);
  return response.json();
}

// Looks up a lead; what the mock's callback to `url` met: { status, error }.
async function callBack(mockUrl, url) {
  const lead = { linkedin_url: 'https://www.linkedin.com/in/jane', type: 'work', callback_url: url };
  assert.equal((await send(`${mockUrl}/v1/api/enrichment/email`, lead)).status, 'pending');
  const { fired } = await send(`${mockUrl}/__admin/settle`, {});
  const { status, error } = fired.find(({ kind }) => kind === 'callback');
  return { status, error };
}

const delivered = { status: 200, error: null };
const healthy = (url) => ({ status: 0, output: `${url} is healthy\n` });

for (const architecture of ['x86_64', 'arm64'])
  test(`the file for ${architecture} is one small file without symbols`, (t) => {
    const megabytes = statSync(built(architecture)).size / 1024 ** 2;
    t.diagnostic(`${megabytes.toFixed(1)} MB`);
    assert.ok(megabytes <= MOST_MEGABYTES);
    const sections = bash(`readelf -lSW '${built(architecture)}'`);
    assert.doesNotMatch(sections, /INTERP|\.dynamic|\.symtab/);
    assert.match(bash(`readelf -hW '${built(architecture)}'`), architecture === 'arm64' ? /AArch64/ : /X86-64/);
  });

test('it validates, serves and calls back in an empty root', async (t) => {
  const root = emptyRoot(t);
  const { version } = /project\(.* VERSION (?<version>\S+)/.exec(readFileSync(join(project, 'CMakeLists.txt'), 'utf8')).groups;
  assert.match(root.run([mock, '--version']).output, new RegExp(`^enrichment-mock ${version}\ncommit \\S+, g\\+\\+ \\S+\n$`));
  root.write('mine.json', '{"name": "mine", "credits": 7}');
  assert.deepEqual(root.run([mock, 'validate', '/mine.json']), { status: 0, output: '/mine.json: valid\n' });
  const url = await serve(root);
  assert.deepEqual(root.run([mock, 'healthcheck', '--url', url]), healthy(url));
  assert.deepEqual(await callBack(url, `${url}/__admin/sink/first`), delivered);
});

test('what it has saved with --state is there after it was killed, in an empty root', within, (t) => {
  const root = emptyRoot(t);
  return assertStateSurvivesKill(['/usr/sbin/chroot', root.folder, mock], '/mock.state');
});

test('what it has saved on arm64 is there after it was killed', within, () => assertStateSurvivesKill(['qemu-aarch64-static', built('arm64')], join(work, 'arm64.state')));

test('it runs on Debian 11', within, async (t) => {
  const root = Root.debian(t, 'bullseye');
  root.copy(built('x86_64'), mock);
  root.write('etc/hosts', '127.0.0.1 receiver.test\n');
  const url = await serve(root);
  const { port } = new URL(url);
  assert.deepEqual(await callBack(url, `http://receiver.test:${port}/__admin/sink/first`), delivered);
});

// The modules are not in the root: with them, a name would be looked up elsewhere, or the program would load them.
for (const hosts of [undefined, 'mdns4_minimal [NOTFOUND=return UNAVAIL=return] resolve [!UNAVAIL=return] files', 'resolve [!SUCCESS=return]', 'dns [!SUCCESS=return]'])
  test(`names are looked up in /etc/hosts ${hosts ? `if /etc/nsswitch.conf has ${hosts}` : 'without /etc/nsswitch.conf'}`, async (t) => {
    const root = emptyRoot(t);
    root.write('etc/hosts', '127.0.0.1 receiver.test\n');
    if (hosts) root.write('etc/nsswitch.conf', `hosts: ${hosts}\n`);
    const url = await serve(root);
    const named = `http://receiver.test:${new URL(url).port}`;
    assert.deepEqual(root.run([mock, 'healthcheck', '--url', named]), healthy(named));
    assert.deepEqual(await callBack(url, `${named}/__admin/sink/first`), delivered);
    assert.match((await callBack(url, 'http://other.test/')).error, /^cannot resolve host other\.test/);
  });

// A name server on a loopback address of its own, because the port is always 53. It knows only the address of `name`.
async function nameServer(t, name) {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.on('message', (query, { address, port }) => {
    const labels = [];
    let at = 12;
    for (; query[at] > 0; at += query[at] + 1) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    const known = labels.join('.') === name;
    const found = known && query.readUInt16BE(at + 1) === 1;  // A
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(known ? 0x8180 : 0x8183, 2);  // a response; NXDOMAIN
    head.writeUInt16BE(found ? 1 : 0, 6);
    head.fill(0, 8);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    socket.send(Buffer.concat([head, query.subarray(12, at + 5), ...(found ? [answer] : [])]), port, address);
  });
  const address = `127.53.${process.pid >> 8 & 255}.${process.pid & 255}`;
  socket.bind(53, address);
  await once(socket, 'listening');
  return address;
}

test('names are looked up with DNS in the domains of /etc/resolv.conf', async (t) => {
  const root = emptyRoot(t);
  root.write('etc/resolv.conf', `search other.test corp.test\nnameserver ${await nameServer(t, 'receiver.corp.test')}\n`);
  root.write('etc/nsswitch.conf', 'hosts: files resolve [!SUCCESS=return]\n');
  const url = await serve(root);
  const { port } = new URL(url);
  for (const host of ['receiver', 'receiver.corp.test'])
    assert.deepEqual(await callBack(url, `http://${host}:${port}/__admin/sink/first`), delivered);
  assert.match((await callBack(url, 'http://sender/')).error, /^cannot resolve host sender/);
});

const places = {
  Debian: 'etc/ssl/certs/ca-certificates.crt',
  Fedora: 'etc/pki/tls/certs/ca-bundle.crt',
  'Fedora without the old file': 'etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  SUSE: 'etc/ssl/ca-bundle.pem',
  Alpine: 'etc/ssl/cert.pem',
  'a system as OpenSSL was compiled for': 'usr/lib/ssl/cert.pem',
};

// A mock with https, and the certificate with which it is trusted, at `place`.
async function secureRoot(t, place, env) {
  const root = emptyRoot(t);
  root.write(place, '');
  const url = await serve(root, ['--tls-self-signed', '--tls-ca-file', `/${place}`], env);
  return { root, url };
}

for (const [name, place] of Object.entries(places))
  test(`it trusts the certificates of ${name}`, async (t) => {
    const { root, url } = await secureRoot(t, place);
    assert.deepEqual(root.run([mock, 'healthcheck', '--url', url]), healthy(url));
    assert.deepEqual(await callBack(await serve(root), `${url}/__admin/sink/first`), delivered);
  });

test('it trusts the certificates of SSL_CERT_FILE, and no others then', async (t) => {
  const { root, url } = await secureRoot(t, 'elsewhere.pem');
  assert.match(root.run([mock, 'healthcheck', '--url', url]).output, /certificate that is not trusted/);
  const env = { SSL_CERT_FILE: '/elsewhere.pem' };
  assert.deepEqual(root.run([mock, 'healthcheck', '--url', url], env), healthy(url));
  assert.deepEqual(await callBack(await serve(root, [], env), `${url}/__admin/sink/first`), delivered);
  const system = await secureRoot(t, places.Fedora);
  assert.match(system.root.run([mock, 'healthcheck', '--url', system.url], { SSL_CERT_FILE: '/none.pem' }).output, /not trusted/);
});

test("it ignores the host's openssl.cnf", async (t) => {
  const broken = 'openssl_conf = all\n[all]\nproviders = chosen\n[chosen]\nnull = none\n[none]\nactivate = 1\n';
  const root = emptyRoot(t);
  root.write('usr/lib/ssl/openssl.cnf', broken);
  root.write('openssl.cnf', broken);
  for (const env of [{}, { OPENSSL_CONF: '/openssl.cnf' }]) {
    const url = await serve(root, ['--tls-self-signed', '--tls-ca-file', '/ca.pem'], env);
    assert.deepEqual(root.run([mock, 'healthcheck', '--url', url, '--tls-ca-file', '/ca.pem'], env), healthy(url));
  }
});

test('on arm64 its unit tests pass', within, () => {
  const folder = 'build/static-arm64-tests';
  const flags = '-O1 -Wno-maybe-uninitialized'; // with -O1, g++ 12 warns of members that an exception has not constructed
  bash(`source server/packages.sh; need header doctest/doctest.h doctest-dev doctest; install_needed
    cmake --preset static-arm64 -B ${folder} -DENRICHMENT_MOCK_TESTS=ON -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG='${flags}' >&2
    ninja -C ${folder} unit_tests >&2`);
  const { status, stdout } = spawnSync('qemu-aarch64-static', [join(project, folder, 'tests/unit_tests')], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

test('on arm64 a first session works', within, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'session-'));
  const emulated = (...args) => ['qemu-aarch64-static', built('arm64'), ...args];
  const [command, ...args] = emulated('--port', '0', '--clock', 'manual');
  const program = new Program(spawn(command, args, { cwd: folder, env: {} }));
  t.after(async () => {
    program.child.kill();
    await program.ended;
    rmSync(folder, { recursive: true });
  });
  const url = await urlOf(program);
  assert.deepEqual(await callBack(url, `${url}/__admin/sink/first`), delivered);
  const [check, ...checkArgs] = emulated('healthcheck', '--url', url);
  assert.equal(execFileSync(check, checkArgs, { encoding: 'utf8' }), healthy(url).output);
});
