// JSON with comments, as scenario files are written.

// Strings are matched whole, so that a comment's mark within one stays.
const STRING_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g;

// The value of the text. Throws SyntaxError if it is invalid, where the loader reports a problem.
export const parse = (text) =>
  JSON.parse(text.replace(STRING_OR_COMMENT, (found) => (found.startsWith('"') ? found : ' ')));
