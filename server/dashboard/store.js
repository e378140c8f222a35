// Of the team that is looked at, before anything is known of it.
export const EMPTY = {
  selected: null, // { kind: 'enrichment' | 'request', id }
  clock: null, // { mode, scale, now, readAt }
  enrichments: [], // the latest first, as the calls
  older: null, // one that is selected and not among these
  callbacks: [],
  requests: [],
  movements: [],
  scenario: null,
  loaded: false,
};

// What the page knows, in one place. Changes are shown at the next animation frame, however many come before it.
export class Store {
  #shows = [];
  #scheduled = false;
  #indexed;
  #origins = new Map();

  state = {
    link: 'connecting', // connecting | live | lost | refused
    server: null, // { version, started }
    teams: [],
    chosen: null, // a team's id; null: all are looked at
    view: 'timeline',
    notice: '',
    ...EMPTY,
  };

  set(changes) {
    Object.assign(this.state, changes);
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      for (const show of this.#shows) show(this.state);
    });
  }

  // `show(state)` is called after changes.
  onChange(show) {
    this.#shows.push(show);
  }

  get team() {
    return this.state.teams.find(({ id }) => id === this.state.chosen);
  }

  // The call that an enrichment came from, if the journal has it.
  requestOf(id) {
    const { requests } = this.state;
    if (this.#indexed !== requests) {
      this.#indexed = requests;
      this.#origins = new Map(
        requests
          .filter(({ method, enrichment_id: each }) => each && method === 'POST')
          .map((each) => [each.enrichment_id, each]),
      );
    }
    return this.#origins.get(id);
  }

  // As an enrichment shows it only once it has resolved, and its request from the start.
  externalIdOf(enrichment) {
    return enrichment.external_id ?? this.requestOf(enrichment._id)?.body?.external_id;
  }

  // The team's time, now.
  teamNow() {
    const { clock } = this.state;
    if (!clock) return Date.now();
    const passed = clock.mode === 'running' ? (performance.now() - clock.readAt) * clock.scale : 0;
    return clock.now + passed;
  }
}
