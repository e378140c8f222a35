// What both programs get, and how they check results.

export interface Given {
  url: string; // of a mock with a manual clock
  key: string; // of a new team that runs the scenario "default"
  fetch: typeof globalThis.fetch;
}

export function check(holds: boolean): asserts holds {
  if (!holds) throw new Error('the check failed');
}

// `expected` must be a value that the type of `actual` allows: a word that the document does not have is an error.
export function equal<T>(actual: T, expected: NoInfer<T>): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new Error(`expected ${wanted}, found ${found}`);
}

// The body of a successful response.
export function ok<T>(result: { data?: T | undefined; error?: unknown }): T {
  if (result.data === undefined) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.data;
}

// The body of a response with an error.
export function refused<E>(result: { data?: unknown; error?: E | undefined }): E {
  if (result.error === undefined) throw new Error(`not refused: ${JSON.stringify(result.data)}`);
  return result.error;
}
