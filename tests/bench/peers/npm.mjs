// Mock servers from npm that users could use instead: each with one POST and one GET, with fixed responses, and
// with the least logging. package.json in this folder has their versions; `run` installs them.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePort } from '../processes.mjs';
import { packageMb } from './installed.mjs';
import { ACCEPTED, BALANCE, CREDITS, EMAIL, RESOLVED, TYPE } from './answers.mjs';

export const INSTALLED = process.env.ENRICHMENT_MOCK_BENCH_PEERS ?? '';

// `configuration` is an object that is written to a JSON file, which `args(file, port, folder, another)`
// name; `another` is a second free port.
function fromNpm({ name, about, script, configuration, args, environment }) {
  const program = join(INSTALLED, 'node_modules', script);
  return {
    name, about, health: CREDITS, only: { workloads: ['post'] }, mostStarts: 3, fromNpm: true,
    missing: () => !existsSync(program) && `${program} is not installed`,
    installedMb: () => packageMb(INSTALLED, script.match(/^(@[^/]*\/)?[^/]*/)[0]),
    command: async ({ folder }, port) => {
      const file = join(folder, `${name}.json`);
      writeFileSync(file, configuration);
      // `env` is replaced by the program, so that the process is the server's.
      const more = args(file, port, folder, await freePort());
      return ['env', ...(environment?.(port) ?? []), process.execPath, program, ...more];
    },
  };
}

const imposter = (method, path, statusCode, body) => ({
  predicates: [{ equals: { method, path } }],
  // It closes each connection unless an answer says otherwise.
  responses: [{ is: { statusCode, headers: { 'Content-Type': TYPE, Connection: 'keep-alive' },
                      body: JSON.stringify(body) } }],
});

const mountebank = fromNpm({
  name: 'mountebank',
  about: 'two stubs, keep-alive, no recording',
  script: 'mountebank/bin/mb',
  configuration: JSON.stringify({ imposters: [{
    protocol: 'http', port: '{port}', host: '127.0.0.1', recordRequests: false,
    stubs: [imposter('POST', EMAIL, 201, ACCEPTED), imposter('GET', CREDITS, 200, BALANCE)],
  }] }).replace('"{port}"', '<%= process.env.BENCH_PORT %>'),  // its files are templates
  environment: (port) => [`BENCH_PORT=${port}`],
  args: (file, _, folder, another) => ['start', '--configfile', file, '--port', `${another}`, '--host', '127.0.0.1',
                                       '--nologfile', '--loglevel', 'error', '--pidfile', join(folder, 'mb.pid')],
});

const operation = (status, example, more) =>
  ({ ...more, responses: { [status]: { description: 'fixed', content: { [TYPE]: { example } } } } });
const lead = { type: 'object', required: ['linkedin_url', 'type'],
               properties: { linkedin_url: { type: 'string' }, type: { type: 'string' } } };

const prism = fromNpm({
  name: 'prism',
  about: 'static examples of an OpenAPI document, which requests are validated by; one process',
  script: '@stoplight/prism-cli/dist/index.js',
  configuration: JSON.stringify({
    openapi: '3.0.3', info: { title: 'bench', version: '1' },
    paths: {
      [EMAIL]: { post: operation(201, ACCEPTED, { requestBody: { content: { 'application/json': { schema: lead } } } }) },
      [CREDITS]: { get: operation(200, BALANCE) },
    },
  }),
  args: (file, port) => ['mock', '--host', '127.0.0.1', '--port', `${port}`, '--multiprocess', 'false',
                         '--verboseLevel', 'silent', file],
});

const uuid = (n) => `a0000000-0000-4000-8000-00000000000${n}`;
const route = (n, method, path, statusCode, body) => ({
  uuid: uuid(n), type: 'http', documentation: '', method, endpoint: path.slice(1), responseMode: null,
  streamingMode: null, streamingInterval: 0,
  responses: [{
    uuid: uuid(n + 1), body: JSON.stringify(body), latency: 0, statusCode, label: '', bodyType: 'INLINE', filePath: '',
    headers: [{ key: 'Content-Type', value: TYPE }], databucketID: '', sendFileAsBody: false, rules: [],
    rulesOperator: 'OR', disableTemplating: true, fallbackTo404: false, default: true, crudKey: 'id', callbacks: [],
  }],
});

const mockoon = fromNpm({
  name: 'mockoon',
  about: 'two routes without templates, no log file, no admin API',
  script: '@mockoon/cli/bin/run.js',
  configuration: JSON.stringify({
    uuid: uuid(0), lastMigration: 33, name: 'bench', endpointPrefix: '', latency: 0, port: 3000, hostname: '127.0.0.1',
    folders: [], routes: [route(1, 'post', EMAIL, 201, ACCEPTED), route(3, 'get', CREDITS, 200, BALANCE)],
    rootChildren: [1, 3].map((n) => ({ type: 'route', uuid: uuid(n) })), proxyMode: false, proxyHost: '',
    proxyRemovePrefix: false, cors: false, headers: [], proxyReqHeaders: [], proxyResHeaders: [], data: [], callbacks: [],
    tlsOptions: { enabled: false, type: 'CERT', pfxPath: '', certPath: '', keyPath: '', caPath: '', passphrase: '' },
  }),
  args: (file, port) => ['start', '--data', file, '--port', `${port}`, '--disable-log-to-file', '--disable-admin-api'],
});

const JAVA = '/usr/bin/java', JAR = join(INSTALLED, 'node_modules/wiremock/build/wiremock-standalone-3.13.2.jar');
const stub = (method, urlPath, status, jsonBody) =>
  ({ request: { method, urlPath }, response: { status, jsonBody, headers: { 'Content-Type': TYPE } } });

// In Java, which is slow until it has compiled what is used.
const wiremockWith = (name, about, ...flags) => ({
  name, about, health: CREDITS, only: { workloads: ['post'] }, mostStarts: 3, fromNpm: true, warmUpSeconds: 5,
  installedMb: () => packageMb(INSTALLED, 'wiremock'),
  missing: () => [JAVA, JAR].filter((file) => !existsSync(file)).map((file) => `${file} is not installed`)[0],
  command: ({ folder }, port) => {
    mkdirSync(join(folder, 'mappings'), { recursive: true });
    const mappings = [stub('POST', EMAIL, 201, ACCEPTED), stub('GET', `${EMAIL}/${RESOLVED._id}`, 200, RESOLVED),
                      stub('GET', CREDITS, 200, BALANCE)];
    writeFileSync(join(folder, 'mappings/bench.json'), JSON.stringify({ mappings }));
    return [JAVA, '-jar', JAR, '--port', `${port}`, '--bind-address', '127.0.0.1', '--root-dir', folder,
            '--disable-banner', '--disable-gzip', ...flags];
  },
});

export const wiremock = wiremockWith('wiremock', 'three stubs, with its journal; installed: without Java');

export const nodePeers = [mountebank, prism, mockoon];

export const npmPeers = [
  ...nodePeers, wiremock,
  { ...wiremockWith('wiremock-no-journal', 'the same without a journal', '--no-request-journal'), variant: true },
];
