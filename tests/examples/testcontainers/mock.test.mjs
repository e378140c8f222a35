// Testcontainers in Node, which needs Node 22.22 or later. The port is open only once the mock can answer; the image has
// no shell for other checks.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { GenericContainer, TestContainers, Wait } from 'testcontainers';

/** @type {import('testcontainers').StartedTestContainer} */
let mock;
let url = '';
const receiver = createServer((request, response) => request.resume().on('end', () => response.end()));

before(async () => {
  await new Promise((resolve) => { receiver.listen(0, () => resolve(undefined)); });
  const { port } = /** @type {import('node:net').AddressInfo} */ (receiver.address());
  await TestContainers.exposeHostPorts(port);  // called back at http://host.testcontainers.internal:PORT
  mock = await new GenericContainer('ghcr.io/your-org/enrichment-mock:0.1.0')
    .withExposedPorts(8080)
    .withEnvironment({ ENRICHMENT_MOCK_CLOCK: 'manual' })
    .withWaitStrategy(Wait.forHttp('/__admin/ready', 8080))
    .start();
  url = `http://${mock.getHost()}:${mock.getMappedPort(8080)}`;
});

after(async () => {
  await mock?.stop();
  receiver.close();
});

test('the mock answers', async () => {
  const answer = await fetch(`${url}/v1/api/enrichment/credits`, { headers: { 'x-api-key': 'default.node' } });
  assert.deepEqual(await answer.json(), { balance: 250 });
});
