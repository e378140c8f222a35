// No text of this repository has a word that a reader who is not a native speaker must look up or read twice: pages, help,
// messages, descriptions, labels, comments and identifiers.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { COMMANDS, ask } from './program.mjs';

// [words to avoid, what to write instead]. The words are regular expressions, in any letter case.
const AVOID = [
  ['whom', 'who, which; or name the person'],
  ['whoever|whomever|whosever', 'a client that, anyone who; or name the person'],
  ['whichever', 'the one that'],
  ['whatsoever', 'any'],
  ['whence|hence|thence', 'from where, so'],
  ['thereof|therein|thereby|therewith|herein', 'its, in it, by that'],
  ['wherein|whereby|whereupon', 'in which, by which, then'],
  ['likewise', 'also, in the same way'],
  ['alike|akin', 'both, in the same way, similar'],
  ['beside', 'next to, in addition to, with'],
  ['befalls?|befell', 'affects, applies to'],
  ['be (it|they|this|that)', 'even if, whether'],
  ['(?<!not )but for', 'except'],
  ['(none|nothing|all|anything) but', 'only, except, almost'],
  ['of which', 'of them, in a sentence of its own'],
  ['(?<!so )(that|those) of', 'the thing by its name again'],
  ['no more than', 'at most'],
  ['so many', 'that many; or name the number'],
  ['anew|afresh', 'again, from the start'],
  ['bears?|bore|borne', 'send, have, contain'],
  ['(hold|holds|held) up', 'block, delay'],
  ['(make|makes|made) do', 'manage with, use'],
  ['apart(?<!(far|seconds?|minutes?|ms) apart)(?! from)', 'separately, specially; parse, split, distinguish'],
  ['(speak|speaks|speaking|spoke|spoken) of', 'is about, affects, names'],
  ['(say|says|said|tell|tells|told) of', 'say about, report'],
  ['(ask|asks|asked) of', 'ask for, require'],
  ['(become|becomes|became|come|comes|came) of', 'happen to'],
  ['(known|knows) of', 'known about'],
  ['(go|goes|went) over to', 'switch to'],
  ['(stand|stands|stood) (in(?! for)|at|there)', 'is in, is at'],
  ['for (want|lack|fear) of', 'because'],
  ['in vain', 'without success'],
  ['in earnest|all the same|at hand', 'really, still, available'],
  ['(can|could|to) be had', 'is available'],
  ['(?<=, )for (it|they|there|we|no|what)', 'because'],
  ['lest|albeit|whilst|amongst|unto|upon', 'so that not, although, while, among, to, on'],
  ['hitherto|henceforth|insofar|inasmuch|insomuch', 'so far, from now on, because'],
  ['shall|ought', 'must, will, should'],
  ['seldom', 'rarely'],
  ['heeds?|forgo|forgoes|mend|mends|mended', 'follow, do without, fix'],
  ['amiss|awry|astray', 'wrong'],
  ['owing to|by dint|by virtue', 'because of'],
  ['judge|judges|judged', 'check, decide'],
  ['tally|crew|guests?|strangers?', 'counters, workers, connection, unassigned'],
  ['audience|surroundings|tidings', 'observers, services, events'],
];

// Between two words there may be the end of a line, with what begins the next: a comment's mark or a string's quote.
const between = String.raw`(?:[\s"#*]|//|\\n)+`;
const rules = AVOID.map(([words, instead]) => ({
  found: new RegExp(`\\b(?:${words.replaceAll(' ', between)})\\b`, 'gi'),
  instead,
}));

// "FILE:LINE: "word"; write: ...", of each word that is found.
const complaints = (name, text) =>
  rules.flatMap(({ found, instead }) =>
    [...text.matchAll(found)].map(
      ({ 0: words, index }) =>
        `${name}:${text.slice(0, index).split('\n').length}: "${words.replace(/\s+/g, ' ')}"; write: ${instead}`));

const root = new URL('../../', import.meta.url);
const SKIPPED = /^(\.(?!ci$|github$).*|node_modules|golden|corpus|package-lock\.json|words\.test\.mjs)$/;
const READ = /^[^.]+$|\.(md|h|cpp|js|cjs|mjs|ts|cts|mts|css|html|json|yml|yaml|py|sh|cmake|txt|java|lua|dict)$/;

function files(folder) {
  return readdirSync(new URL(folder, root), { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.test(name) && `${folder}${name}` !== 'build')
    .flatMap((entry) => {
      if (entry.isDirectory()) return files(`${folder}${entry.name}/`);
      return entry.isFile() && READ.test(entry.name) ? [`${folder}${entry.name}`] : [];
    });
}

test('no file has a word to avoid', () => {
  const found = files('').flatMap((file) => complaints(file, readFileSync(new URL(file, root), 'utf8')));
  assert.ok(found.length === 0, `${found.length} words to avoid:\n${found.join('\n')}`);
});

test("no command's help has a word to avoid", () => {
  for (const command of COMMANDS) {
    const help = ask(command, '--help');
    assert.match(help, /^Usage: /);
    assert.deepEqual(complaints(`${command} --help`, help), []);
  }
});
