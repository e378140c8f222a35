// The errors of this package. Each message is complete, because a test's report often shows nothing else.
'use strict';

class MockError extends Error {
  constructor(message) {
    super(message);
    this.name = this.constructor.name;
    hideOwnFrames(this);
  }
}

// The mock could not be started, or the one that runs elsewhere cannot be used.
class MockStartError extends MockError {}

// The mock did not answer.
class MockConnectionError extends MockError {}

// The mock refused a control call, or a wait was too long. `status` and `body` are its response.
class MockCallError extends MockError {
  constructor({ method, path, apiKey, status, body }, message = describe(body)) {
    super(`${method} ${path}${apiKey ? ` of team ${apiKey}` : ''}: ${status}, ${message}`);
    Object.assign(this, { method, path, status });
    Object.defineProperty(this, 'body', { value: body }); // not enumerable, because reports would print it after the message
  }
}

// Expectations do not hold. `failures` says which, and what came nearest.
class VerifyError extends MockCallError {
  constructor(call) {
    const { failures, open } = call.body;
    super(call, `${failures.length === 1 ? 'an expectation does' : `${failures.length} expectations do`} not hold\n${
      [...failures.map(describeFailure), ...describeOpen(open)].join('\n')}`);
  }

  get failures() {
    return this.body.failures;
  }

  get open() {
    return this.body.open;
  }
}

function describe(body) {
  if (typeof body !== 'object' || body === null) return `unexpected response ${JSON.stringify(body)}`;
  const problems = (body.problems ?? []).map(({ line, column, pointer, message }) =>
    `  ${line ? `${line}:${column}: ` : ''}${pointer}: ${message}`);
  const text = body.message ?? 'the timeout was reached';
  return [text, ...problems, ...describeOpen(body.open ?? [])].join('\n');
}

function describeFailure({ expectation, message, nearest }) {
  const which = expectation === undefined ? '' : `expectation ${expectation}: `;
  return `  ${which}${message}${nearest ? `\n    nearest: ${describeNearest(nearest)}` : ''}`;
}

function describeNearest({ request, id, differs, reason }) {
  const what = request === undefined ? `callback ${id}` : `request ${request} of the journal`;
  return `${what}: ${reason ?? differs.join('; ')}`;
}

const WHY = {
  pending: 'waits for its time',
  polls: 'waits for polls',
  forever: 'never ends',
  delivering: 'has a callback that is not done',
};

// A scenario may leave thousands open.
function describeOpen(open) {
  const shown = open.slice(0, 10).map(({ id, why }) => `  open: enrichment ${id} ${WHY[why] ?? why}`);
  return open.length > shown.length ? [...shown, `  open: ${open.length - shown.length} more`] : shown;
}

// A report shows the code of the first frame: that must be the test's.
function hideOwnFrames(error) {
  if (typeof error.stack !== 'string') return;
  error.stack = error.stack.split('\n').filter((line) => !(/^\s+at /.test(line) && line.includes(__dirname))).join('\n');
}

// Adds a line to what a report shows of an error. Returns false if that is not possible.
function addToMessage(error, text) {
  if (typeof error?.message !== 'string') return false;
  const { message } = error;
  try {
    hideOwnFrames(error);
    error.message = `${message}\n${text}`;
    if (typeof error.stack === 'string') error.stack = error.stack.replace(message, () => error.message);
  } catch {
    return false;
  }
  return error.message !== message;
}

module.exports = { MockError, MockStartError, MockConnectionError, MockCallError, VerifyError, addToMessage };
