#!/usr/bin/env node
// lead-enricher --base-url URL --api-key KEY --leads leads.json [--json] [--callback-patience MS] [--deadline MS]
//               [--concurrency N] [--no-callbacks]
// Enriches the leads of a file: [{"linkedin_url","type","external_id"?,"callback"?: false}, …].
// Exit status: 0 when every lead is accounted for and the credits add up, 1 when not, 2 when called wrongly.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { DEFAULTS, enrichLeads } from './app.mjs';
import { EnrichmentClient } from './client.mjs';
import { CallbackReceiver } from './receiver.mjs';

const OPTIONS = {
  'base-url': { type: 'string' },
  'api-key': { type: 'string' },
  leads: { type: 'string' },
  json: { type: 'boolean', default: false },
  'no-callbacks': { type: 'boolean', default: false },
  concurrency: { type: 'string', default: String(DEFAULTS.concurrency) },
  'callback-patience': { type: 'string', default: String(DEFAULTS.callbackPatienceMs) },
  deadline: { type: 'string', default: String(DEFAULTS.deadlineMs) },
};

class UsageError extends Error {}

function readSettings(args) {
  let values;
  try {
    ({ values } = parseArgs({ args, options: OPTIONS }));
  } catch (error) {
    throw new UsageError(error.message);
  }
  for (const name of ['base-url', 'api-key', 'leads']) if (!values[name]) throw new UsageError(`--${name} is missing`);
  const number = (name) => {
    if (/^[1-9]\d*$/.test(values[name])) return Number(values[name]);
    throw new UsageError(`--${name} wants a number, not "${values[name]}"`);
  };
  return { ...values, concurrency: number('concurrency'), patience: number('callback-patience'),
           deadline: number('deadline') };
}

async function run(settings) {
  const leads = JSON.parse(await readFile(settings.leads, 'utf8'));
  const client = new EnrichmentClient({ baseUrl: settings['base-url'], apiKey: settings['api-key'] });
  const receiver = settings['no-callbacks'] ? undefined : new CallbackReceiver();
  const callbackUrl = await receiver?.start();
  try {
    return await enrichLeads({ client, leads, receiver, callbackUrl, concurrency: settings.concurrency,
                               callbackPatienceMs: settings.patience, deadlineMs: settings.deadline });
  } finally {
    await receiver?.stop();
  }
}

function summary({ counts, credits: { before, completed, after, uncertain, reconciled }, callbacks, stopped }) {
  const lines = [Object.entries(counts).map(([status, n]) => `${n} ${status}`).join(', ') || 'no leads'];
  if (callbacks) lines.push(`${callbacks.deliveries} callbacks delivered, ${callbacks.duplicates} of them repeated`);
  if (stopped) lines.push(`stopped: ${stopped}`);
  const unseen = uncertain ? ` - at most ${uncertain} unseen` : '';
  lines.push(`credits: ${before} - ${completed}${unseen} = ${after}${reconciled ? '' : ' is wrong'}`);
  return lines.join('\n');
}

async function main(args) {
  try {
    const settings = readSettings(args);
    const report = await run(settings);
    console.log(settings.json ? JSON.stringify(report, null, 2) : summary(report));
    for (const problem of report.problems) console.error(`problem: ${problem}`);
    return report.problems.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`lead-enricher: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
