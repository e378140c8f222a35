// The servers that are measured, ours first. An entry says how to start one in the foreground on a given port; the
// harness does the rest. It answers the three endpoints of the emulated API at 127.0.0.1.
//   command(context, port)  program and arguments; context: { programs, folder } (folder is the peer's own, empty)
//   health                  the path that answers 200 once it is up
//   loads                   of a variant of another server: the only loads that it is measured under, [workload, connections]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CREDITS = '/v1/api/enrichment/credits';

export const OURS = 'enrichment-mock';
export const NO_JOURNAL = 'ours-no-journal';
export const ONE_RULE = 'ours-1-rule', MANY_RULES = 'ours-1000-rules';

export const ourCommand = ({ programs, folder }, port, ...more) => [programs[OURS],
  '--port', `${port}`, '--log-file', join(folder, 'log'), '--credits', '1000000000', ...more];

export const peers = [
  {
    name: OURS,
    about: 'as shipped, logging to a file',
    health: '/__admin/health',
    command: ourCommand,
  },
  {
    name: NO_JOURNAL,
    about: 'the same without a journal (--journal-size 0)',
    health: '/__admin/health',
    loads: [['post', 16]],
    command: (context, port) => ourCommand(context, port, '--journal-size', '0'),
  },
  ...[[ONE_RULE, 1], [MANY_RULES, 1000]].map(([name, count]) => ({
    name,
    about: `the same with a script of ${count} rules, of which the last one fits`,
    health: '/__admin/health',
    loads: [['post', 16]],
    command: (context, port) => ourCommand(context, port, '--scenario', writeScript(context.folder, count)),
  })),
  {
    name: 'bare',
    about: 'cpp-httplib, three handlers, a thread per connection, no Nagle, unlimited keep-alive, a backlog of 4,096',
    health: CREDITS,
    command: ({ programs }, port) => [programs.bare_httplib, `${port}`],
  },
  {
    name: 'nginx',
    about: 'fixed bodies, one process; for scale only',
    health: CREDITS,
    command: ({ folder }, port) => {
      const file = join(folder, `nginx-${port}.conf`);
      writeFileSync(file, nginxConfig(folder, port));
      return [NGINX, '-p', folder, '-e', join(folder, 'error.log'), '-c', file];
    },
    needsPort: true,  // its arguments do not carry the port
  },
];

// Rules of all kinds, as a large team's script would have them; the last one fits every request.
function writeScript(folder, count) {
  const matches = (n) => [{ username: `person-${n}*` }, { username: `person-${n}` }, { external_id: `lead-${n}` },
                          { type: 'personal', has_callback: n % 2 === 0 }][n % 4];
  const rules = Array.from({ length: count - 1 }, (_, n) => ({ match: matches(n), lookup: { outcome: 'failed' } }));
  const script = { name: 'rules', rules: [...rules, { lookup: { outcome: 'completed' } }] };
  const file = join(folder, 'rules.json');
  writeFileSync(file, JSON.stringify(script));
  return file;
}

const NGINX = '/usr/sbin/nginx';

function nginxConfig(folder, port) {
  const id = '507f1f77bcf86cd799439011', profile = 'https://www.linkedin.com/in/janedoe';
  const accepted = { _id: id, status: 'pending', linkedin_url: profile };
  const resolved = { _id: id, status: 'completed', enrichment_type: 'work_email',
                     email: { email: 'janedoe@example.com', type: 'work' }, linkedin_url: profile };
  const answer = (status, body) => `return ${status} '${JSON.stringify(body)}';`;
  return `
daemon off;
master_process off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  default_type 'application/json; charset=utf-8';
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /v1/api/enrichment/email { ${answer(201, accepted)} }
    location /v1/api/enrichment/email/ { ${answer(200, resolved)} }
    location = ${CREDITS} { ${answer(200, { balance: 250 })} }
  }
}
`;
}
