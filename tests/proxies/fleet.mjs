// Three mocks behind a balancer, as server/net/several.md shows them, with its commands and with its configuration from
// tests/examples/balancer. Only addresses differ.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { lead } from '../clients/testing.mjs';
import { startProgram } from './running.mjs';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const page = readFileSync(join(root, 'server/net/several.md'), 'utf8');
export const pathOf = (name) => join(root, 'tests/examples/balancer', name);

// The blocks of the page in a language.
export const blocks = (language) => [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text);

// The lines of all blocks for the shell that begin with this word.
export const linesFor = (word) => blocks('sh').join('').split('\n').filter((line) => line.startsWith(`${word} `));

const commands = linesFor('enrichment-mock').map((line) => /^enrichment-mock (.*) &$/.exec(line)[1].split(' '));
export const [callAll] = linesFor('for');

// The page's addresses: of the balancer, and then of the mocks.
const ON_PAGE = [8080, 8081, 8082, 8083].map((port) => `127.0.0.1:${port}`);

// Each has a loopback address of its own, so that no connection that a client opens can take the port of a mock that is
// started again.
const hostOf = (n) => (process.platform === 'linux' ? `127.0.0.${n + 1}` : '127.0.0.1');

async function freeAddress(n) {
  const server = createServer().listen(0, hostOf(n));
  await once(server, 'listening');
  const { address, port } = server.address();
  server.close();
  await once(server, 'close');
  return `${address}:${port}`;
}

// A response, once its head has arrived. Throws if the connection is closed before that.
export async function open(address, method, path, { key, headers = {}, body } = {}) {
  const [host, port] = address.split(':');
  const call = request({ agent: false, host, port, method, path, headers: { ...(key && { 'x-api-key': key }), ...headers } });
  call.end(body);
  const [response] = await once(call, 'response');
  return response.setEncoding('utf8');
}

export async function ask(...args) {
  const response = await open(...args);
  let text = '';
  for await (const piece of response) text += piece;
  return { status: response.statusCode, text, json: () => JSON.parse(text) };
}

// Not the call of HAProxy's checks.
const isReady = (address) => ask(address, 'GET', '/__admin/health').then(({ status }) => status === 200, () => false);

// One mock of the fleet; it keeps its address when it is started again.
class Mock {
  constructor(address, args) {
    this.address = address;
    this.args = args;
  }

  async start() {
    const binary = process.env.ENRICHMENT_MOCK_BINARY;
    this.program = await startProgram(binary, this.args, { accepts: () => isReady(this.address) });
  }

  async kill() {
    await this.program.stop('SIGKILL');
  }

  async teams() {
    return (await ask(this.address, 'GET', '/__admin/teams')).json().teams;
  }

  // Whether a team has asked for a lead of this username.
  async has(username) {
    const { enrichments } = (await ask(this.address, 'GET', `/__admin/enrichments?linkedin_url=${lead(username).linkedin_url}`)).json();
    return enrichments.length > 0;
  }
}

export class Fleet {
  // `flags` are of each mock, `variables` of the balancer.
  static async start(balancer, { flags = () => ['--quiet'], variables = {} } = {}) {
    const fleet = Object.assign(new Fleet(), { variables, reloads: 0 });
    fleet.folder = mkdtempSync(join(tmpdir(), 'fleet-'));
    [fleet.address, ...fleet.addresses] = await Promise.all(ON_PAGE.map((_, n) => freeAddress(n)));
    fleet.url = `http://${fleet.address}`;
    fleet.mocks = commands.map((args, n) => {
      const [, port] = fleet.addresses[n].split(':');
      const given = args.map((text) => (text === ON_PAGE[n + 1].split(':')[1] ? port : fleet.here(text)));
      return new Mock(fleet.addresses[n], ['--host', hostOf(n + 1), ...given, ...flags(n, fleet.folder)]);
    });
    await Promise.all(fleet.mocks.map((mock) => mock.start()));
    await BALANCERS[balancer].start(fleet);
    return fleet;
  }

  // A text of the page or of a recipe, with the addresses of this fleet.
  here(text) {
    const addresses = [this.address, ...this.addresses];
    return text.replace(/127\.0\.0\.1:808[0-3]/g, (address) => addresses[ON_PAGE.indexOf(address)]);
  }

  async stop() {
    for (const program of [this.balancer, ...this.mocks.map((mock) => mock.program)]) await program?.stop();
    rmSync(this.folder, { recursive: true });
  }

  // For nginx: its recipe, with a change.
  writeRecipe(change) {
    const recipe = this.here(readFileSync(pathOf('nginx.conf'), 'utf8')), listen = 'listen 8080;';
    assert.ok(recipe.includes(listen));
    writeFileSync(join(this.folder, 'mocks.conf'), change(recipe.replace(listen, `listen ${this.address};`)));
  }

  // Returns when the worker with the previous recipe has ended.
  async reload(change) {
    this.writeRecipe(change);
    this.balancer.signal('SIGHUP');
    await this.balancer.prints(/worker process \d+ exited/g, this.reloads += 1);
  }

  // For HAProxy: until the first check of each mock. A mock that fails the first one is down at once, regardless of FALL.
  async isChecked() {
    await Promise.all(this.mocks.map(({ program }) => program.prints(/__admin\/ready/g, 1)));
  }

  isReady() {
    return isReady(this.address);
  }
}

// How each balancer is started with the recipe.
export const BALANCERS = {
  haproxy: {
    // The keys of a lost mock move.
    moves: true,
    async start(fleet) {
      const [MOCK_1, MOCK_2, MOCK_3] = fleet.addresses;
      const env = { LISTEN: fleet.address, MOCK_1, MOCK_2, MOCK_3, ...fleet.variables };
      fleet.balancer = await startProgram('haproxy', ['-db', '-f', pathOf('haproxy.cfg')], { env, accepts: () => fleet.isReady() });
    },
  },
  nginx: {
    moves: false,
    async start(fleet) {
      const { folder } = fleet;
      fleet.writeRecipe((recipe) => recipe);
      writeFileSync(join(folder, 'main.conf'), `
daemon off; pid ${folder}/pid; error_log stderr notice; events {}
http {
  access_log off;
  client_body_temp_path ${folder}/1; proxy_temp_path ${folder}/2; fastcgi_temp_path ${folder}/3;
  uwsgi_temp_path ${folder}/4; scgi_temp_path ${folder}/5;
  include ${folder}/mocks.conf;
}`);
      const args = ['-p', folder, '-c', 'main.conf', '-e', 'stderr'];
      fleet.balancer = await startProgram('nginx', args, { accepts: () => fleet.isReady() });
    },
  },
};
