// The enrichment flow of an app: submits leads, gets each result by callback or by polling, checks the credits.
import { ApiError, ConnectionError, InsufficientCreditsError, UnreadableAnswerError } from './client.mjs';
import { backoff, sleep, withRetries } from './retry.mjs';
import { checkBelongs, isResolved } from './shapes.mjs';

export const DEFAULTS = {
  concurrency: 8,            // concurrent leads
  submitAttempts: 4,
  retry: { firstMs: 100, capMs: 5_000 },
  poll: { firstMs: 20, capMs: 2_000 },
  callbackPatienceMs: 5_000,  // then the app polls
  deadlineMs: 30_000,         // of a lead, from its acceptance; then the app gives up on it
};

// A lead: { linkedin_url, type, external_id?, callback? }. Unless `callback` is false it is called back, if there is a
// receiver. Returns the report; `problems` in it is empty when every lead is accounted for and the credits add up. A
// request whose response was lost may have been accepted, and may cost one more credit than the results say.
export async function enrichLeads({ client, leads, receiver, callbackUrl, wait = sleep, ...options }) {
  const settings = { ...DEFAULTS, ...options, wait };
  const run = { client, receiver, callbackUrl, settings, stopped: undefined, problems: [] };
  const before = await balance(run);
  const results = await mapLimited(leads, settings.concurrency, (lead) => enrichLead(run, lead));
  const after = await balance(run);
  return report(run, results, { before, after });
}

// In the order of `items`, at most `limit` at a time.
async function mapLimited(items, limit, work) {
  const results = new Array(items.length);
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

async function enrichLead(run, { callback = true, ...lead }) {
  const entry = { ...lead, status: 'unsubmitted', retries: [], unseen: 0 };
  if (run.stopped) return { ...entry, reason: run.stopped };
  const called = callback && run.receiver !== undefined;
  try {
    const accepted = await submit(run, entry, called ? { ...lead, callback_url: run.callbackUrl } : lead);
    entry.id = accepted._id;
  } catch (error) {
    return { ...entry, ...refused(run, lead, error) };
  }
  return { ...entry, ...await resolve(run, lead, entry.id, called).catch((error) => lost(run, lead, error)) };
}

function balance({ client, settings: { submitAttempts: attempts, retry, wait } }) {
  return withRetries(() => client.getCredits(), { attempts, ...retry, wait });
}

function submit(run, entry, request) {
  const attempt = () => run.client.requestEnrichment(request).catch((error) => {
    if (error.mayHaveArrived) entry.unseen += 1;
    throw error;
  });
  const onRetry = (error, waitMs) => entry.retries.push({ reason: error.status ?? error.message, waitMs });
  const { submitAttempts: attempts, retry, wait } = run.settings;
  return withRetries(attempt, { attempts, ...retry, wait, onRetry });
}

const GIVEN_UP = [ApiError, ConnectionError, UnreadableAnswerError];

// The result of a lead that the API did not accept.
function refused(run, lead, error) {
  if (error instanceof InsufficientCreditsError) {
    run.stopped ??= `out of credits: ${error.message}`;
    return { status: 'unsubmitted', reason: run.stopped };
  }
  if (GIVEN_UP.some((type) => error instanceof type)) {
    return { status: 'rejected', reason: `${error.name}: ${error.message}` };
  }
  return lost(run, lead, error);
}

// The result of a lead if a response of the API was invalid.
function lost(run, lead, error) {
  run.problems.push(`${lead.linkedin_url}: ${error.message}`);
  return { status: 'lost', reason: error.message };
}

async function resolve(run, lead, id, called) {
  const { callbackPatienceMs, deadlineMs } = run.settings;
  const deadline = Date.now() + deadlineMs;
  if (called) {
    const result = await run.receiver.result(id, AbortSignal.timeout(Math.min(callbackPatienceMs, deadlineMs)));
    if (result) return outcome(checkBelongs(result, lead), 'callback');
  }
  return poll(run, lead, id, deadline);
}

async function poll(run, lead, id, deadline) {
  const seen = [];
  for (const pauseMs of backoff(run.settings.poll)) {
    const { result, retryAfterMs = 0 } = await pollOnce(run, lead, id);
    if (result && result.status !== seen.at(-1)) seen.push(result.status);
    if (result && isResolved(result.status)) return { ...outcome(result, 'poll'), seen };
    const waitMs = Math.max(pauseMs, retryAfterMs);
    if (Date.now() + waitMs > deadline) break;
    await run.settings.wait(waitMs);
  }
  return { status: 'unresolved', reason: `still ${seen.at(-1) ?? 'unanswered'} at the deadline`, seen };
}

// No result if this poll failed and the next one may succeed.
async function pollOnce(run, lead, id) {
  try {
    return { result: checkBelongs(await run.client.getEnrichment(id), lead) };
  } catch (error) {
    if (error.retryable) return { retryAfterMs: error.retryAfterMs };
    throw error;
  }
}

const outcome = ({ status, email }, via) => ({ status, email, via });

function report(run, results, { before, after }) {
  const counts = {};
  for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
  const completed = counts.completed ?? 0, spent = before - after;
  const uncertain = results.reduce((sum, { unseen = 0 }) => sum + unseen, 0);
  const reconciled = completed <= spent && spent <= completed + uncertain;
  const credits = { before, after, completed, uncertain, reconciled };
  return { leads: results, counts, credits, callbacks: callbackReport(run), stopped: run.stopped,
           problems: [...run.problems, ...findProblems(run, results, credits)] };
}

function callbackReport({ receiver }) {
  if (!receiver) return undefined;
  const { deliveries, duplicates } = receiver;
  return { deliveries, results: receiver.results().length, duplicates };
}

function findProblems(run, results, credits) {
  const problems = results.filter(({ status }) => status === 'unresolved')
    .map(({ linkedin_url, id, reason }) => `${linkedin_url}: ${id} is ${reason}`);
  if (!credits.reconciled) {
    const { before, completed, after, uncertain } = credits;
    const unseen = uncertain ? ` (and at most ${uncertain} of requests that were accepted unseen)` : '';
    problems.push(`credits: ${before} before, ${completed} completed, ${after} after${unseen}`);
  }
  const unknown = findUnknown(results, run.receiver?.results() ?? []);
  problems.push(...unknown.map(({ request_id }) => `callback of unknown request ${request_id}`));
  return [...problems, ...(run.receiver?.problems ?? [])];
}

// The callbacks that belong neither to a known request nor to one whose response was lost.
function findUnknown(results, callbacks) {
  const known = new Set(results.map(({ id }) => id));
  const key = ({ linkedin_url, external_id }) => JSON.stringify([linkedin_url, external_id]);
  const unseen = new Map();
  for (const lead of results) unseen.set(key(lead), (unseen.get(key(lead)) ?? 0) + (lead.unseen ?? 0));
  return callbacks.filter((callback) => {
    if (known.has(callback.request_id)) return false;
    const left = unseen.get(key(callback)) ?? 0;
    unseen.set(key(callback), left - 1);
    return left < 1;
  });
}
