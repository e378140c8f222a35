// A worker that is killed in the middle of a test.
import { test } from 'enrichment-mock/node-test';

test('the worker is killed', async ({ team }) => {
  await team.credits();
  process.kill(process.pid, 'SIGKILL');
});
