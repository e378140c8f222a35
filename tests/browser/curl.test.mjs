// "Copy as curl": whatever a client sent, each shell passes exactly that to curl, and runs nothing else.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { curlOfEntry, firstRequest } from '../../server/dashboard/curl.js';

const SHELLS = ['sh', 'dash', 'bash', 'zsh', 'ksh', 'mksh'];
const has = (shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0;
const shells = SHELLS.filter(has);

// Two folders: one with a curl that prints its arguments, and an empty one to run in, which must stay empty.
const tools = mkdtempSync(join(tmpdir(), 'curl-'));
const place = mkdtempSync(join(tmpdir(), 'curl-'));
after(() => [tools, place].forEach((folder) => rmSync(folder, { recursive: true })));
writeFileSync(join(tools, 'curl'), `#!/bin/sh\nprintf '%s\\0' "$@"\n`);
chmodSync(join(tools, 'curl'), 0o755);

const argumentsIn = (shell, command) => {
  const env = { ...process.env, PATH: `${tools}:${process.env.PATH}`, API_KEY: 'k' };
  const out = execFileSync(shell, ['-c', command], { cwd: place, env, encoding: 'utf8' });
  assert.deepEqual(readdirSync(place), [], command);
  return out.split('\0').slice(0, -1);
};

// Each is a valid method: a token.
const METHODS = [
  '`touch$IFS-here`',
  'A|touch$IFS-here',
  'A&touch$IFS-here&',
  "A'`touch$IFS-here`'",
  '$HOME',
  '~',
  '*',
  '!!',
  '-o',
  '#x',
];

// Not only in the method: everywhere a client chooses the text.
const TEXTS = [
  ...METHODS,
  '$(touch here)',
  '; touch here;',
  '\n touch here\n',
  'a\\b\\\\c\\n',
  '\'"\'',
  '%s%n',
  '@/etc/passwd',
  '{a,b}[1-3]',
  'ü\u2028\ud83d\ude00',
];

const entry = (changes) => ({ method: 'GET', path: '/v1/x', headers: {}, ...changes });

test('any valid method is one argument and not a command', () => {
  for (const shell of shells)
    for (const method of METHODS) {
      const command = curlOfEntry(entry({ method }), 'http://h');
      assert.deepEqual(argumentsIn(shell, command), ['-s', '-X', method, 'http://h/v1/x'], `${shell}: ${command}`);
    }
});

test('path, query, headers and body are arguments as they were sent', () => {
  for (const shell of shells)
    for (const text of TEXTS) {
      const headers = { 'X-A': text, 'X-B': '' };
      const sent = entry({ method: 'POST', path: `/${text}`, query: text, headers, body: text });
      const found = argumentsIn(shell, curlOfEntry(sent, 'http://h'));
      const url = `http://h/${text}?${text}`;
      assert.deepEqual(found.filter((each) => !['-g', '--path-as-is'].includes(each)), [
        ...['-s', url, '-H', `X-A: ${text}`, '-H', 'X-B;', '--data-raw', text],
      ]);
    }
});

const CONTROLS = ['\u0001', '\u0001a\u001b[31m\r0\u007fff\\\'"', "\u0001'; touch here; #", '\u0001`touch here`\r', ''];

test('control characters arrive, and nothing after them runs', () => {
  for (const shell of shells)
    for (const body of CONTROLS)
      assert.equal(argumentsIn(shell, curlOfEntry(entry({ body }), 'http://h')).at(-1), body, shell);
});

test('a known key is quoted, an unknown one is a variable', () => {
  for (const shell of shells) {
    const headers = { 'x-api-key': '***' };
    assert.equal(argumentsIn(shell, curlOfEntry(entry({ headers }), 'http://h', "$(id)'")).at(-1), "x-api-key: $(id)'");
    assert.equal(argumentsIn(shell, curlOfEntry(entry({ headers }), 'http://h')).at(-1), 'x-api-key: k');
    assert.ok(argumentsIn(shell, firstRequest('http://h', '`id`')).includes('x-api-key: `id`'));
  }
});

test('a HEAD does not wait for a body, and dots in a path stay', () => {
  assert.equal(curlOfEntry(entry({ method: 'HEAD' }), 'http://h'), "curl -s -I 'http://h/v1/x'");
  assert.equal(curlOfEntry(entry({ path: '/v1/../x' }), 'http://h'), "curl -s --path-as-is 'http://h/v1/../x'");
});
