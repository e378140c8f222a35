// MSW answers within the client's own process. Prints the milliseconds of a POST, of COUNT that follow one another:
//
//   node msw.mjs FOLDER COUNT    FOLDER has node_modules/msw
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { postsInTurn } from '../posts.mjs';
import { ACCEPTED, EMAIL, TYPE } from './answers.mjs';

const [folder, count] = process.argv.slice(2);
const from = createRequire(join(folder, 'package.json'));
const { setupServer } = from('msw/node'), { http, HttpResponse } = from('msw');

const url = 'http://mock.test';
const answer = async ({ request }) => {
  await request.json();  // as ours, which validates it
  return HttpResponse.json(ACCEPTED, { status: 201, headers: { 'content-type': TYPE } });
};
const server = setupServer(http.post(url + EMAIL, answer));
server.listen({ onUnhandledRequest: 'error' });
console.log(JSON.stringify(await postsInTurn(url, Number(count))));
server.close();
