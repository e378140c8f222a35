// registry.cjs CONFIGURATION: a registry on a free port of this machine. Prints a line with the port. It ends with its
// standard input.
const { readFileSync } = require('node:fs');

const { runServer } = require('verdaccio');

const [, , file] = process.argv;
runServer({ ...JSON.parse(readFileSync(file, 'utf8')), configPath: file, self_path: file }).then((server) => {
  server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
});
process.stdin.resume().on('end', () => process.exit());
