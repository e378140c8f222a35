// A long list that keeps only the rows near the window in the document. A row is rebuilt only when its `sign` changes.
// The Tab key reaches one row; the arrow keys move to the others.
import { el } from './dom.js';

const SPARE = 400; // pixels beyond the window

export class WindowedList {
  #build;
  #sign;
  #height;
  #key;
  #items = [];
  #tops = [0];
  #rows = new Map(); // key → { node, sign, index }
  #current = null; // the key of the row that the Tab key reaches

  // build(item) creates the content of a row with one focusable [data-row] element; height(item) is in pixels.
  constructor({ label, build, sign, height, key }) {
    this.#build = build;
    this.#sign = sign;
    this.#height = height;
    this.#key = key;
    this.node = el('ul', { class: 'windowed', 'aria-label': label, keydown: (event) => this.#onKey(event) });
    addEventListener('scroll', () => this.#later(), { passive: true });
    addEventListener('resize', () => this.#later(), { passive: true });
  }

  show(items) {
    this.#items = items;
    this.#tops = [0];
    for (const item of items) this.#tops.push(this.#tops.at(-1) + this.#height(item));
    this.node.style.height = `${this.#tops.at(-1)}px`;
    this.#lay();
  }

  #later() {
    if (!this.node.isConnected || this.scheduled) return;
    this.scheduled = requestAnimationFrame(() => {
      this.scheduled = undefined;
      this.#lay();
    });
  }

  // The index of the row at this vertical position.
  #indexAt(y) {
    let low = 0,
      high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#tops[middle + 1] <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #lay() {
    const top = this.node.getBoundingClientRect().top;
    const first = this.#indexAt(-top - SPARE),
      last = this.#indexAt(innerHeight - top + SPARE);
    const keep = new Set();
    for (let index = first; index <= Math.min(last, this.#items.length - 1); index += 1) keep.add(this.#place(index));
    this.#placeFocused(keep);
    for (const [key, { node }] of this.#rows) {
      if (keep.has(key)) continue;
      node.remove();
      this.#rows.delete(key);
    }
    this.#order();
    if (!this.#rows.has(this.#current)) this.#makeCurrent([...keep][0] ?? null);
  }

  // The focused row stays in the document, even outside of the window.
  #placeFocused(keep) {
    const focused = [...this.#rows].find(([, { node }]) => node.contains(document.activeElement))?.[0];
    if (focused === undefined || keep.has(focused)) return;
    const index = this.#items.findIndex((item) => this.#key(item) === focused);
    if (index >= 0) keep.add(this.#place(index));
  }

  // The same order in the document as on the screen, for screen readers.
  #order() {
    let next = null;
    for (const { node } of [...this.#rows.values()].sort((a, b) => b.index - a.index)) {
      if (node.parentNode !== this.node || node.nextElementSibling !== next) this.node.insertBefore(node, next);
      next = node;
    }
  }

  #place(index) {
    const item = this.#items[index],
      key = this.#key(item),
      sign = this.#sign(item);
    let row = this.#rows.get(key);
    if (!row) {
      row = { node: el('li'), sign: undefined };
      this.#rows.set(key, row);
    }
    if (row.sign !== sign) this.#refill(row, item, key, sign);
    if (row.index !== index || row.top !== this.#tops[index]) {
      Object.assign(row, { index, top: this.#tops[index] });
      row.node.style.top = `${row.top}px`;
      row.node.style.height = `${this.#tops[index + 1] - row.top}px`;
      row.node.setAttribute('aria-posinset', index + 1);
    }
    row.node.setAttribute('aria-setsize', this.#items.length);
    return key;
  }

  #refill(row, item, key, sign) {
    const had = row.node.contains(document.activeElement);
    row.sign = sign;
    row.node.replaceChildren(this.#build(item));
    row.node.querySelector('[data-row]').tabIndex = key === this.#current ? 0 : -1;
    if (had) row.node.querySelector('[data-row]').focus({ preventScroll: true });
  }

  #makeCurrent(key) {
    for (const each of [this.#current, key]) {
      const target = this.#rows.get(each)?.node.querySelector('[data-row]');
      if (target) target.tabIndex = each === key ? 0 : -1;
    }
    this.#current = key;
  }

  #onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = [...this.#rows.values()].find(({ node }) => node.contains(event.target));
    if (!step || !row || !event.target.matches('[data-row]')) return;
    const index = row.index + step;
    if (!this.#items[index]) return;
    event.preventDefault();
    const key = this.#place(index);
    this.#order();
    this.#makeCurrent(key);
    const target = this.#rows.get(key).node.querySelector('[data-row]');
    target.focus();
    target.scrollIntoView({ block: 'nearest' });
  }
}
