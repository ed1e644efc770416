// What can be wrong with an Open WebUI that people have: traps of its database, faults during a change, and what is refused.
import { ENV } from './old-webui.js';

/** bash: waits until it answers. */
export const READY =
  'for _ in {1..300}; do curl -sf -o /dev/null http://127.0.0.1:8080/health && break; sleep 0.2; done';

/** A connection of an administrator's own. */
export const OTHER = 'http://127.0.0.1:9/v1';

/** `python` as in `database`; `wanted`: the connections afterwards. */
export const TRAPS: [what: string, python: string, reason: RegExp, wanted: (url: string) => unknown][] = [
  [
    'another address, saved by an administrator',
    "put('openai.api_base_urls', ['http://old-gateway:4000/v1'])",
    /database: http:\/\/old-gateway:4000\/v1 → /,
    (url) => [true, ['http://old-gateway:4000/v1', url], {}],
  ],
  [
    'other connections, with what belongs to them',
    `put('openai.api_base_urls', ['${OTHER}', rows['openai.api_base_urls'][-1]]); put('openai.api_keys', ['sk-theirs', 'sk-wrong']); put('openai.api_configs', {'0': {'enable': False, 'prefix_id': 'x'}})`,
    /database: another key/,
    (url) => [true, [OTHER, url], { '0': { enable: false, prefix_id: 'x' } }],
  ],
  [
    'an address with a slash at its end, with which it finds no models',
    "put('openai.api_base_urls', [u + '/' if ':4000' in u else u for u in rows['openai.api_base_urls']])",
    /ends with a slash/,
    (url) => [true, [OTHER, url], { '0': { enable: false, prefix_id: 'x' } }],
  ],
  [
    'a connection that was switched off',
    "put('openai.api_configs', {'1': {'enable': False, 'tags': ['t']}})",
    /this connection is switched off/,
    (url) => [true, [OTHER, url], { '1': { enable: true, tags: ['t'] } }],
  ],
  [
    'all connections switched off',
    `put('openai.api_base_urls', [rows['openai.api_base_urls'][1]]); put('openai.api_keys', [rows['openai.api_keys'][1]]); put('openai.api_configs', {}); put('openai.enable', False)`,
    /connections are switched off/,
    (url) => [true, [url], {}],
  ],
];

/** Rows of the ordinary run. */
export const DECISIVE = ['a wrong path'];

/** Faults during a change, made and taken away again on the web UI's host, and what is then said. */
export const FAULTS: [what: string, vars: string, fault: string, mend: string, message: RegExp][] = [
  [
    'a wrong path',
    '{"litellm_base_url": "http://GATEWAY:4000/wrong"}',
    'true',
    'true',
    /webui-gateway: .*404/,
  ],
  [
    'an address where nobody listens',
    '{"litellm_base_url": "http://GATEWAY:4009"}',
    'true',
    'true',
    /Server Connection Error/,
  ],
  [
    'it does not start with what is new',
    '{"litellm_base_url": "http://GATEWAY:4000/"}',
    `mkdir -p /etc/systemd/system/open-webui.service.d; printf '[Service]\\nRestart=no\\nExecStartPre=/bin/sh -c "! grep -q %s ${ENV}"\\n' 'OPENAI_API_KEY=sk' > /etc/systemd/system/open-webui.service.d/broken.conf; systemctl daemon-reload; sed -i 's/^OPENAI_API_KEY=sk/OPENAI_API_KEY=no-sk/' ${ENV}`,
    `rm -r /etc/systemd/system/open-webui.service.d; systemctl daemon-reload`,
    /open-webui.service does not start/,
  ],
  [
    'its database is locked',
    '{"litellm_base_url": "http://GATEWAY:4009"}',
    `systemd-run -q --unit=lock python3 -c "import sqlite3,time; c=sqlite3.connect('/home/openwebui/data/webui.db'); c.execute('begin immediate'); time.sleep(300)"; sleep 1`,
    'systemctl stop lock',
    /database is locked/,
  ],
  [
    'the disk of its environment file is full',
    '{"litellm_base_url": "http://GATEWAY:4009"}',
    `cp -a /etc/open-webui /root/ow; mount -t tmpfs -o size=64k,mode=755 tmpfs /etc/open-webui; cp -a /root/ow/. /etc/open-webui/; head -c 1M /dev/zero > /etc/open-webui/fill 2>/dev/null; true`,
    'rm -f /etc/open-webui/fill; cp -a /etc/open-webui/open-webui.env /root/ow/; umount /etc/open-webui',
    /No space left on device/,
  ],
];

/** bash: what runs now, an upgraded one too: an older release does not start on its database. */
const PROGRAM = "program=$(systemctl show -P ExecStart open-webui | sed -n 's/.*path=\\([^ ;]*\\).*/\\1/p')";

/** What hxllm says of an installation that it cannot manage; nothing of it is touched. */
export const REFUSED: [what: string, make: string, undo: string, message: RegExp][] = [
  [
    'settings in PostgreSQL',
    `echo DATABASE_URL=postgresql://u:p@127.0.0.1:1/x >> ${ENV}; systemctl stop open-webui`,
    `sed -i /^DATABASE_URL/d ${ENV}; systemctl start open-webui; ${READY}`,
    /keeps its settings in PostgreSQL/,
  ],
  [
    'a process of no unit',
    `${PROGRAM}; mv /etc/systemd/system/open-webui.service /root/; systemctl daemon-reload; systemctl stop open-webui
setsid runuser -u openwebui -- env HOME=/home/openwebui USE_SLIM_DOCKER=true bash -c "set -a; . ${ENV}; cd; exec $program serve" </dev/null >/dev/null 2>&1 & ${READY}`,
    `pkill -f 'open-webui serve'; sleep 1; mv /root/open-webui.service /etc/systemd/system/; systemctl daemon-reload; systemctl start open-webui; ${READY}`,
    /no systemd unit runs it/,
  ],
  [
    // no Docker engine is to be had here: a control group of its name is all that it is told by
    'a container',
    `${PROGRAM}; mv /etc/systemd/system/open-webui.service /root/; systemctl daemon-reload; systemctl stop open-webui
systemd-run -q --unit=docker-0123abc --uid=openwebui -p EnvironmentFile=${ENV} -p Environment=USE_SLIM_DOCKER=true -p WorkingDirectory=/home/openwebui $program serve; ${READY}`,
    `systemctl stop docker-0123abc; mv /root/open-webui.service /etc/systemd/system/; systemctl daemon-reload; systemctl start open-webui; ${READY}`,
    /runs in a container, which hxllm does not change/,
  ],
];
