'use strict';
const { MockCallError, MockConnectionError, MockError, MockStartError, VerifyError } = require('./errors.cjs');
const { connectMock, startMock } = require('./mock.cjs');

module.exports = { MockCallError, MockConnectionError, MockError, MockStartError, VerifyError, connectMock, startMock };
