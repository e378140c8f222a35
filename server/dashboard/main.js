// Connects the parts of the page: events update the store, the store updates the views, and the views call the API.
import { Actions } from './actions.js';
import { readAddress, writeAddress } from './address.js';
import { Advice } from './advice.js';
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
const keys = new Map(); // by team id; keys that the user has typed
let follow = location.hash === ''; // no team is chosen: show the first one that appears

const context = {
  api,
  store,
  choose,
  actions: new Actions(api, byId('strip'), () => sync.markAll()),
  refresh: () => store.set({}),
  readAdvice: () => sync.mark('advice'),
  select,
  keyOf: (team) => keys.get(team),
  rememberKey: (team, key) => keys.set(team, key),
  teamName: (id) => (id ? nameOf(store.state.teams.find((team) => team.id === id) ?? { name: id }) : 'no team'),
  // An empty state with a command for the selected team, or for a new team.
  empty: (title) =>
    empty(title, {
      origin: api.origin,
      key: store.state.chosen ? keys.get(store.state.chosen) : 'demo',
      maskedKey: store.team?.key,
    }),
  showCallsOf(id) {
    views.journal.find(id);
    showView('journal');
  },
};
const views = {
  timeline: new Timeline(context),
  journal: new Journal(context),
  callbacks: new Callbacks(context),
  credits: new Credits(context),
  scenario: new Script(context),
  advice: new Advice(context),
  teams: new Teams(context),
};
sync.adviceQuery = () => ({ finished: views.advice.finished });
const frame = new Frame(views, showView);
const clock = new ClockBar(byId('clock'), context);
const detail = new Detail(byId('detail'), context);
const choice = new TeamChoice(byId('team'), (id) => choose(id));

// `team`: the team's data, if the list does not contain it yet.
function choose(id, team) {
  follow = false;
  const { teams, view } = store.state;
  const known = team && !teams.some((each) => each.id === id) ? [...teams, team] : teams;
  store.set({ ...EMPTY, teams: known, chosen: id, view: viewFor(id, id ? view : undefined), notice: '' });
  saveAddress();
  sync.markAll();
}

// An enrichment that is too old for the list is read separately.
function select(kind, id) {
  store.set({ selected: kind ? { kind, id } : null });
  const { enrichments, chosen } = store.state;
  if (kind !== 'enrichment' || enrichments.some(({ _id }) => _id === id)) return;
  api
    .call({ path: `enrichments/${id}`, team: chosen })
    .then((older) => store.set({ older }))
    .catch(({ message }) => store.set({ notice: message }));
}

function showView(view) {
  store.set({ view });
  if (view === 'advice') sync.mark('advice');
  saveAddress();
  scrollTo(0, 0);
}

const saveAddress = () => writeAddress({ team: store.state.chosen, view: store.state.view });

sync.onGone = () => {
  const { chosen, teams } = store.state;
  choose(null);
  choice.awaitReturn();
  store.set({
    teams: teams.filter(({ id }) => id !== chosen),
    notice: 'This team no longer exists: the server was restarted or has closed the team. It appears again when its key is used.',
  });
};

// Selects the first team that appears, or the team that was selected before the server was restarted.
function selectNewTeam({ teams, chosen }) {
  if (chosen) return;
  const back = choice.returned(teams);
  if (back || (follow && teams.length)) choose((back ?? teams.at(-1)).id);
}

// Without a status, the server did not respond. With a status, it refused the call, and the message says why.
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
    ...(restarted ? { ...EMPTY, teams: [], notice: 'The server was restarted. All teams were reset.' } : {}),
  });
  sync.markAll();
}

store.onChange((state) => frame.show(state));
store.onChange((state) => choice.show(state));
store.onChange((state) => clock.show(state));
store.onChange((state) => detail.show(state)); // before the view, because it changes the width of the view
store.onChange((state) => views[state.view].show(state));
store.onChange(selectNewTeam);

// Redraw the timeline while a clock runs.
setInterval(() => {
  const { clock: now, view, enrichments } = store.state;
  const moves = now?.mode === 'running' && view === 'timeline' && enrichments.some(({ status }) => isOpen(status));
  if (moves && !document.hidden) store.set({});
}, 250);
addEventListener('resize', () => store.set({}));

const { team, view } = readAddress();
store.set({ chosen: team, view: viewFor(team, view) });
new EventStream(api, {
  open: () => connected().catch(lost),
  events: (events) => sync.onEvents(events),
  lost,
}).start();
