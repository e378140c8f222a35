// Mocks that cannot start. A test's report shows why.
import { createTest } from 'enrichment-mock/vitest';

const { TAKEN_PORT, BROKEN_SCENARIO } = process.env;
createTest({ mock: { args: ['--port', TAKEN_PORT] } })('the port is taken', ({ team }) => team.settle());
createTest({ mock: { scenario: BROKEN_SCENARIO } })('the scenario is wrong', ({ team }) => team.settle());
createTest({ mock: { scenaro: 'default' } })('an option is misspelt', ({ team }) => team.settle());
