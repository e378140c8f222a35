// The program's problems with scenario files: `enrichment-mock validate --format json`, for thousands of files at a
// time.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const AT_A_TIME = 250;
const ONE_NAME = /^the scenario "[^"]*" is also in \S+; expected one file for each name$/;

const environment =
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ENRICHMENT_MOCK_')));

function validate(folder, files) {
  const binary = process.env.ENRICHMENT_MOCK_BINARY;
  assert.ok(binary, 'ENRICHMENT_MOCK_BINARY must name the enrichment-mock program');
  const { status, stdout, stderr, error } = spawnSync(binary, ['validate', '--format', 'json', ...files],
    { cwd: folder, encoding: 'utf8', env: environment, maxBuffer: 2 ** 30 });
  assert.ifError(error);
  assert.equal(stderr, '');
  const report = JSON.parse(stdout).files;
  assert.deepEqual(report.map(({ file }) => file), files);
  for (const { file, valid, problems } of report) assert.equal(valid, problems.length === 0, file);
  assert.equal(status, report.every(({ valid }) => valid) ? 0 : 2);
  return report;
}

// Indices of files of one name, in small groups.
function parts(files) {
  const byStem = new Map(files.map(({ stem }) => [stem, []]));
  files.forEach(({ stem }, index) => byStem.get(stem).push(index));
  return [...byStem.values()].flatMap((indices) =>
    Array.from({ length: Math.ceil(indices.length / AT_A_TIME) }, (_, part) =>
      indices.slice(part * AT_A_TIME, (part + 1) * AT_A_TIME)));
}

// The problems of each of [{ stem, text }] or [{ stem, bytes }], in their order; `stem` is the file's name without
// .json. Files of one name are validated together, and the problem that they have one name is removed from the
// result. Each is in a separate folder and is overwritten later, because removing thousands of files
// takes longer than everything else.
export function problemsOf(files) {
  const root = mkdtempSync(join(tmpdir(), 'scenarios-'));
  try {
    const problems = [];
    for (const part of parts(files)) {
      const paths = part.map((index, slot) => join(String(slot), `${files[index].stem}.json`));
      part.forEach((index, slot) => {
        mkdirSync(join(root, String(slot)), { recursive: true });
        writeFileSync(join(root, paths[slot]), files[index].bytes ?? files[index].text);
      });
      validate(root, paths).forEach(({ problems: found }, slot) => {
        problems[part[slot]] = found.filter(({ message }) => !ONE_NAME.test(message));
      });
    }
    return problems;
  } finally {
    rmSync(root, { recursive: true });
  }
}
