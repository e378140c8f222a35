// The types of this package. Responses and bodies have types that are generated from the OpenAPI document of the mock.
/// <reference lib="esnext.disposable" />
import type { components, operations } from './openapi.js';

/** Every schema of the OpenAPI document, such as `Schemas['Enrichment']`. */
export type Schemas = components['schemas'];

type Query<Operation extends keyof operations> = NonNullable<operations[Operation]['parameters']['query']>;
type Filter<Operation extends keyof operations> =
  Omit<Query<Operation>, 'team' | 'limit' | 'last' | 'after' | 'wait' | 'timeout'>;

export type RequestFilter = Filter<'listRequests'>;
export type EnrichmentFilter = Filter<'listEnrichments'>;
export type CallbackFilter = Filter<'listCallbacks'>;

/** A number with a unit, of real time: `500ms`, `10s`. */
export interface Timeout { timeout?: Schemas['Duration'] }

export interface StartOptions {
  /** A shipped scenario or a file; the first one is the default scenario. */
  scenario?: string | readonly string[];
  /** A directory: every scenario in it is loaded. */
  scenarios?: string;
  /** `manual` (the default): team time stands still until a test moves it. */
  clock?: 'manual' | 'running';
  /** Makes ids and random choices reproducible. */
  seed?: number | bigint;
  /** The opening balance of every team. */
  credits?: number;
  /** More flags of the program. */
  args?: readonly string[];
  /** The path of the program, instead of the installed program. */
  binary?: string;
}

export interface ConnectOptions {
  url: string;
  /** The mock's `--admin-token`. */
  adminToken?: string;
  /** The scenario of teams that name none, instead of the mock's default scenario. */
  scenario?: string;
}

/** Starts a mock. If `ENRICHMENT_MOCK_URL` is set, it connects to the mock there instead. */
export function startMock(options?: StartOptions): Promise<Mock>;

/** Connects to a mock that already runs. */
export function connectMock(options: ConnectOptions): Promise<Mock>;

export interface Mock extends AsyncDisposable {
  /** The base URL for your client, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly adminUrl: string;
  /** The team of a new API key, which runs this scenario or the default one. */
  team(name: string, options?: { scenario?: string }): Team;
  /** The team of exactly this API key. */
  teamWithKey(apiKey: string): Team;
  /** Ends a mock that was started; one that ran before goes on. */
  stop(): Promise<void>;
}

export type Wait = Timeout & (
  | { enrichment: string; status: Schemas['Status'] | readonly Schemas['Status'][] }
  | { callbacks: Schemas['CallbackState'] | readonly Schemas['CallbackState'][]; count?: number } & CallbackFilter
  | { requests: number } & RequestFilter
  | { received: string; count?: number });

type Waited<W extends Wait> =
  W extends { enrichment: string } ? Schemas['Enrichment']
  : W extends { callbacks: unknown } ? Schemas['Callback'][]
  : W extends { requests: number } ? Schemas['JournalEntry'][]
  : Schemas['ReceivedRequest'][];

/** What one API key opens: its own enrichments, credits, clock and journal. Each list has all pages. */
export interface Team {
  readonly apiKey: string;
  /** The base URL for your client. */
  readonly url: string;
  /** Moves a manual clock, by a duration or to the next due time, and returns when everything that was due is done. */
  advance(by: Schemas['Duration'] | 'next', options?: Timeout): Promise<Schemas['Advanced']>;
  /** Returns when nothing more will happen by itself; at most after 4 s, unless `timeout` says otherwise. */
  settle(options?: Timeout): Promise<Schemas['Settled']>;
  /** Throws a VerifyError unless the expectations hold; without expectations, it checks the scenario's own. */
  verify(expect?: Schemas['Expectation'] | readonly Schemas['Expectation'][], options?: Timeout):
    Promise<Schemas['Verdict'] | Schemas['ScenarioVerdict']>;
  /**
   * What the client does wrong. `finished`: it makes no more calls, so that what it has not done by now counts.
   * `ignore`: rules that are not checked.
   */
  advice(options?: { ignore?: Schemas['AdviceRule'] | readonly Schemas['AdviceRule'][]; finished?: boolean }):
    Promise<Schemas['Advice']>;
  /** Waits for a status, callbacks, requests, or what the sink receives; at most 4 s, unless `timeout` says otherwise. */
  waitFor<const W extends Wait>(what: W): Promise<Waited<W>>;
  /** Puts a rule before the scenario's rules, for the next `times` calls that match (1). */
  addRule(rule: Schemas['ScenarioRule'], options?: { times?: number }): Promise<Schemas['AddedRule']>;
  /** Creates an enrichment with the status that you choose. */
  seed(enrichment: Schemas['SeededEnrichment']): Promise<Schemas['Enrichment']>;
  /** Ends a lookup now. */
  resolve(id: string, outcome: Schemas['Outcome'] | Schemas['Resolution']): Promise<Schemas['Enrichment']>;
  /** Makes one more attempt to deliver a callback. */
  redeliver(callbackId: string): Promise<Schemas['Callback']>;
  credits(): Promise<number>;
  /** Sets the balance, or changes it by `{ add }`. Returns the new balance. */
  setCredits(change: number | Schemas['CreditsChange']): Promise<number>;
  requests(filter?: RequestFilter): Promise<Schemas['JournalEntry'][]>;
  enrichments(filter?: EnrichmentFilter): Promise<Schemas['Enrichment'][]>;
  callbacks(filter?: CallbackFilter): Promise<Schemas['Callback'][]>;
  ledger(): Promise<Schemas['Movement'][]>;
  /** The URL of a receiver of callbacks inside the mock. */
  sinkUrl(name: string): string;
  /** What that receiver got for this team. */
  received(name: string): Promise<Schemas['ReceivedRequest'][]>;
  /** Everything in one document. */
  snapshot(): Promise<Schemas['Snapshot']>;
  /** Continues with a team of a snapshot; `team`: its id there, if there are several. */
  restore(snapshot: Schemas['Snapshot'], options?: { team?: string }): Promise<Schemas['RestoredTeam']['restored']>;
  /** Starts the team again. */
  reset(): Promise<void>;
  /** The events from now on, or those after `lastEventId`. */
  events(options?: { lastEventId?: string | number }): EventStream;
  /** Any other control call, with the path after `/__admin/`. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** Leave the loop over it, or call `return()`, to end it. It connects again by itself. */
export interface EventStream extends AsyncIterableIterator<Schemas['Event']> {
  /** Fulfilled once no event is missed any more. */
  readonly ready: Promise<void>;
  return(): Promise<IteratorReturnResult<undefined>>;
}

export class MockError extends Error {}

/** The mock could not be started, or the one that runs elsewhere cannot be used. */
export class MockStartError extends MockError {}

/** The mock did not answer. */
export class MockConnectionError extends MockError {}

/** The mock refused a call, or a wait was too long. */
export class MockCallError extends MockError {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** The mock's response. */
  readonly body: unknown;
}

/** Expectations do not hold. */
export class VerifyError extends MockCallError {
  readonly body: Schemas['Verdict'] | Schemas['ScenarioVerdict'];
  readonly failures: Schemas['Failure'][] | Schemas['ScenarioFailure'][];
  readonly open: Schemas['OpenLookup'][];
}
