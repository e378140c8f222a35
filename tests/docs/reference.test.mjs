// The pages' flags, control calls, events, limits and usernames are the same as the program's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { pageAt, root } from './pages.mjs';
import { ask, binary, environment } from './program.mjs';
import { Transcript } from './shell.mjs';

const openapi = JSON.parse(readFileSync(join(root, 'server/control/openapi.json'), 'utf8'));
const cli = pageAt('server/cli/README.md'), control = pageAt('server/control/README.md');

// The first cells of a section's table rows, where they are code.
const rows = (section) => [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell.replaceAll('\\|', '|'));

for (const [command, title] of [['serve', 'Flags'], ['validate', 'validate'], ['healthcheck', 'healthcheck'], ['verify', 'verify'],
  ['compare', 'compare'], ['state', 'state']]) {
  test(`the page has the flags of ${command} --help, with their arguments, and no others`, () => {
    const offered = [...ask(command, '--help').matchAll(/^ +(--[a-z-]+(?: [A-Z_=|]+)?)(?:\s|$)/gm)].map(([, flag]) => flag);
    assert.deepEqual(rows(cli.section(title)).sort(), offered.filter((flag) => flag !== '--help | --version').sort());
  });
}

test('the page of audit has its flags', () => {
  const offered = [...ask('audit', '--help').matchAll(/^ +(--[a-z-]+ [A-Z_]+)\s/gm)].map(([, flag]) => flag);
  assert.deepEqual(rows(pageAt('server/cli/audit.md').section('Flags')).sort(), offered.sort());
});

test('the page of exec has the flags that serve has not, and names those that only serve has', () => {
  const flagsOf = (command) => [...ask(command, '--help').matchAll(/^ +(--[a-z-]+(?: [A-Z_=|]+)?)(?:\s|$)/gm)].map(([, flag]) => flag);
  const page = pageAt('server/cli/exec.md').section('Flags'), serve = flagsOf('serve'), exec = flagsOf('exec');
  assert.deepEqual(rows(page).sort(), exec.filter((flag) => !serve.includes(flag)).sort());
  for (const flag of serve.filter((flag) => flag.startsWith('--') && !exec.includes(flag)))
    assert.ok(page.includes(`\`${flag.split(' ')[0]}\``), flag);
});

test('the page has the facts and decisions that compare asks about, with its questions', () => {
  const { questions, facts } = JSON.parse(ask('compare', '--dry-run', '--format', 'json'));
  const table = pageAt('server/api/README.md').section('Facts and decisions by name');
  const written = [...table.matchAll(/^\| (?!fact |--)(.*) \|$/gm)].map(([, row]) => row.split(' | '));
  const expected = facts.map(({ name, documented, says, not_asked: why }) => {
    const ids = questions.filter(({ fact }) => fact === name).map(({ id }) => `\`${id}\``);
    return [name + (documented ? '' : ' †'), says, why ? `none: ${why}` : ids.join(', ')];
  });
  assert.deepEqual(written.map((row) => row.map((cell) => cell.replace(/`(\S*<\w+>)`/, '$1'))), expected);
  assert.ok(questions.length < 60);
  assert.match(pageAt('server/upstream/README.md').text, new RegExp(`${questions.length} questions`));
});

test('the page of record has the flags that serve has not or means otherwise, and names the others', () => {
  const flagsOf = (command) => [...ask(command, '--help').matchAll(/^ +(--[a-z-]+(?: [A-Z_=|]+)?)(?:\s|$)/gm)].map(([, flag]) => flag);
  const page = pageAt('server/upstream/README.md').section('Flags of record'), serve = flagsOf('serve'), record = flagsOf('record');
  assert.deepEqual(rows(page).filter((flag) => !serve.includes(flag)).sort(), record.filter((flag) => !serve.includes(flag)).sort());
  const groups = /^--(tls|log|quiet)/;
  for (const flag of record.filter((flag) => !groups.test(flag))) assert.ok(page.includes(`\`${flag.split(' ')[0]}`), flag);
});

test('the page has every control call of the OpenAPI document, and no other', () => {
  const described = Object.entries(openapi.paths)
    .filter(([path]) => path.startsWith('/__admin/'))
    .flatMap(([path, item]) => ['get', 'put', 'post', 'delete'].filter((method) => item[method])
      .map((method) => `${method.toUpperCase()} ${path.replace('/__admin/', '')}`));
  const documented = ['Calls that show', 'Calls that change', 'Calls about the server']
    .flatMap((title) => rows(control.section(title)))
    .map((call) => call.replace('scenarios/{name}', 'scenarios/{id}'));
  assert.deepEqual(documented.sort(), described.sort());
});

test('the page has the events that the OpenAPI document has', () => {
  const { description } = openapi.paths['/__admin/events'].get;
  const described = [...description.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(described)], rows(control.section('Events')));
});

test('the page has the magic usernames of the default scenario', () => {
  const scenario = readFileSync(join(root, 'scenarios/default.json'), 'utf8');
  const scripted = [...scenario.matchAll(/"username": "([a-z-]+)\*"/g)].map(([, name]) => name);
  assert.deepEqual(rows(pageAt('scenarios/README.md').section('Magic usernames')), scripted);
});

test('sizes, byte order marks and clocks are as the pages say', async (t) => {
  const server = spawn(binary, ['--port', '0', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
  t.after(() => server.kill());
  const url = /http:\/\/\S+/.exec(await new Transcript(server.stdout).until((text) => text.endsWith('\n'), 'the server'))[0];
  const send = async (method, path, body) => {
    const headers = { 'x-api-key': 'default.limits', 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method, headers, body: Buffer.from(body) });
    return { status: answer.status, body: await answer.json() };
  };
  const request = (pad, before = '') =>
    `${before}{"linkedin_url":"https://www.linkedin.com/in/jane","type":"work","pad":"${'x'.repeat(pad)}"}`;
  const post = async (text) => (await send('POST', '/v1/api/enrichment/email', text)).status;

  assert.match(pageAt('server/api/README.md').section('Limits'), /1 MB \(1,048,576 bytes\) \| 413/);
  const rest = request(0).length;
  assert.equal(await post(request(1_048_576 - rest)), 201);
  assert.equal(await post(request(1_048_577 - rest)), 413);

  assert.match(pageAt('server/api/README.md').section('Request fields'), /byte order mark before the JSON is skipped/);
  assert.equal(await post(request(0, '\ufeff')), 201);
  for (const [path, text] of [['scenario', '\ufeff{"name":"marked"}'], ['clock', '\ufeff{}']])
    assert.match((await send('PUT', `/__admin/${path}`, text)).body.message, /byte order mark/);

  assert.match(pageAt('scenarios/README.md').section('Writing and checking a file'), /1 MB \(1,000,000 bytes\)/);
  const scenario = (size) => `{"name":"long","description":"${'x'.repeat(size - '{"name":"long","description":""}'.length)}"}`;
  assert.equal((await send('PUT', '/__admin/scenario', scenario(1_000_000))).status, 200);
  assert.match((await send('PUT', '/__admin/scenario', scenario(1_000_001))).body.message, /larger than 1 MB/);

  assert.match(pageAt('server/runner/README.md').section('Running and manual clocks'), /A clock never goes back/);
  const before = Date.now();
  const { body } = await send('PUT', '/__admin/clock', '{"mode":"manual","now":"2001-01-01T00:00:00Z"}');
  assert.ok(Date.parse(body.now) > before - 60_000, body.now);
});
