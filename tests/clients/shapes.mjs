// What the API's documentation promises about each response, checked exactly: these fields and no others, these
// values. Every function returns its argument, or throws a ShapeError that names the response and the error.

export class ShapeError extends Error {
  name = 'ShapeError';
}

const ID = /^[0-9a-f]{24}$/;
const RUNNING = ['pending', 'processing'];
const RESOLVED = ['completed', 'not-found', 'failed'];
const NOTIFIED = ['completed', 'not-found'];

const show = (value) => JSON.stringify(value) ?? String(value);

function demand(condition, what, problem) {
  if (!condition) throw new ShapeError(`${what}: ${problem}`);
}

function checkFields(what, object, required, optional = []) {
  const isObject = object !== null && typeof object === 'object' && !Array.isArray(object);
  demand(isObject, what, `no JSON object: ${show(object)}`);
  for (const name of required) demand(Object.hasOwn(object, name), what, `"${name}" is missing`);
  for (const name of Object.keys(object)) {
    demand(required.includes(name) || optional.includes(name), what, `"${name}" is not documented`);
  }
}

function checkText(what, object, name) {
  demand(typeof object[name] === 'string' && object[name] !== '', what, `"${name}" is no text: ${show(object[name])}`);
}

function checkId(what, object, name) {
  demand(ID.test(object[name]), what, `"${name}" is not 24 hex digits: ${show(object[name])}`);
}

function checkStatus(what, status, allowed) {
  demand(allowed.includes(status), what, `"status" is ${show(status)}, not one of ${allowed.join(', ')}`);
}

// The common part of a resolved poll and a callback.
function checkResult(what, result) {
  const type = /^(work|personal)_email$/.exec(result.enrichment_type)?.[1];
  demand(type, what, `"enrichment_type" is ${show(result.enrichment_type)}`);
  checkText(what, result, 'linkedin_url');
  if (Object.hasOwn(result, 'external_id')) checkText(what, result, 'external_id');
  if (result.status !== 'completed') {
    demand(result.email === null, what, `"email" of a ${result.status} lookup is ${show(result.email)}, not null`);
    return;
  }
  checkFields(`${what}, "email"`, result.email, ['email', 'type']);
  demand(/^[^\s@]+@[^\s@]+$/.test(result.email.email), what, `no e-mail address: ${show(result.email.email)}`);
  demand(result.email.type === type, what, `a ${show(result.email.type)} address in a ${result.enrichment_type}`);
}

export function checkContentType(what, header) {
  demand(/^application\/json *(; *charset=utf-8)?$/i.test(header ?? ''), what, `content type is ${show(header)}`);
}

export function checkAccepted(body) {
  const what = 'answer to a request';
  checkFields(what, body, ['_id', 'status', 'linkedin_url']);
  checkId(what, body, '_id');
  checkStatus(what, body.status, ['pending']);
  checkText(what, body, 'linkedin_url');
  return body;
}

export function checkPoll(body) {
  const what = 'answer to a poll';
  if (RUNNING.includes(body?.status)) {
    checkFields(what, body, ['_id', 'status', 'linkedin_url']);
    checkText(what, body, 'linkedin_url');
  } else {
    checkFields(what, body, ['_id', 'status', 'enrichment_type', 'email', 'linkedin_url'], ['external_id']);
    checkStatus(what, body.status, RESOLVED);
    checkResult(what, body);
  }
  checkId(what, body, '_id');
  return body;
}

export function checkCredits(body) {
  const what = 'answer to a credits request';
  checkFields(what, body, ['balance']);
  demand(Number.isSafeInteger(body.balance) && body.balance >= 0, what, `"balance" is ${show(body.balance)}`);
  return body;
}

export function checkCallback(body) {
  const what = 'callback';
  checkFields(what, body, ['request_id', 'status', 'enrichment_type', 'email', 'linkedin_url'], ['external_id']);
  checkId(what, body, 'request_id');
  checkStatus(what, body.status, NOTIFIED);
  checkResult(what, body);
  return body;
}

// Checks that a response belongs to that lead. `result` has passed one of the checks above.
export function checkBelongs(result, lead) {
  const what = `result of ${lead.linkedin_url}`;
  demand(result.linkedin_url === lead.linkedin_url, what, `it is about ${show(result.linkedin_url)}`);
  if (RUNNING.includes(result.status)) return result;
  demand(result.enrichment_type === `${lead.type}_email`, what, `${result.enrichment_type}, not the ${lead.type} one`);
  demand(result.external_id === lead.external_id, what, `external_id is ${show(result.external_id)}`);
  return result;
}

export const isResolved = (status) => RESOLVED.includes(status);
