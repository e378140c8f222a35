// nginx with fixed bodies: how fast a response without any work can be.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ACCEPTED, BALANCE, CREDITS, EMAIL, RESOLVED, TYPE } from './answers.mjs';

const answer = (status, body) => `return ${status} '${JSON.stringify(body)}';`;

const configuration = (folder, port) => `
daemon off;
master_process off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  default_type '${TYPE}';
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = ${EMAIL} { ${answer(201, ACCEPTED)} }
    location ${EMAIL}/ { ${answer(200, RESOLVED)} }
    location = ${CREDITS} { ${answer(200, BALANCE)} }
  }
}
`;

export const nginx = {
  name: 'nginx',
  about: 'fixed bodies, one process; for scale only',
  health: CREDITS,
  command: ({ folder }, port) => {
    const file = join(folder, `nginx-${port}.conf`);
    writeFileSync(file, configuration(folder, port));
    return ['/usr/sbin/nginx', '-p', folder, '-e', join(folder, 'error.log'), '-c', file];
  },
  needsPort: true,  // its arguments do not carry the port
};
