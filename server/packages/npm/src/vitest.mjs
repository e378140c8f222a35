// For Vitest: its test with the fixtures `mock` and `team`.
import { test as base } from 'vitest';

import suite from './suite.cjs';

const namesOf = ({ name, suite: parent }) => [...(parent ? namesOf(parent) : []), name];

// A failed try of a test adds to its errors. Vitest has copied them by now, so any of them can be extended.
async function reportFailure(task, errorsBefore, team) {
  const errors = task.result?.errors?.slice(errorsBefore) ?? [];
  if (errors.length === 0) return;
  const line = await suite.saveSnapshot(team);
  if (!suite.addToMessage(errors[0], line)) console.error(line);
}

export function createTest(options = {}) {
  suite.checkSuiteOptions(options);
  return base.extend({
    enrichmentMock: async ({ task }, use) => {
      const { errors = [], retryCount = 0, repeatCount = 0 } = task.result ?? {};
      const fullName = [task.file.projectName, ...namesOf(task), repeatCount].join(' > ');
      const errorsBefore = errors.length;
      const test = { file: task.file.filepath, fullName, title: task.name, retry: retryCount };
      const fixtures = await suite.openFixtures(options, test);
      await use(fixtures);
      await reportFailure(task, errorsBefore, fixtures.team);
    },
    mock: async ({ enrichmentMock }, use) => use(enrichmentMock.mock),
    team: async ({ enrichmentMock }, use) => use(enrichmentMock.team),
  });
}

export const test = createTest();
