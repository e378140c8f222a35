// JSON with comments, as scenario files are written.

// Strings are taken whole, so that what looks like a comment within one stays.
const STRING_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g;

// The value that the text says. Throws SyntaxError where it is none, as the loader has it a problem.
export const parse = (text) =>
  JSON.parse(text.replace(STRING_OR_COMMENT, (found) => (found.startsWith('"') ? found : ' ')));
