#!/usr/bin/env node
// For `enrichment-mock audit -- node tests/clients/well-behaved.mjs`: the app with six leads, against the mock that runs this
// program. Exit status: 0 if it has handled what came, even if some leads have no result; it says so.
import { enrichLeads } from './app.mjs';
import { EnrichmentClient } from './client.mjs';
import { CallbackReceiver } from './receiver.mjs';
import { sleep } from './retry.mjs';

const { ENRICHMENT_MOCK_URL: baseUrl, ENRICHMENT_MOCK_API_KEY: apiKey } = process.env;
const QUIET_MS = 1_500;  // how long no callback comes before the receiver stops: a server in production never does

const leads = Array.from({ length: 6 }, (_, n) =>
  ({ linkedin_url: `https://www.linkedin.com/in/person-${n}`, type: 'work', external_id: `lead-${n}`, callback: n < 5 }));

async function untilQuiet(receiver) {
  for (let before = -1; before !== receiver.deliveries;) {
    before = receiver.deliveries;
    await sleep(QUIET_MS);
  }
}

const receiver = new CallbackReceiver();
const callbackUrl = await receiver.start();
const client = new EnrichmentClient({ baseUrl, apiKey, timeoutMs: 3_000 });
const report = await enrichLeads({
  client, leads, receiver, callbackUrl, concurrency: 6, submitAttempts: 12, retry: { firstMs: 250, capMs: 4_000 },
  poll: { firstMs: 250, capMs: 2_000 }, callbackPatienceMs: 3_000, deadlineMs: 20_000,
});
await untilQuiet(receiver);
await receiver.stop();
console.log(report.counts, report.credits, report.stopped ?? '');
for (const problem of report.problems) console.log(`problem: ${problem}`);
const lost = report.leads.filter(({ status }) => status === 'lost');
process.exitCode = lost.length === 0 && report.credits.reconciled ? 0 : 1;
