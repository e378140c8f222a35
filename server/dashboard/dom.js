// Creates elements. All text is inserted as text nodes: the page never parses HTML, so texts of clients stay text.
const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

// el('button', { class: 'quiet', click: () => … }, 'text', otherElement)
export const el = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
export const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

// Text of a client, isolated in its text direction.
export const clientText = (text, attributes = {}) => el('bdi', { class: 'client-text', ...attributes }, String(text));

export const pill = (text, kind) => el('span', { class: `pill ${kind}` }, text);

export function replace(parent, ...children) {
  parent.replaceChildren(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
}

// The colour class of an HTTP status, an outcome, or the state of a callback.
export function kindOf(status) {
  if (typeof status === 'number') return status < 300 ? 'good' : status < 400 ? 'odd' : 'bad';
  return (
    {
      completed: 'good',
      delivered: 'good',
      'not-found': 'odd',
      dropped: 'odd',
      failed: 'bad',
      exhausted: 'bad',
      retrying: 'odd',
      processing: 'busy',
      delivering: 'busy',
    }[status] ?? 'calm'
  );
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // the clipboard API needs https or localhost
    const area = el('textarea', { class: 'offscreen', 'aria-hidden': 'true' });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}

// A button that copies the result of `text()`, and then shows "Copied".
export function copyButton(text, label = 'Copy') {
  const button = el(
    'button',
    {
      type: 'button',
      class: 'quiet copy',
      click: async () => {
        await copy(text());
        button.textContent = 'Copied';
        setTimeout(() => {
          button.textContent = label;
        }, 1500);
      },
    },
    label,
  );
  return button;
}
