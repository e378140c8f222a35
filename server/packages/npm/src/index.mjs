import api from './index.cjs';

export const { MockCallError, MockConnectionError, MockError, MockStartError, VerifyError, connectMock, startMock } = api;
