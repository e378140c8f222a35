// The servers that are measured, ours first. An entry says how to start one in the foreground on a given port; the
// harness does the rest. It answers the three endpoints of the emulated API at 127.0.0.1.
//   command(context, port)  program and arguments; context: { programs, folder } (folder is the peer's own, empty)
//   health                  the path that answers 200 once it is up
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CREDITS = '/v1/api/enrichment/credits';

export const OURS = 'enrichment-mock';

export const peers = [
  {
    name: OURS,
    about: 'as shipped, logging to a file',
    health: '/__admin/health',
    command: ({ programs, folder }, port) => [programs['enrichment-mock'],
      '--port', `${port}`, '--log-file', join(folder, 'log'), '--credits', '1000000000'],
  },
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
