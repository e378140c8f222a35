// Every page: its links, anchors, file names, flags, variables, control calls and blocks of code are right.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { filesBelow, pageAt, pages, root, steps } from './pages.mjs';
import { COMMANDS, flags } from './program.mjs';

const at = (path) => join(root, path);
const textOf = (path) => readFileSync(at(path), 'utf8');
const openapi = JSON.parse(textOf('server/control/openapi.json'));

function forEachPage(title, check) {
  test(title, async (t) => {
    assert.ok(pages.length > 10);
    for (const page of pages) await t.test(page.path, () => check(page));
  });
}

forEachPage('links lead to files and headings', (page) => {
  for (const { path, anchor } of page.links) {
    assert.ok(existsSync(at(path)), path);
    if (anchor) assert.ok(pageAt(path).headings.some((heading) => heading.anchor === anchor), `${path}#${anchor}`);
  }
});

forEachPage('headings have anchors of their own, and long pages a table of contents', (page) => {
  const anchors = page.headings.map(({ anchor }) => anchor);
  assert.deepEqual(anchors, [...new Set(anchors)]);
  const sections = page.headings.filter(({ level }) => level === 2);
  if (sections.length < 4 || page.path.startsWith('.github/')) return;
  const linked = page.links.filter(({ path }) => path === page.path).map(({ anchor }) => anchor);
  for (const { anchor, title } of sections) assert.ok(linked.includes(anchor), `no link to "${title}"`);
});

// `calls_*` and `tests/<folder>` stand for several: what is before them has to exist.
forEachPage('files and folders exist', ({ text }) => {
  for (const [, path, more] of text.matchAll(/(?<![\w./:-])((?:server|tests|scenarios|\.github)\/[\w./-]*)([*<{…]?)/g)) {
    const whole = path.replace(/\.$/, '');
    assert.ok(existsSync(at(more ? `${dirname(`${whole}x`)}/` : whole)), path);
  }
});

// The commands in code spans, indented lines, console blocks and scripts, without what they are piped to.
const commandsOf = ({ spans, prose, blocks }) => [
  ...spans,
  ...[...prose.matchAll(/^ {4}(\S.*)$/gm)].map(([, line]) => line),
  ...blocks.filter(({ language }) => language === 'console').flatMap(({ text }) => steps(text).map(({ command }) => command)),
  ...blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trim().split('\n')),
].flatMap((command) => command.split(/ \| | && |; |\$\(| -- /));

const ours = new Set([...flags.values()].flat().concat('--help', '--version'));
const scripts = ['tests/run', 'tests/bench/run', 'tests/bench/soak', 'tests/fuzz/run', 'tests/docker/run'].map(textOf);

// Undefined for other programs, such as curl.
function knowsFlag([program, command]) {
  if (/^(?:.*\/)?enrichment-mock$|^server\/run$/.test(program)) {
    const offered = flags.get(COMMANDS.includes(command) ? command : 'serve');
    return (flag) => offered.includes(flag) || ['--help', '--version'].includes(flag);
  }
  if (program.startsWith('--')) return (flag) => ours.has(flag) || scripts.some((text) => text.includes(flag));
  if (program.includes('/') && existsSync(at(program)) && statSync(at(program)).isFile())
    return (flag) => textOf(program).includes(flag);
  return undefined;
}

forEachPage('flags are known to their program', (page) => {
  for (const command of commandsOf(page)) {
    const words = command.trim().split(/\s+/);
    const isKnown = knowsFlag(words);
    if (isKnown)
      for (const [flag] of command.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)) assert.ok(isKnown(flag), command);
  }
});

forEachPage('presets exist', ({ text }) => {
  const presets = JSON.parse(textOf('CMakePresets.json')).configurePresets.map(({ name }) => name);
  for (const [, preset] of text.matchAll(/--preset[ =]([a-z]+)/g)) assert.ok(presets.includes(preset), preset);
});

// Of tests and of packages around the program, and what exec sets for its command.
const OTHER_VARIABLES = ['UPDATE_GOLDEN', 'BINARY', 'SNAPSHOTS', 'ADMIN_URL'];

forEachPage('every environment variable belongs to a flag', ({ text }) => {
  for (const [variable, name] of text.matchAll(/ENRICHMENT_MOCK_([A-Z_]+)/g)) {
    const flag = `--${name.toLowerCase().replaceAll('_', '-')}`;
    assert.ok(ours.has(flag) || OTHER_VARIABLES.includes(name), variable);
  }
});

forEachPage('URLs of control calls are described in the OpenAPI document', ({ text }) => {
  const served = Object.keys(openapi.paths).map((path) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`));
  for (const [, path] of text.matchAll(/(\/__admin\/[\w{}/.-]*)/g)) {
    const asked = path.replace(/\.$/, '');
    assert.ok(asked === '/__admin/' || served.some((pattern) => pattern.test(asked)), asked);
  }
});

const sources = filesBelow(join(root, 'server')).filter((path) => /\.(cpp|h)$/.test(path)).map(textOf).join('\n');

// In tables with a column "message", what is code there.
function messagesOf({ text }) {
  const tables = [...text.matchAll(/^(\|.*\|)\n\|[-|]+\|\n((?:\|.*\|\n)+)/gm)];
  return tables.flatMap(([, head, rows]) => {
    const column = head.split('|').map((cell) => cell.trim()).indexOf('message');
    if (column < 0) return [];
    return rows.trim().split('\n').flatMap((row) => /^`(.*)`$/.exec(row.split('|')[column].trim())?.[1] ?? []);
  });
}

forEachPage('the program has the messages', (page) => {
  for (const message of messagesOf(page))
    for (const part of message.split('…').filter(Boolean)) assert.ok(sources.includes(part), message);
});

const parse = (program, args, input) => {
  const { status, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
};

// How a block in this language is checked; where nothing is said, other tests compile, load or run it.
const CHECKS = {
  console: (text) => assert.ok(text.trim()),
  sh: (text) => parse('bash', ['-n'], text),
  js: (text) => parse(process.execPath, ['--check', '--input-type=module', '-'], text),
  python: (text) => parse('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], text),
  json: (text) => JSON.parse(text),
  jsonc: () => {},  // tests/unit/scenario
  yaml: () => {},   // tests/docker
  cpp: () => {},    // tests/consumer
  cmake: () => {},  // tests/consumer
  haproxy: () => {}, // tests/proxies
  nginx: () => {},   // tests/proxies
};

forEachPage('blocks of code are in a language that is checked, and parse', ({ blocks, text }) => {
  assert.equal([...text.matchAll(/^```/gm)].length, 2 * blocks.length, 'each block names its language, and ends');
  for (const { language, text: code } of blocks) {
    assert.ok(CHECKS[language], language);
    CHECKS[language](code);
  }
});

test('the page for coding agents has at most 150 lines', () => {
  assert.ok(pageAt('server/packages/SKILL.md').text.split('\n').length - 1 <= 150);
});

test('the README has at most 250 lines, and its first tests fewer than 25 each', () => {
  const { text, section } = { text: pageAt('README.md').text, section: pageAt('README.md').section('A first test') };
  assert.ok(text.split('\n').length - 1 <= 250, `${text.split('\n').length - 1} lines`);
  const tests = pageAt('README.md').blocks.filter(({ language }) => ['js', 'python', 'cpp'].includes(language));
  assert.equal(tests.length, 3);
  for (const { text: code } of tests) {
    assert.ok(section.includes(code));
    assert.ok(code.trim().split('\n').length < 25, code);
  }
});
