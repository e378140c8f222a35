// Every command in README.md is run, in order, in one shell, against a real server; what it prints is held to what the
// README shows. `…` there stands for any text. Ports are replaced by free ones, and the server's clock runs faster.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const { ENRICHMENT_MOCK_BINARY: binary, ...environment } = process.env;

// [{ kind, text }], of the fenced blocks that begin with ```language kind.
const blocks = (language) =>
  [...readme.matchAll(/^```(\w+) ?(\w*)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , kind, text]) => ({ kind, text }));

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

// One bash for all commands, so that variables and jobs last.
class Shell {
  constructor(folder, path) {
    this.child = spawn('bash', ['-m'], { cwd: folder, env: { ...environment, PATH: `${path}:${environment.PATH}` } });
    this.output = '';
    this.child.stdout.setEncoding('utf8').on('data', (text) => { this.output += text; });
  }

  async run(command) {
    this.output = '';
    this.child.stdin.write(`{ ${command}\n} 2>&1\nprintf '\\n<end>\\n'\n`);
    while (!this.output.includes('\n<end>\n')) await once(this.child.stdout, 'data');
    return this.output.slice(0, this.output.indexOf('\n<end>\n')).trim();
  }
}

let server, receiver, shell, url, folder;
let received = '';

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'readme-'));
  receiver = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text) => { received += text; });
    response.end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  server = spawn(binary, ['--port', '0', '--time-scale', '10', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
  const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
  url = /http:\/\/\S+/.exec(line)[0];
  shell = new Shell(folder, join(binary, '..'));
});

after(() => {
  server?.kill();
  shell?.child.kill();
  receiver?.close();
  if (folder) rmSync(folder, { recursive: true });
});

const here = (command) =>
  command.replaceAll('http://127.0.0.1:8080', url).replaceAll('127.0.0.1:3000', `127.0.0.1:${receiver.address().port}`);

// A poll may be early: it is safe to repeat, as a reader would.
async function runStep({ command, output }) {
  const wanted = pattern(output.join('\n'));
  const repeatable = command.startsWith('curl') && !command.includes(' -d ');
  const patience = Date.now() + 20_000;
  for (;;) {
    const printed = await shell.run(here(command));
    if (wanted.test(printed)) return;
    if (!repeatable || Date.now() > patience) assert.match(printed, wanted, command);
  }
}

test('every command of the README does what it shows', async () => {
  const console = blocks('console').filter(({ kind }) => kind === '');
  assert.ok(console.length >= 5, 'the README has its sessions');
  for (const { text } of console) for (const step of steps(text)) await runStep(step);
  const [{ text: callback }] = blocks('console').filter(({ kind }) => kind === 'received');
  assert.match(received, pattern(callback.trim()));
});

test('the receiver of the first session prints what it gets', async () => {
  const [{ text }] = blocks('console').filter(({ kind }) => kind === 'receiver');
  const command = steps(text)[0].command.replace('.listen(3000)', '.listen(0, function () { console.error(this.address().port) })');
  const child = spawn('bash', ['-c', `exec ${command}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const [port] = await once(child.stderr.setEncoding('utf8'), 'data');
    const printed = once(child.stdout.setEncoding('utf8'), 'data');
    await fetch(`http://127.0.0.1:${port.trim()}/hook`, { method: 'POST', body: '{"request_id":1}' });
    assert.equal((await printed)[0], '{"request_id":1}');
  } finally {
    child.kill();
  }
});

test('the ready line that the README shows is the one that is printed', () => {
  const [{ text }] = blocks('console').filter(({ kind }) => kind === 'server');
  const version = spawnSync(binary, ['--version'], { encoding: 'utf8', env: environment }).stdout;
  assert.ok(text.includes(`enrichment-mock ${/\d+\.\d+\.\d+/.exec(version)[0]} listening on`), version);
});

test('the table of settings has the flags that --help has, and no others', () => {
  const help = spawnSync(binary, ['serve', '--help'], { encoding: 'utf8', env: environment }).stdout;
  const flags = (text, form) => [...text.matchAll(form)].map(([, flag]) => flag).sort();
  const documented = flags(readme, /^\| `(--[a-z-]+)[^|]*\|/gm);
  const offered = flags(help, /^ +(?:-\w, )?(--[a-z-]+)/gm).filter((flag) => !['--help', '--version'].includes(flag));
  assert.deepEqual(documented, offered);
});

test('the magic usernames of the README are those of the default scenario', () => {
  const scenario = readFileSync(new URL('../../scenarios/default.json', import.meta.url), 'utf8');
  const scripted = [...scenario.matchAll(/"username": "([a-z-]+)\*"/g)].map(([, name]) => name);
  const documented = [...readme.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(documented, scripted);
});
