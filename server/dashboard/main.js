// Wires the page: the stream of events to the store, the store to the views, the views to the control API.
import { Actions } from './actions.js';
import { Api } from './api.js';
import { Callbacks } from './callbacks.js';
import { ClockBar } from './clock.js';
import { Credits } from './credits.js';
import { Detail } from './detail.js';
import { empty } from './empty.js';
import { EventStream } from './events.js';
import { isOpen } from './format.js';
import { Frame, viewFor } from './frame.js';
import { Journal } from './journal.js';
import { place, setPlace } from './place.js';
import { Script } from './script.js';
import { EMPTY, Store } from './store.js';
import { Sync } from './sync.js';
import { TeamChoice } from './choice.js';
import { nameOf, Teams } from './teams.js';
import { Timeline } from './timeline.js';
import { askForToken } from './token.js';

const byId = (id) => document.getElementById(id);
const store = new Store();
const api = new Api();
api.onTokenNeeded = askForToken(api);
const sync = new Sync(api, store);
const keys = new Map(); // by team id, of those that were typed here
let follow = location.hash === ''; // nobody has chosen yet: the first team that appears is looked at

const context = {
  api,
  store,
  choose,
  actions: new Actions(api, byId('strip'), () => sync.markAll()),
  refresh: () => store.set({}),
  select,
  keyOf: (team) => keys.get(team),
  rememberKey: (team, key) => keys.set(team, key),
  teamName: (id) => (id ? nameOf(store.state.teams.find((team) => team.id === id) ?? { name: id }) : 'no team'),
  // For the team that is looked at; without one, for a new one.
  empty: (title) =>
    empty(title, {
      origin: api.origin,
      key: store.state.chosen ? keys.get(store.state.chosen) : 'demo',
      maskedKey: store.team?.key,
    }),
  showCallsOf(id) {
    views.journal.find(id);
    look('journal');
  },
};
const views = {
  timeline: new Timeline(context),
  journal: new Journal(context),
  callbacks: new Callbacks(context),
  credits: new Credits(context),
  scenario: new Script(context),
  teams: new Teams(context),
};
const frame = new Frame(views, look);
const clock = new ClockBar(byId('clock'), context);
const detail = new Detail(byId('detail'), context);
const choice = new TeamChoice(byId('team'), (id) => choose(id));

// `team`: what is known of it, if the list doesn't have it yet.
function choose(id, team) {
  follow = false;
  const { teams, view } = store.state;
  const known = team && !teams.some((each) => each.id === id) ? [...teams, team] : teams;
  store.set({ ...EMPTY, teams: known, chosen: id, view: viewFor(id, id ? view : undefined), notice: '' });
  remember();
  sync.markAll();
}

// An enrichment that is older than those in the list is read by itself.
function select(kind, id) {
  store.set({ selected: kind ? { kind, id } : null });
  const { enrichments, chosen } = store.state;
  if (kind !== 'enrichment' || enrichments.some(({ _id }) => _id === id)) return;
  api
    .call({ path: `enrichments/${id}`, team: chosen })
    .then((older) => store.set({ older }))
    .catch(({ message }) => store.set({ notice: message }));
}

function look(view) {
  store.set({ view });
  remember();
  scrollTo(0, 0);
}

const remember = () => setPlace({ team: store.state.chosen, view: store.state.view });

sync.onGone = () => {
  const { chosen, teams } = store.state;
  choose(null);
  choice.awaitReturn();
  store.set({
    teams: teams.filter(({ id }) => id !== chosen),
    notice: 'That team is gone: the server was restarted, or has let it go. It is shown again once its key is used.',
  });
};

// Takes up the first team that appears, or the one that was looked at before the server was restarted.
function followTeams({ teams, chosen }) {
  if (chosen) return;
  const back = choice.returned(teams);
  if (back || (follow && teams.length)) choose((back ?? teams.at(-1)).id);
}

// Without an answer the server is away for a moment. What it refuses it says why, and which setting changes that.
function lost(error) {
  store.set(error?.status ? { link: 'refused', notice: error.message } : { link: 'lost' });
}

async function connected() {
  const before = store.state.server;
  const { version, started } = await api.call({ path: 'health' });
  const restarted = before !== null && before.started !== started;
  store.set({
    link: 'live',
    server: { version, started },
    notice: '',
    ...(restarted ? { ...EMPTY, teams: [], notice: 'The server was restarted: all teams begin anew.' } : {}),
  });
  sync.markAll();
}

store.onChange((state) => frame.show(state));
store.onChange((state) => choice.show(state));
store.onChange((state) => clock.show(state));
store.onChange((state) => detail.show(state)); // before the view, whose width goes by it
store.onChange((state) => views[state.view].show(state));
store.onChange(followTeams);

// What moves by itself on a running clock.
setInterval(() => {
  const { clock: now, view, enrichments } = store.state;
  const moves = now?.mode === 'running' && view === 'timeline' && enrichments.some(({ status }) => isOpen(status));
  if (moves && !document.hidden) store.set({});
}, 250);
addEventListener('resize', () => store.set({}));

const { team, view } = place();
store.set({ chosen: team, view: viewFor(team, view) });
new EventStream(api, {
  open: () => connected().catch(lost),
  events: (events) => sync.hear(events),
  lost,
}).start();
