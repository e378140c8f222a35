// Every command in README.md is run, in order, in one shell, against a real server; what it prints is held to what the
// README shows. `…` there stands for any text. `server/run` is the program as it was built for the tests; ports are
// replaced by free ones, and the server's clock runs faster.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';

import { PATIENCE, Shell, Transcript } from './shell.mjs';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const binary = process.env.ENRICHMENT_MOCK_BINARY;
const environment =
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ENRICHMENT_MOCK_')));
const ask = (...args) => spawnSync(binary, args, { encoding: 'utf8', env: environment, timeout: PATIENCE }).stdout;

// [{ kind, text }], of the fenced blocks that begin with ```language kind.
const blocks = (language) =>
  [...readme.matchAll(/^```(\w+) ?(\w*)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , kind, text]) => ({ kind, text }));

// The text under a heading, up to the next.
const section = (heading) => readme.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`));

// A console block as [{ command, output }]. A here-document belongs to its command.
function steps(text) {
  const found = [];
  let until;
  for (const line of text.trimEnd().split('\n')) {
    if (until !== undefined) {
      found.at(-1).command += `\n${line}`;
      if (line === until) until = undefined;
    } else if (line.startsWith('$ ')) {
      found.push({ command: line.slice(2), output: [] });
      until = /<<'(\w+)'/.exec(line)?.[1];
    } else {
      found.at(-1).output.push(line);
    }
  }
  return found;
}

const pattern = (text) =>
  new RegExp(`^${text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*')}$`);

let server, receiver, received, shell, url, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'readme-'));
  mkdirSync(join(folder, 'server'));
  symlinkSync(binary, join(folder, 'server/run'));
  const bodies = new PassThrough();
  received = new Transcript(bodies);
  receiver = createServer((request, response) => {
    request.pipe(bodies, { end: false });
    response.end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  server = spawn(binary, ['--port', '0', '--time-scale', '2', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
  const ready = await new Transcript(server.stdout).until((text) => text.endsWith('\n'), 'the server');
  url = /http:\/\/\S+/.exec(ready)[0];
  shell = new Shell(folder, environment);
});

after(() => {
  server?.kill();
  shell?.end();
  receiver?.close();
  if (folder) rmSync(folder, { recursive: true });
});

const here = (command) =>
  command.replaceAll('http://127.0.0.1:8080', url).replaceAll('127.0.0.1:3000', `127.0.0.1:${receiver.address().port}`);

// A poll may be early: it is safe to repeat, as a reader would.
async function runStep({ command, output }) {
  const wanted = pattern(output.join('\n'));
  const repeatable = command.startsWith('curl') && !command.includes(' -d ');
  const patience = Date.now() + PATIENCE;
  for (;;) {
    const printed = await shell.run(here(command), wanted);
    if (wanted.test(printed)) return;
    if (!repeatable || Date.now() > patience) assert.match(printed, wanted, `${command}\nprinted:\n${printed}`);
  }
}

test('every command of the README does what it shows', async () => {
  const console = blocks('console').filter(({ kind }) => kind === '');
  assert.ok(console.length >= 5, 'the README has its sessions');
  for (const { text } of console) for (const step of steps(text)) await runStep(step);
  const [{ text }] = blocks('console').filter(({ kind }) => kind === 'received');
  const wanted = pattern(text.trim());
  await received.until((body) => wanted.test(body), 'the callback');
});

test('the receiver of the first session prints what it gets', async () => {
  const [{ text }] = blocks('console').filter(({ kind }) => kind === 'receiver');
  const command = steps(text)[0].command.replace('.listen(3000)', '.listen(0, function () { console.error(this.address().port) })');
  const child = spawn('bash', ['-c', `exec ${command}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const port = await new Transcript(child.stderr).until((printed) => printed.endsWith('\n'), command);
    const body = '{"request_id":1}';
    const signal = AbortSignal.timeout(PATIENCE);
    await fetch(`http://127.0.0.1:${port.trim()}/hook`, { method: 'POST', body, signal });
    await new Transcript(child.stdout).until((printed) => printed === body, command);
  } finally {
    child.kill();
  }
});

test('the ready line that the README shows is the one that is printed', () => {
  const [{ text }] = blocks('console').filter(({ kind }) => kind === 'server');
  const version = ask('--version');
  assert.ok(text.includes(`enrichment-mock ${/\d+\.\d+\.\d+/.exec(version)[0]} listening on`), version);
});

test('the table of settings has the flags that --help has, and no others', () => {
  const flags = (text, form) => [...text.matchAll(form)].map(([, flag]) => flag).sort();
  const documented = flags(section('Settings'), /^\| `(--[a-z-]+)[^|]*\|/gm);
  const offered = flags(ask('serve', '--help'), /^ +(?:-\w, )?(--[a-z-]+)/gm);
  assert.deepEqual(documented, offered.filter((flag) => !['--help', '--version'].includes(flag)));
});

test('the events of the README are those of the OpenAPI document, in its order', () => {
  const openapi = JSON.parse(readFileSync(new URL('../../server/control/openapi.json', import.meta.url), 'utf8'));
  const listed = openapi.paths['/__admin/events'].get.description.split('stays: ')[1].split('. ')[0];
  const described = [...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  const documented = [...section('Events').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(documented, described);
});

test('sizes, byte order marks and clocks are as the README says', async () => {
  const limits = section('Limits');
  for (const said of ['1,048,576 bytes', '1,000,000 bytes', 'byte order mark']) assert.ok(limits.includes(said), said);
  const send = async (method, path, body) => {
    const headers = { 'x-api-key': 'default.limits', 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method, headers, body: Buffer.from(body) });
    return { status: answer.status, body: await answer.json() };
  };
  const request = (pad, before = '') =>
    `${before}{"linkedin_url":"https://www.linkedin.com/in/jane","type":"work","pad":"${'x'.repeat(pad)}"}`;
  const post = async (text) => (await send('POST', '/v1/api/enrichment/email', text)).status;
  const rest = request(0).length;
  assert.equal(await post(request(1_048_576 - rest)), 201);
  assert.equal(await post(request(1_048_577 - rest)), 413);
  assert.equal(await post(request(0, '\ufeff')), 201);
  const scenario = (size) => `{"name":"long","description":"${'x'.repeat(size - '{"name":"long","description":""}'.length)}"}`;
  assert.equal((await send('PUT', '/__admin/scenario', scenario(1_000_000))).status, 200);
  assert.match((await send('PUT', '/__admin/scenario', scenario(1_000_001))).body.message, /larger than 1 MB/);
  for (const text of ['\ufeff{"name":"marked"}', '\ufeff{}'])
    assert.match((await send('PUT', text.length > 3 ? '/__admin/scenario' : '/__admin/clock', text)).body.message, /byte order mark/);
  const before = Date.now();
  const { body } = await send('PUT', '/__admin/clock', '{"mode":"manual","now":"2001-01-01T00:00:00Z"}');
  assert.ok(Date.parse(body.now) > before - 60_000, body.now);
});

test('the magic usernames of the README are those of the default scenario', () => {
  const scenario = readFileSync(new URL('../../scenarios/default.json', import.meta.url), 'utf8');
  const scripted = [...scenario.matchAll(/"username": "([a-z-]+)\*"/g)].map(([, name]) => name);
  const documented = [...section('Magic usernames').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(documented, scripted);
});
