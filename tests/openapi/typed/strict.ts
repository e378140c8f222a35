// What does not compile, because the types are exact: in each line, one thing is wrong.
import type { components } from './enrichment-mock.js';
import type * as hey from './enrichment-mock/index.js';

type Schemas = components['schemas'];
const url = 'https://www.linkedin.com/in/ada';

export function wrong(enrichment: Schemas['Enrichment'], sameInHey: hey.Enrichment, entry: hey.JournalEntry): unknown[] {
  return [
    // @ts-expect-error -- a word that the document does not have
    { outcome: 'done' } satisfies Schemas['Resolution'],
    // @ts-expect-error
    { outcome: 'done' } satisfies hey.Resolution,
    // @ts-expect-error -- a field is missing
    { linkedin_url: url } satisfies Schemas['EnrichmentRequest'],
    // @ts-expect-error
    { linkedin_url: url } satisfies hey.EnrichmentRequest,
    // @ts-expect-error -- a misspelt key
    { name: 'mine', callback: { maxAttempts: 2 } } satisfies Schemas['Scenario'],
    // @ts-expect-error
    { name: 'mine', callback: { maxAttempts: 2 } } satisfies hey.Scenario,
    // @ts-expect-error -- a pending enrichment has no email
    enrichment.email,
    // @ts-expect-error
    sameInHey.email,
    // @ts-expect-error -- null
    enrichment.rule.length,
    // @ts-expect-error
    sameInHey.rule.length,
    // @ts-expect-error -- any JSON
    entry.body.type,
  ];
}
