// The view of the advice: what the client does wrong, and the calls that show it.
import { el, pill, replace, clientText } from './dom.js';
import { plural } from './format.js';

const KINDS = { error: 'bad', warning: 'odd', note: 'calm' };

export class Advice {
  #context;
  #ended = el('input', { type: 'checkbox', change: () => this.#context.readAdvice() });
  #summary = el('p', { class: 'count', role: 'status' });
  #findings = el('div');
  #notChecked = el('div');
  #shown = '';

  constructor(context) {
    this.#context = context;
    this.node = el(
      'section',
      { class: 'view advice' },
      el(
        'div',
        { class: 'tools' },
        el('label', {}, this.#ended, ' The client has ended: what it has not done by now counts'),
        this.#summary,
      ),
      this.#findings,
      this.#notChecked,
    );
  }

  // The parameter of the call that reads the advice.
  get finished() {
    return this.#ended.checked ? 'true' : undefined;
  }

  show({ chosen, advice, requests, enrichments }) {
    const known = new Set([...requests.map(({ number }) => number), ...enrichments.map(({ _id }) => _id)]);
    const isKnown = (proof) => known.has(proof.request ?? enrichmentOf(proof));
    const shown = JSON.stringify([chosen, advice, advice?.findings.map(({ evidence }) => evidence.map(isKnown))]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (!advice) return replace(this.#findings), replace(this.#notChecked), replace(this.#summary);
    const { complete, reason, findings, not_checked: notChecked } = advice;
    replace(this.#summary, complete ? plural(findings.length, 'finding') : 'no advice');
    replace(
      this.#findings,
      !complete && el('p', { class: 'result bad' }, `Nothing can be said: ${reason}.`),
      complete && !findings.length && el('p', { class: 'empty' }, 'The client has done nothing wrong so far.'),
      findings.map((finding) => this.#build(finding, isKnown)),
    );
    replace(
      this.#notChecked,
      notChecked.length > 0 && el('h2', {}, 'Not checked'),
      notChecked.map(({ rule, reason: why }) => el('p', { class: 'hint' }, `${rule}: ${why}`)),
    );
  }

  #build({ rule, severity, title, explanation, evidence, count }, isKnown) {
    return el(
      'article',
      { class: 'card finding', 'data-rule': rule },
      el(
        'div',
        { class: 'card-head' },
        pill(severity, KINDS[severity]),
        el('strong', {}, title),
        el('span', { class: 'matches' }, count === 1 ? 'once' : `${count.toLocaleString('en')} times`),
      ),
      el('p', {}, clientText(explanation)),
      el(
        'div',
        { class: 'card-foot' },
        el('span', { class: 'hint' }, rule),
        evidence.map((proof) => this.#proof(proof, isKnown(proof))),
      ),
    );
  }

  // Opens the details of the call or of the callback's enrichment, if the page has them.
  #proof(proof, isKnown) {
    const { request, callback } = proof;
    const text = request === undefined ? `callback ${callback}` : `request ${request}`;
    if (!isKnown) return el('span', { class: 'hint' }, text);
    const open = () =>
      request === undefined
        ? this.#context.select('enrichment', enrichmentOf(proof))
        : this.#context.select('request', request);
    return el('button', { type: 'button', class: 'link-button', click: open }, text);
  }
}

// "<enrichment id>-<copy>"
const enrichmentOf = ({ callback = '' }) => callback.slice(0, callback.lastIndexOf('-'));
