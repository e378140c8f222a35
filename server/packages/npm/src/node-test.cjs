// For node:test. The function of a test gets { mock, team } and then the context of node:test.
'use strict';
const nodeTest = require('node:test');

const { checkSuiteOptions, runTest } = require('./suite.cjs');

function createTest(options = {}) {
  checkSuiteOptions(options);
  const wrap = (original) => (...args) => {
    const body = args.pop();
    if (typeof body !== 'function') return original(...args, body);
    const [title = body.name] = args.filter((each) => typeof each === 'string');
    return original(...args, (context) => run(options, context, title, body));
  };
  const { only, skip, todo } = nodeTest.test;
  return Object.assign(wrap(nodeTest.test), { only: wrap(only), skip: wrap(skip), todo: wrap(todo) });
}

function run(options, context, title, body) {
  const file = context.filePath ?? process.argv[1] ?? process.cwd();
  const test = { file, fullName: context.fullName ?? title, title };
  const onEnd = (end) => context.signal.addEventListener('abort', end, { once: true });
  return runTest(options, test, (fixtures) => body(fixtures, context), onEnd);
}

module.exports = { createTest, test: createTest() };
