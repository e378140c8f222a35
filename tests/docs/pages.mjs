// The pages of this repository (every *.md) and their parts, for the tests of this folder.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

const SKIPPED = new Set(['.git', 'build', 'node_modules']);

// The paths of all files below the folder, from the repository's root.
export function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesBelow(path);
    return [relative(root, path)];
  });
}

export class Page {
  constructor(path) {
    this.path = path;
    this.text = readFileSync(join(root, path), 'utf8');
    // ```language name
    this.blocks = [...this.text.matchAll(/^```(\w+) ?([\w.-]*)\n(.*?)^```$/gms)]
      .map(([, language, name, text]) => ({ language, name, text }));
    this.prose = this.text.replace(/^```.*?^```$/gms, '');
    // [the text of each code span], with a line break as a blank
    this.spans = [...this.prose.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, text]) => text.replaceAll('\n', ' '));
    // [{ level, title, anchor }]
    this.headings = [...this.prose.matchAll(/^(#+) (.+)$/gm)]
      .map(([, signs, title]) => ({ level: signs.length, title, anchor: anchorOf(title) }));
    // [{ path, anchor }], of the links and pictures that lead to a place of this repository
    this.links = [...this.prose.replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target)
      .filter((target) => !/^https?:/.test(target))
      .map((target) => target.split('#'))
      .map(([to, anchor]) => ({ path: to ? join(path, '..', to) : path, anchor }));
  }

  // The text under a heading, up to the next heading.
  section(title) {
    const found = this.text.split(/^#+ /m).find((text) => text.startsWith(`${title}\n`));
    if (found === undefined) throw new Error(`${this.path} has no section "${title}"`);
    return found;
  }
}

// As GitHub makes them.
const anchorOf = (title) => title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');

export const pages = filesBelow(root).filter((path) => path.endsWith('.md')).sort().map((path) => new Page(path));

export const pageAt = (path) => pages.find((page) => page.path === path);

// A console block as [{ command, output }]. A here-document belongs to its command.
export function steps(text) {
  const found = [];
  let until;
  for (const line of text.trimEnd().split('\n')) {
    if (until !== undefined) {
      found.at(-1).command += `\n${line}`;
      if (line === until) until = undefined;
    } else if (line.startsWith('$ ')) {
      found.push({ command: line.slice(2), output: [] });
      until = /<<'(\w+)'/.exec(line)?.[1];
    } else {
      found.at(-1)?.output.push(line);
    }
  }
  return found;
}
