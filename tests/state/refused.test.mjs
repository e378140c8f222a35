// A state file that cannot be used: the mock says why, at the start and while it runs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync, closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, statSync, writeFileSync, writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { Place, canMount } from './place.mjs';
import { Calls, Mock, PATIENCE, POST_PATH, run, start, until } from './support.mjs';

const BODY = { linkedin_url: 'https://www.linkedin.com/in/jane', type: 'work' };

function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), 'state-refused-'));
  t.after(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

const sqlite = (file, ...statements) => {
  const { status, stderr, error } = spawnSync('sqlite3', [file, ...statements], { encoding: 'utf8' });
  assert.equal(status, 0, error?.message ?? stderr);
};
const needsSqlite = spawnSync('sqlite3', ['--version']).error ? { skip: 'sqlite3 is not installed' } : {};

// Root may write to every file, but not in a user name space of its own.
const UNPRIVILEGED = process.getuid() === 0 ? ['unshare', '-U'] : [];
const needsPermissions = process.getuid() === 0 && spawnSync('unshare', ['-U', 'true']).status !== 0
  ? { skip: 'root without user name spaces may write everywhere' } : {};

// A file with some teams, of a mock that has been stopped.
async function makeFile(file) {
  const mock = await start('--state', file), calls = new Calls(mock.url);
  for (let i = 0; i < 300; i += 1) await calls.expect('POST', POST_PATH, { key: `team-${i % 10}`, body: { ...BODY, external_id: `lead-${i}` } });
  calls.close();
  await mock.stop();
}

async function expectRefusal(file, message, { through = [] } = {}) {
  const mock = new Mock(['--state', file], { through });
  assert.equal(await mock.ready, undefined, `it started; expected ${message}`);
  assert.deepEqual(await mock.exited, { status: 1, signal: null }, mock.stderr);
  assert.match(mock.stderr, message);
  assert.ok(mock.stderr.includes(file), mock.stderr);
  assert.equal(mock.stderr.trim().split('\n').length, 1, mock.stderr);
}

// Overwrites bytes in the middle of a file.
function damage(file, from, bytes) {
  const opened = openSync(file, 'r+');
  writeSync(opened, Buffer.alloc(bytes, 0x5a), 0, bytes, from);
  closeSync(opened);
}

function truncate(file, size) {
  const opened = openSync(file, 'r+');
  ftruncateSync(opened, size);
  closeSync(opened);
}

describe('at the start', { concurrency: 4, timeout: PATIENCE }, () => {
  test('a file that another mock uses', async (t) => {
    const file = join(folderFor(t), 'state.db'), mock = await start('--state', file);
    await expectRefusal(file, /in use by another process/);
    await mock.stop();
    const again = await start('--state', file);  // the refused one has changed nothing
    await again.kill();
    const last = await start('--state', file);  // and a killed one leaves no lock
    await last.stop();
  });

  test('a file that cannot be written', needsPermissions, async (t) => {
    const folder = folderFor(t), file = join(folder, 'state.db');
    await makeFile(file);
    chmodSync(file, 0o400);
    await expectRefusal(file, /cannot be read and written: no permission/, { through: UNPRIVILEGED });
  });

  test('a folder that cannot be written', needsPermissions, async (t) => {
    const folder = folderFor(t), file = join(folder, 'state.db');
    chmodSync(folder, 0o500);
    await expectRefusal(file, /cannot be created: no permission/, { through: UNPRIVILEGED });
  });

  test('a folder', async (t) => {
    await expectRefusal(folderFor(t), /directory/);
  });

  test('a folder that does not exist', async (t) => {
    await expectRefusal(join(folderFor(t), 'none', 'state.db'), /there is no directory/);
  });

  test('a pipe', async (t) => {
    const file = join(folderFor(t), 'pipe');
    assert.equal(spawnSync('mkfifo', [file]).status, 0);
    await expectRefusal(file, /not a (regular )?file/);
  });

  test('a text', async (t) => {
    const file = join(folderFor(t), 'notes.txt');
    writeFileSync(file, 'These are my notes.\n'.repeat(300));
    await expectRefusal(file, /not a state file/);
    assert.equal(statSync(file).size, 20 * 300);
  });

  test('a file of another program', needsSqlite, async (t) => {
    const file = join(folderFor(t), 'other.db');
    sqlite(file, 'CREATE TABLE mine (x); INSERT INTO mine VALUES (1);');
    await expectRefusal(file, /another program|not a state file/);
    sqlite(file, 'SELECT x FROM mine');
  });

  test('a newer version', needsSqlite, async (t) => {
    const file = join(folderFor(t), 'state.db');
    await makeFile(file);
    sqlite(file, 'PRAGMA user_version = 9999');
    await expectRefusal(file, /newer/);
  });

  test('a file without its end', async (t) => {
    const file = join(folderFor(t), 'state.db');
    await makeFile(file);
    truncate(file, Math.floor(statSync(file).size / 2));
    await expectRefusal(file, /damaged/);
    assert.equal(run('state', file, '--check').status, 1);
  });

  test('a file with overwritten pages', async (t) => {
    const file = join(folderFor(t), 'state.db');
    await makeFile(file);
    const { size } = statSync(file);
    damage(file, 8192, size - 8192);
    await expectRefusal(file, /damaged/);
    assert.equal(run('state', file, '--check').status, 1);
  });

  test('a disk without room', async (t) => {
    if (!canMount()) return t.skip('cannot mount a file system');
    const place = new Place();
    t.after(() => place.remove());
    assert.ok(place.mount());
    place.fill();
    await expectRefusal(place.file, /full|No space left/);
    place.free();
    const mock = await start('--state', place.file);
    await mock.stop();
  });

  test('an empty file counts as new, and only its owner may read it', async (t) => {
    const file = join(folderFor(t), 'state.db');
    writeFileSync(file, '');
    const mock = await start('--state', file), calls = new Calls(mock.url);
    await calls.expect('POST', POST_PATH, { key: 'k', body: BODY });
    for (const suffix of ['', '-wal', '-shm']) {
      const found = statSync(file + suffix, { throwIfNoEntry: false });
      if (found && suffix !== '') assert.equal(found.mode & 0o777, 0o600, suffix);
    }
    calls.close();
    await mock.stop();
  });

  test('a new file has the mode 0600, whatever the umask is', async (t) => {
    const file = join(folderFor(t), 'state.db');
    const mock = new Mock(['--state', file], { through: ['sh', '-c', 'umask 0; exec "$@"', 'sh'] });
    assert.ok(await mock.ready, mock.stderr);
    const calls = new Calls(mock.url);
    await calls.expect('POST', POST_PATH, { key: 'k', body: BODY });
    for (const suffix of ['', '-wal', '-shm']) {
      const found = statSync(file + suffix, { throwIfNoEntry: false });
      if (found) assert.equal((found.mode & 0o777).toString(8), '600', file + suffix);
    }
    calls.close();
    await mock.stop();
  });

  test('the command state: no file, and a file of another program', async (t) => {
    const folder = folderFor(t), text = join(folder, 'text');
    writeFileSync(text, 'notes\n'.repeat(500));
    for (const file of [join(folder, 'none.db'), text, folder]) {
      const { status, stderr } = run('state', file, '--check');
      assert.equal(status, 1, `${file}: ${stderr}`);
      assert.ok(stderr.includes(file), stderr);
    }
    assert.equal(statSync(join(folder, 'none.db'), { throwIfNoEntry: false }), undefined);
  });
});

describe('while it runs', { concurrency: 4, timeout: PATIENCE }, () => {
  // Makes it impossible to save, and possible again.
  const TROUBLES = {
    'the file has been moved': (file) => [() => renameSync(file, `${file}.away`), () => renameSync(`${file}.away`, file)],
    'another file has its name': (file) => [
      () => { renameSync(file, `${file}.away`); writeFileSync(file, ''); },
      () => renameSync(`${file}.away`, file),
    ],
    'its folder has been moved': (file, folder) => [() => renameSync(folder, `${folder}-away`), () => renameSync(`${folder}-away`, folder)],
  };

  for (const [name, trouble] of Object.entries(TROUBLES))
    test(`${name}: 503 until it is there again`, async (t) => {
      const folder = join(folderFor(t), 'place'), file = join(folder, 'state.db');
      mkdirSync(folder);
      const mock = await start('--state', file), calls = new Calls(mock.url);
      t.after(() => mock.kill());
      const told = [];
      const post = async () => {
        const { status, body } = await calls.make('POST', POST_PATH, { key: 'k', body: BODY });
        if (status === 201) told.push(body._id);
        return { status, body };
      };
      assert.equal((await post()).status, 201);
      const [begin, end] = trouble(file, folder);
      begin();
      const { status, body } = await post();
      assert.equal(status, 503, JSON.stringify(body));
      assert.deepEqual([body.statusCode, body.error, typeof body.message], [503, 'Service Unavailable', 'string']);
      for (const path of [`${POST_PATH}/${told[0]}`, '/v1/api/enrichment/credits', '/__admin/enrichments', '/__admin/teams'])
        assert.equal((await calls.make('GET', path, { key: 'k' })).status, 503, path);
      assert.equal((await calls.make('GET', '/__admin/ready')).status, 503);
      assert.equal((await calls.make('GET', '/__admin/health')).status, 200);
      end();
      await until('it is ready', async () => (await calls.make('GET', '/__admin/ready')).status === 200);
      assert.equal((await post()).status, 201);
      calls.close();
      await mock.kill();
      const again = await start('--state', file), more = new Calls(again.url);
      const there = (await more.all('enrichments', 'k')).map(({ _id }) => _id);
      assert.deepEqual(told.filter((id) => !there.includes(id)), []);
      more.close();
      await again.stop();
      assert.match(mock.stderr, /cannot|sav/, 'the log says so');
    });

  test('it stops in order while nothing can be saved', async (t) => {
    const folder = folderFor(t), file = join(folder, 'state.db');
    const mock = await start('--state', file), calls = new Calls(mock.url);
    renameSync(file, `${file}.away`);
    assert.equal((await calls.make('POST', POST_PATH, { key: 'k', body: BODY })).status, 503);
    calls.close();
    await mock.stop();
  });
});
