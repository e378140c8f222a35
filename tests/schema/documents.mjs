// The scenario files of the repository: [{ stem, bytes, text }]; `text` is undefined if they are not UTF-8.
import { isUtf8 } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';

import { parse } from './jsonc.mjs';

const root = new URL('../../', import.meta.url);

const filesIn = (folder) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith('.json') && !name.endsWith('schema.json'))
    .map((name) => {
      const bytes = readFileSync(new URL(`${folder}/${name}`, root));
      return { stem: name.slice(0, -'.json'.length), bytes, text: isUtf8(bytes) ? bytes.toString() : undefined };
    });

export const shipped = filesIn('scenarios');
export const broken = filesIn('tests/golden/loader');

// Documents of this folder; with the reference's examples they use every key.
export const own = filesIn('tests/schema/valid');

export const examples =
  [...readFileSync(new URL('scenarios/README.md', root), 'utf8').matchAll(/^```jsonc scenario\n(.*?)^```$/gms)]
    .map(([, text]) => ({ stem: parse(text).name, text }));
