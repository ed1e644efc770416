// What is said of what is installed: the good case and each fault.

import { clientRights } from '../../src/checks/client-rights.js';
import { permissions } from '../../src/checks/permissions.js';
import { python } from '../../src/checks/python.js';
import { sandbox } from '../../src/checks/sandbox.js';
import { version } from '../../src/checks/version.js';
import { Secret } from '../../src/secret.js';
import { clientEntries } from '../../src/stack/clients.js';
import { judges } from './judges.js';
import { aBackendHost, aGateway } from './members.js';

const MODES = `s 755 root:root /etc/litellm
s 755 root:root /etc/litellm/releases
s 750 root:litellm /etc/litellm/current
s 640 root:litellm /etc/litellm/current/config.yaml
s 640 root:litellm /etc/litellm/current/custom_auth.py
s 600 root:root /etc/litellm/current/litellm.env
s 600 root:root /etc/litellm/internal.env
s 640 root:litellm /etc/litellm/keys.json
s 644 root:root /etc/haproxy/clients.map
`;
const score = (figure: string, ...more: string[]) =>
  [`→ Overall exposure level for litellm.service: ${figure} OK :-)`, ...more].join('\n');
const running = (litellm = '1.106.2', runs = '/opt/litellm/venvs/aa/bin/python') =>
  `venv /opt/litellm/venvs/aa\nlitellm ${litellm}\n${runs && `runs ${runs}`}`;

judges(python, aGateway(), [
  ['3.11', 'python 3.11.2', 'pass', /^Python 3.11.2$/],
  ['too old', 'python 3.9.2', 'fail', /3.9.2 is not among 3.11 to 3.14/],
  ['too new', 'python 3.15.0', 'fail', /is not among/],
  [
    'another than asked for',
    'python 3.11.2',
    'fail',
    /litellm_python_version is 3.12/,
    aGateway({ vars: { litellm_python_version: '3.12' } }),
  ],
  ['as asked for', 'python 3.12.3', 'pass', /3.12.3/, aGateway({ vars: { litellm_python_version: '3.12' } })],
  [
    'gone since',
    'python 3.11.2\ngone /usr/bin/python3.11',
    'fail',
    /^Python 3.11.2 is gone: there is no \/usr\/bin\/python3.11$/,
  ],
  ['no venv', "sed: can't read pyvenv.cfg", 'fail', /does not say its Python: sed/],
]);

judges(version, aGateway(), [
  ['as planned', running(), 'pass', /^LiteLLM 1.106.2 from \/opt\/litellm\/venvs\/aa$/],
  ['another', running('1.105.3'), 'fail', /LiteLLM is 1.105.3, planned is 1.106.2/],
  [
    'an own lock says it itself',
    running('1.107.0'),
    'pass',
    /1.107.0/,
    aGateway({ vars: { litellm_lock: 'my.txt' } }),
  ],
  [
    'a compromised one',
    running('1.82.7'),
    'fail',
    /1.82.7 carries a credential stealer/,
    aGateway({ vars: { litellm_lock: 'my.txt' } }),
  ],
  [
    'one that is known to be vulnerable',
    running('1.102.1'),
    'warn',
    /^LiteLLM 1.102.1 has GHSA-7hp6-4w63-5g45, .* mended in 1.100.4, /,
    aGateway({ vars: { litellm_lock: 'my.txt' } }),
  ],
  [
    'not restarted',
    running('1.106.2', '/opt/litellm/venvs/old/bin/python'),
    'fail',
    /runs from \/opt\/litellm\/venvs\/old, not from/,
  ],
  ['not running', running('1.106.2', ''), 'fail', /LiteLLM does not run/],
  ['not installed', 'litellm *', 'fail', /no LiteLLM in \/etc\/litellm\/current\/venv/],
]);

judges(permissions, aGateway(), [
  ['right', MODES, 'pass', /^9 paths/],
  [
    'keys for everybody',
    MODES.replace('640 root:litellm /etc/litellm/keys.json', '644 root:litellm /etc/litellm/keys.json') +
      'open 644 /etc/litellm/keys.json\n',
    'fail',
    /^\/etc\/litellm\/keys.json is 644 root:litellm, not 640 root:litellm$/,
  ],
  [
    'another owner',
    MODES.replace(
      '640 root:litellm /etc/litellm/current/custom',
      '640 litellm:litellm /etc/litellm/current/custom',
    ),
    'fail',
    /custom_auth.py is 640 litellm:litellm/,
  ],
  ['one missing', MODES.replace(/.*internal.env\n/, ''), 'fail', /internal.env is missing/],
  ['all missing', '', 'fail', /^\/etc\/litellm and 8 more are missing$/],
  [
    'an old release is open',
    `${MODES}open 644 /etc/litellm/releases/1/litellm.env\n`,
    'fail',
    /releases\/1\/litellm.env is open to everybody \(644\)/,
  ],
  [
    'a backend',
    's 755 root:root /etc/hxllm\ns 600 root:root /etc/hxllm/ollama.env',
    'pass',
    /2 paths/,
    aBackendHost(),
  ],
]);

judges(sandbox, aGateway(), [
  ['1.1', score('1.1', 'PrivateDevices=yes', 'ours'), 'pass', /^litellm scores 1.1$/],
  ['loosened', score('2.0', 'PrivateDevices=yes', 'ours'), 'fail', /scores 2, more than 1.2/],
  ['with a GPU', score('1.6', 'PrivateDevices=no', 'ours'), 'pass', /1.6/],
  ['a unit that was there before', score('9.2', 'PrivateDevices=no'), 'warn', /was here before hxllm/],
  [
    'no unit',
    'Unit litellm.service not found, cannot analyze.',
    'fail',
    /no score: Unit litellm.service not found/,
  ],
]);

const known = aGateway({
  clients: [{ name: 'alice', key: new Secret('sk-alice'), rpm: 5 }],
});
const entries = Object.fromEntries(clientEntries(known));
const alice = Object.keys(entries).find((hash) => entries[hash]?.name === 'alice')!;
const file = (keys: object) => JSON.stringify({ schema: 1, keys });
const without = ({ [alice]: _, ...rest }: typeof entries) => rest;

judges(clientRights, known, [
  ['as in the inventory', file(entries), 'pass', /^2 keys, with limits for alice$/],
  ['a limit less', file({ ...entries, [alice]: { name: 'alice' } }), 'fail', /^alice has other rights/],
  ['one missing', file(without(entries)), 'fail', /^the key of alice is not known$/],
  [
    'one more',
    file({ ...entries, ['f'.repeat(64)]: { name: 'mallory' } }),
    'fail',
    /^mallory \(ffffffff\) is not in the inventory$/,
  ],
  ['one more whose time has come', file({ ...entries, x: { name: 'old', expires: 1 } }), 'pass', /^2 keys/],
]);
