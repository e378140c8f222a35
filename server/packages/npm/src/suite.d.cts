import type { Mock, StartOptions, Team } from './index.cjs';

export interface Fixtures {
  /** The mock of this worker. */
  mock: Mock;
  /** A team that only this test has. */
  team: Team;
}

export interface SuiteOptions {
  /** How the mock is started. Suites with equal options share a worker's mock. */
  mock?: StartOptions;
  /** The scenario of each test's team. */
  scenario?: string;
}
