// For Jest. The function of a test gets { mock, team }; with test.each, it gets them after the values of its row.
'use strict';
const runner = require('@jest/globals');

const { checkSuiteOptions, runTest } = require('./suite.cjs');

// How often each test has started. It starts again if jest.retryTimes() is set.
const starts = new Map();

let ends = [];
runner.afterEach(async () => {
  const ended = ends;
  ends = [];
  await Promise.all(ended.map((end) => end()));
});

function run(options, title, body) {
  const { currentTestName: fullName = title, testPath: file } = runner.expect.getState();
  const retry = starts.get(fullName) ?? 0;
  starts.set(fullName, retry + 1);
  return runTest(options, { file, fullName, title, retry }, body, (end) => ends.push(end));
}

function createTest(options = {}) {
  checkSuiteOptions(options);
  // Jest passes a callback to functions with a parameter, so the wrappers have none.
  const declare = (original, call) => (title, body, timeout) =>
    original(title, (...row) => run(options, title, (fixtures) => call(body, row, fixtures)), timeout);
  const wrap = (original) => {
    const wrapped = declare(original, (body, row, fixtures) => body(fixtures));
    wrapped.each = (...table) => declare(original.each(...table), (body, row, fixtures) => body(...row, fixtures));
    for (const name of ['only', 'skip', 'failing']) if (original[name]) wrapped[name] = wrap(original[name]);
    return wrapped;
  };
  return Object.assign(wrap(runner.test), { todo: (title) => runner.test.todo(title) });
}

module.exports = { createTest, test: createTest() };
