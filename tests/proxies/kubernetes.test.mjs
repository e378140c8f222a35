// tests/examples/balancer/kubernetes.yaml without a cluster: its objects have the types of the Kubernetes API, their names
// agree, and its containers run with their arguments, variables, volumes and probes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import ts from 'typescript';
import { parseAllDocuments } from 'yaml';

import { dockerfile } from '../docker/compose.mjs';
import { ask, pathOf } from './fleet.mjs';
import { isMissing, startProgram } from './running.mjs';

const documents = parseAllDocuments(readFileSync(pathOf('kubernetes.yaml'), 'utf8'));
const objects = documents.map((document) => document.toJS());
const haproxy = readFileSync(pathOf('haproxy.cfg'), 'utf8');
const services = objects.filter(({ kind }) => kind === 'Service');
const [balancer] = objects.filter(({ kind }) => kind === 'Deployment'), [mocks] = objects.filter(({ kind }) => kind === 'StatefulSet');
const [proxy] = balancer.spec.template.spec.containers, [mock] = mocks.spec.template.spec.containers;

// The pods of the StatefulSet as Kubernetes names and labels them.
const replicas = Array.from({ length: mocks.spec.replicas }, (_, n) => {
  const { labels } = mocks.spec.template.metadata, name = `${mocks.metadata.name}-${n}`;
  return { name, labels: { ...labels, 'statefulset.kubernetes.io/pod-name': name } };
});

test('the file is YAML, and each object has the type of its kind in the Kubernetes API', (t) => {
  for (const { errors, warnings } of documents) assert.deepEqual([...errors, ...warnings], []);
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-')), file = join(folder, 'objects.ts');
  t.after(() => rmSync(folder, { recursive: true }));
  const group = ({ apiVersion }) => (apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`);
  writeFileSync(file, objects.map((object, n) =>
    `export const object${n}: import('kubernetes-types/${group(object)}').${object.kind} = ${JSON.stringify(object, null, 2)};\n`).join(''));
  const types = join(createRequire(import.meta.url).resolve('kubernetes-types/package.json'), '..', '*');
  const options = { strict: true, noEmit: true, skipLibCheck: true, types: [], paths: { 'kubernetes-types/*': [types] } };
  const problems = ts.getPreEmitDiagnostics(ts.createProgram([file], options));
  assert.equal(ts.formatDiagnostics(problems, { getCanonicalFileName: String, getCurrentDirectory: () => folder, getNewLine: () => '\n' }), '');
});

const isPart = (part, labels) => Object.entries(part).every(([name, value]) => labels[name] === value);

test('services select pods and their ports', () => {
  const selected = [balancer.spec.template.metadata, ...replicas];
  for (const { metadata, spec } of services) {
    const found = selected.filter(({ labels }) => isPart(spec.selector, labels));
    assert.equal(found.length, spec.clusterIP === 'None' ? mocks.spec.replicas : 1, metadata.name);
    for (const { targetPort } of spec.ports)
      for (const { ports } of [proxy, mock]) assert.ok(ports.some(({ name }) => name === targetPort));
  }
  assert.ok(services.some(({ metadata }) => metadata.name === mocks.spec.serviceName));
  for (const { spec } of [balancer, mocks]) assert.deepEqual(spec.selector.matchLabels, spec.template.metadata.labels);
});

test('what the containers mount is there', () => {
  for (const { spec } of [balancer, mocks]) {
    const { containers: [{ volumeMounts }], volumes } = spec.template.spec;
    const offered = [...volumes, ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata)].map(({ name }) => name);
    assert.deepEqual(volumeMounts.map(({ name }) => name).sort(), offered.sort());
  }
});

test('the balancer knows each mock by a service of its own, and is configured by the recipe', () => {
  const variables = Object.fromEntries(proxy.env.map(({ name, value }) => [name, value]));
  const used = [...haproxy.matchAll(/"\$\{(\w+)-/g)].map(([, name]) => name);
  for (const name of Object.keys(variables)) assert.ok(used.includes(name), name);
  const addresses = Object.keys(variables).filter((name) => /^MOCK_\d$/.test(name)).map((name) => variables[name]);
  assert.deepEqual(addresses, replicas.map(({ name }) => `${name}:8080`));
  for (const { name } of replicas) assert.ok(services.some(({ metadata }) => metadata.name === name));
  assert.equal(new Set(haproxy.match(/^ +server mock-\d/gm)).size, replicas.length);
  assert.match(haproxy, /bind "\$\{LISTEN-:8080\}"/);
  assert.deepEqual(proxy.ports, [{ name: 'http', containerPort: 8080 }]);
});

test('HAProxy accepts the recipe with the variables of its container', { skip: isMissing('haproxy') }, () => {
  const env = { PATH: `${process.env.PATH}:/usr/sbin`, ...Object.fromEntries(proxy.env.map(({ name, value }) => [name, value.replace(/^mock-\d/, '127.0.0.1')])) };
  const { status, stdout, stderr } = spawnSync('haproxy', ['-c', '-f', pathOf('haproxy.cfg')], { env, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});

// The variables that Kubernetes sets in every pod for a service. One of them has the name that the flag --port has for itself.
const variablesOf = ({ metadata, spec: { ports: [{ port }] } }) => {
  const name = metadata.name.toUpperCase().replaceAll('-', '_'), target = `tcp://10.0.0.1:${port}`;
  return { [`${name}_PORT`]: target, [`${name}_PORT_${port}_TCP`]: target, [`${name}_SERVICE_HOST`]: '10.0.0.1', [`${name}_SERVICE_PORT`]: `${port}` };
};

// What the container of the mock gets in the namespace `testing`. Mounted folders are replaced by others, and the port by a free one.
function container(folder) {
  const { environment, entrypoint } = dockerfile();
  const given = Object.fromEntries(mock.env.map(({ name, value }) => [name, value?.replaceAll('$(NAMESPACE)', 'testing') ?? 'testing']));
  const place = (text) => text.replace(/(^|=)\/(state|scenarios)/, `$1${folder}/$2`);
  return {
    args: [...entrypoint.slice(1), ...mock.args].map(place),
    env: Object.fromEntries(Object.entries({ ...Object.assign({}, ...services.map(variablesOf)), ...environment, ...given }).map(([name, value]) => [name, place(value)])),
  };
}

// A folder with what is mounted. Kubernetes mounts a ConfigMap as links to files of a hidden folder.
function makeVolumes(t) {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const each of ['state', 'scenarios/..2026_11_30']) mkdirSync(join(folder, each), { recursive: true });
  writeFileSync(join(folder, 'scenarios/..2026_11_30/mine.json'), '{"name": "mine"}');
  symlinkSync('..2026_11_30', join(folder, 'scenarios/..data'));
  symlinkSync('..data/mine.json', join(folder, 'scenarios/mine.json'));
  return folder;
}

test('the container of the mock starts, answers its probes and the names of its service, with the variables of Kubernetes', async (t) => {
  const folder = makeVolumes(t), portFile = join(folder, 'port');
  assert.deepEqual(mock.volumeMounts.map(({ mountPath }) => mountPath).sort(), ['/scenarios', '/state']);
  const { args, env } = container(folder);
  const accepts = () => {
    try {
      return readFileSync(portFile, 'utf8') !== '';
    } catch {
      return false;
    }
  };
  assert.equal(env.ENRICHMENT_MOCK_PORT, 'tcp://10.0.0.1:8080');
  const program = await startProgram(process.env.ENRICHMENT_MOCK_BINARY, [...args, '--port=0', `--port-file=${portFile}`], { env, accepts });
  t.after(() => program.stop());
  const address = `127.0.0.1:${readFileSync(portFile, 'utf8').trim()}`;
  for (const { httpGet } of [mock.startupProbe, mock.readinessProbe, mock.livenessProbe, proxy.readinessProbe])
    assert.equal((await ask(address, 'GET', httpGet.path)).status, 200, httpGet.path);
  for (const host of ['enrichment-mock:8080', 'enrichment-mock.testing:8080', 'enrichment-mock.testing.svc.cluster.local:8080', 'mock-0:8080'])
    assert.equal((await ask(address, 'GET', '/__admin/teams', { headers: { host } })).status, 200, host);
  assert.match((await ask(address, 'GET', '/__admin/scenarios')).text, /"mine"/);
  assert.ok(existsSync(join(folder, 'state/mock.db')));
});

test('callbacks to the sink of the service stay in the pod', () => {
  const { metadata: { name } } = services[0];
  assert.ok(mock.args.includes(`--callback-rewrite=http://${name}:8080/__admin/sink=http://127.0.0.1:8080/__admin/sink`));
});
