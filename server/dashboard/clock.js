// The team's clock with its buttons, and the buttons that affect a whole team.
import { el, pill, replace } from './dom.js';
import { clockTime, day } from './format.js';

const DURATION = /^(0|[1-9]\d*)(\.\d+)?(us|ms|s|m|h)$/;

export class ClockBar {
  #context;
  #node;
  #time = el('time', { class: 'time' });
  #day = el('span', { class: 'hint' });
  #mode = el('span');
  #by = el('input', {
    class: 'short',
    value: '1s',
    'aria-label': 'Advance by',
    spellcheck: 'false',
    title: 'A duration such as 500ms, 10s or 1h',
  });
  #scale = el('input', {
    class: 'short',
    type: 'number',
    value: '1',
    min: '0.001',
    step: 'any',
    'aria-label': 'Scale',
  });
  #ofTeam;
  #manualOnly;

  constructor(node, context) {
    this.#context = context;
    this.#node = node;
    const button = (label, make, more) =>
      context.actions.button(label, () => make(context.store.state.chosen ?? undefined), more);
    const onClock = (body) => (team) => ({ method: 'PUT', path: 'clock', team, body });
    this.pause = button('Pause', onClock({ mode: 'manual' }));
    this.#manualOnly = [
      button('Advance by', (team) => this.#advance(team)),
      button('To next', (team) => ({ method: 'POST', path: 'clock/advance', team, body: { to_next: true } })),
    ];
    this.#ofTeam = el(
      'div',
      { class: 'steer-clock' },
      el('div', { class: 'face' }, this.#time, el('div', {}, this.#mode, this.#day)),
      el(
        'div',
        { class: 'steer-group' },
        this.pause,
        button('Run at ×', (team) => onClock({ mode: 'running', scale: this.#scale.valueAsNumber })(team)),
        this.#scale,
      ),
      el(
        'div',
        { class: 'steer-group' },
        this.#manualOnly[0],
        this.#by,
        this.#manualOnly[1],
        button('Settle', (team) => ({ method: 'POST', path: 'settle', team, body: {} })),
      ),
    );
    this.reset = button('Reset', (team) => ({ method: 'POST', path: 'reset', team }), { kind: 'danger' });
    const snapshot = button('Snapshot', (team) => ({ method: 'GET', path: 'snapshot', team }), {
      then: (text) => download(text),
    });
    replace(node, this.#ofTeam, el('div', { class: 'steer-group' }, this.reset, snapshot));
    setInterval(() => this.#tick(), 100);
  }

  show({ chosen, clock, loaded }) {
    this.#node.hidden = !loaded;
    this.#ofTeam.hidden = !chosen || !clock;
    this.reset.textContent = chosen ? 'Reset' : 'Reset all teams';
    if (!clock) return;
    const manual = clock.mode === 'manual';
    this.pause.disabled = manual;
    for (const each of this.#manualOnly) {
      each.disabled = !manual;
      each.title = manual ? '' : 'Only for a manual clock: pause the clock first';
    }
    const text = manual ? 'manual' : `running ×${clock.scale}`;
    if (this.#mode.textContent !== text) replace(this.#mode, pill(text, manual ? 'odd' : 'good'));
    this.#tick();
  }

  #tick() {
    const { store } = this.#context;
    if (!store.state.clock) return;
    const now = store.teamNow();
    this.#time.textContent = clockTime(now);
    this.#day.textContent = ` ${day(now)} UTC`;
  }

  #advance(team) {
    const by = this.#by.value.trim();
    const valid = DURATION.test(by);
    this.#by.setAttribute('aria-invalid', String(!valid));
    if (valid) return { method: 'POST', path: 'clock/advance', team, body: { by } };
    this.#context.actions.say(`"${by}" is not a duration such as 500ms, 10s or 1h`, 'bad');
    return undefined;
  }
}

function download(snapshot) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(snapshot, null, 2)], { type: 'application/json' }));
  el('a', { href: url, download: `enrichment-mock-${snapshot.time.replaceAll(':', '-')}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
