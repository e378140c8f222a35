const { test } = require('enrichment-mock/jest');

const { failing, retried } = require('../suites.cjs');

const equal = (actual, expected) => expect(actual).toBe(expected);
failing({ test, equal, testWithin: (timeout, title, body) => test(title, body, timeout) });
jest.retryTimes(1);
retried({ test, equal });
