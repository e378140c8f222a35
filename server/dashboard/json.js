// Shows JSON indented, with highlighted keys. Only text nodes are created.
import { el } from './dom.js';

const LARGE = 20_000;

export function json(value, attributes = {}) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const block = el('pre', { class: 'json', tabindex: '0', ...attributes });
  if (typeof value === 'string' || text.length > LARGE) {
    block.textContent = text;
    return block;
  }
  for (const line of text.split('\n')) {
    const [, indent, key, rest] = /^(\s*)("(?:[^"\\]|\\.)*")(: .*)$/.exec(line) ?? [undefined, '', '', line];
    block.append(indent, key ? el('span', { class: 'json-key' }, key) : '', rest, '\n');
  }
  return block;
}
