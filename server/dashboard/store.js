// The state of a selected team before its data is loaded.
export const EMPTY = {
  selected: null, // { kind: 'enrichment' | 'request', id }
  clock: null, // { mode, scale, now, readAt }
  enrichments: [], // latest first, like the requests
  older: null, // a selected enrichment that is not in the list
  callbacks: [],
  requests: [],
  movements: [],
  scenario: null,
  advice: null, // read while its view is open
  loaded: false,
};

// All state of the page. Changes are shown together at the next animation frame.
export class Store {
  #shows = [];
  #scheduled = false;
  #indexed;
  #origins = new Map();

  state = {
    link: 'connecting', // connecting | live | lost | refused
    server: null, // { version, started }
    teams: [],
    chosen: null, // a team's id; null: all teams
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

  // The call that created an enrichment, if the journal contains it.
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

  // An enrichment has it only after it has resolved, so it is also read from the request.
  externalIdOf(enrichment) {
    return enrichment.external_id ?? this.requestOf(enrichment._id)?.body?.external_id;
  }

  // The current time of the team.
  teamNow() {
    const { clock } = this.state;
    if (!clock) return Date.now();
    const passed = clock.mode === 'running' ? (performance.now() - clock.readAt) * clock.scale : 0;
    return clock.now + passed;
  }
}
