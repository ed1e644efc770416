// What is said of units, ports and proxies that run or do not: the good case and each fault.
import { expect, test } from 'vitest';
import { balancer } from '../../src/checks/balancer.js';
import { listeners } from '../../src/checks/listeners.js';
import { readiness } from '../../src/checks/readiness.js';
import { units } from '../../src/checks/units.js';
import { judges } from './judges.js';
import { aBackendHost, aGateway, aStack, curlLine } from './members.js';

const NOW = 1_790_000_000;
const unit = (id: string, rest: Record<string, string | number> = {}) =>
  Object.entries({
    Id: id,
    LoadState: 'loaded',
    ActiveState: 'active',
    SubState: 'running',
    UnitFileState: 'enabled',
    NRestarts: 0,
    ActiveEnterTimestamp: `@${NOW - 3600}`,
    ...rest,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
const two = (litellm: string) => `now ${NOW}\n${litellm}\n${unit('haproxy.service')}`;
const fine = unit('litellm.service');
const socket = (address: string, name: string, pid: number) =>
  `s ${address} users:(("${name}",pid=${pid},fd=7))`;
const LISTENING = [
  socket('127.0.0.1:4401', 'python', 10),
  socket('0.0.0.0:4000', 'haproxy', 20),
  socket('127.0.0.1:11450', 'haproxy', 20),
  'p 10 litellm.service',
  'p 20 haproxy.service',
];
const listening = (...changes: [from: string, to: string][]) =>
  changes.reduce((text, [from, to]) => text.replace(from, to), LISTENING.join('\n'));
const STAT = '# pxname,svname,scur,status,last_chk,\n';
const stat = (litellm = 'UP', llm2 = 'UP', why = '') =>
  `${STAT}slots,litellm,0,${litellm},,\nslots,standby,0,MAINT,,\nollama_11450,llm1,0,UP,,\nollama_11450,llm2,0,${llm2},${why},\n`;
const ready = (readiness: object, liveliness: object = {}) =>
  `${curlLine('liveliness', { body: '"I\'m alive!"', ...liveliness })}\n${curlLine('readiness', { body: { status: 'healthy' }, ...readiness })}`;

judges(units, aGateway(), [
  ['both active', two(fine), 'pass', /^litellm active since 2026-.* UTC, haproxy active/],
  ['restarted long ago', two(unit('litellm.service', { NRestarts: 3 })), 'pass', /litellm active/],
  [
    'restarts right now',
    two(unit('litellm.service', { NRestarts: 3, ActiveEnterTimestamp: `@${NOW - 7}` })),
    'fail',
    /litellm restarted by itself 3 times, last 7 s ago/,
  ],
  [
    'restarted once, just now',
    two(unit('litellm.service', { NRestarts: 1, ActiveEnterTimestamp: `@${NOW - 7}` })),
    'warn',
    /litellm restarted by itself once, last 7 s ago/,
  ],
  [
    'waits for a restart',
    two(unit('litellm.service', { ActiveState: 'activating', SubState: 'auto-restart', NRestarts: 2 })),
    'fail',
    /litellm is activating \(auto-restart\), restarted 2 times/,
  ],
  [
    'failed',
    two(unit('litellm.service', { ActiveState: 'failed', SubState: 'failed' })),
    'fail',
    /^litellm is failed$/,
  ],
  [
    'stopped',
    two(unit('litellm.service', { ActiveState: 'inactive', SubState: 'dead' })),
    'fail',
    /^litellm is inactive$/,
  ],
  [
    'not there',
    two(unit('litellm.service', { LoadState: 'not-found', ActiveState: 'inactive' })),
    'fail',
    /^litellm is not there$/,
  ],
  [
    'not started at boot',
    two(unit('litellm.service', { UnitFileState: 'disabled' })),
    'warn',
    /^litellm is not started at boot$/,
  ],
  ['nothing printed', '', 'fail', /litellm is not there; haproxy is not there/],
]);

judges(listeners, aGateway(), [
  ['all ours', listening(), 'pass', /^4401 litellm, 4000 haproxy, 11450 haproxy$/],
  ['any address of both kinds', listening(['0.0.0.0:4000', '*:4000']), 'pass', /4000 haproxy/],
  [
    'a stranger in a unit',
    listening(['p 10 litellm.service', 'p 10 nginx.service']),
    'fail',
    /port 4401 belongs to nginx.service, not to litellm.service/,
  ],
  [
    'a stranger in a shell',
    listening(['p 10 litellm.service', '']),
    'fail',
    /port 4401 belongs to python, not to/,
  ],
  [
    'nobody',
    listening([LISTENING[1] ?? '', '']),
    'fail',
    /nobody listens on port 4000 \(haproxy.service should\)/,
  ],
  [
    'loopback only',
    listening(['0.0.0.0:4000', '127.0.0.1:4000']),
    'fail',
    /port 4000 of haproxy.service is only open to this host itself/,
  ],
  [
    'loopback only, on purpose',
    listening(['0.0.0.0:4000', '127.0.0.1:4000']),
    'pass',
    /4000/,
    aGateway({ bindHost: '127.0.0.1' }),
  ],
  [
    "the guide's literal balancer needs no listener of a set",
    listening([LISTENING[2] ?? '', '']),
    'pass',
    /4000 haproxy$/,
    aGateway({ vars: { litellm_balancer: 'litellm' } }),
  ],
  ['no ss', 'no-ss', 'warn', /ss is not installed/],
  [
    'Ollama on loopback, used from another host',
    `${socket('127.0.0.1:11434', 'ollama', 5)}\np 5 ollama.service`,
    'fail',
    /only open to this host itself/,
    aBackendHost(),
  ],
  [
    'Ollama open',
    `${socket('*:11434', 'ollama', 5)}\np 5 ollama.service`,
    'pass',
    /11434 ollama/,
    aBackendHost(),
  ],
]);

judges(readiness, aGateway(), [
  ['healthy', ready({}), 'pass', /both answer 200, in 12 ms/],
  [
    'refused',
    ready({ rc: 7, error: 'curl: (7) Failed to connect: Connection refused' }),
    'fail',
    /readiness: it refuses the connection/,
  ],
  [
    'shutting down',
    ready({}, { status: 503, body: { status: 'shutting_down' } }),
    'fail',
    /liveliness answers 503/,
  ],
  ['not healthy', ready({ body: { status: 'unhealthy' } }), 'fail', /readiness says unhealthy/],
  ['nothing printed', '', 'fail', /not asked/],
]);

judges(balancer, aGateway(), [
  ['all up', stat(), 'pass', /slots\/litellm, ollama_11450\/llm1, ollama_11450\/llm2/],
  ['going up', stat('UP 1/2'), 'pass', /slots/],
  ['LiteLLM down', stat('DOWN'), 'fail', /slots\/litellm is DOWN/],
  ['drained', stat('DRAIN'), 'fail', /slots\/litellm is DRAIN/],
  ['a backend down', stat('UP', 'DOWN', 'Connection refused'), 'fail', /llm2 is DOWN \(Connection refused\)/],
  ['another configuration', `${STAT}other,a,0,UP,,\n`, 'fail', /does not know slots\/litellm/],
  ['no socket', 'socat: No such file or directory', 'fail', /admin socket does not answer: socat/],
  [
    "the guide's literal balancer",
    `${STAT}slots,litellm,0,UP,,\n`,
    'pass',
    /^slots\/litellm$/,
    aGateway({ vars: { litellm_balancer: 'litellm' } }),
  ],
]);

test('the hint names the unit that failed', () => {
  const output = two(fine).replace(
    'Id=haproxy.service\nLoadState=loaded',
    'Id=haproxy.service\nLoadState=not-found',
  );
  expect(units.judge(output, aGateway(), aStack())).toMatchObject({
    hint: expect.stringContaining('journalctl -u haproxy -n 50'),
  });
});
