// How much disk what a user installs takes.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MB = 1e6;

export const fileMb = (file) => statSync(file).size / MB;

// A package from npm in `folder`, with all that it depends on.
export function packageMb(folder, name) {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const all = new Set();
  const add = (place) => {
    if (all.has(place)) return;
    all.add(place);
    const { dependencies, optionalDependencies } = packages[place];
    for (const wanted of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = placesFrom(place, wanted).find((each) => packages[each]);
      if (found) add(found);
    }
  };
  add(`node_modules/${name}`);
  return [...all].reduce((sum, place) => sum + ownMb(join(folder, place)), 0);
}

// Where Node looks for a package: in the nearest node_modules first.
function placesFrom(place, wanted) {
  const names = place.split(/\/?node_modules\//).slice(1);
  return [...names, wanted].map((_, n) => ['', ...names.slice(0, names.length - n), wanted].join('/node_modules/').slice(1));
}

// Without the packages inside. An optional package for another system is not there.
function ownMb(folder) {
  let entries = [];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const sizes = entries.map((entry) => {
    if (entry.name === 'node_modules' || entry.isSymbolicLink()) return 0;
    return entry.isDirectory() ? ownMb(join(folder, entry.name)) : fileMb(join(folder, entry.name));
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}
