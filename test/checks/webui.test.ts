// What is said of a web UI: the good case, each fault, and what could not be asked, which is never a pass.
import { describe, expect, test } from 'vitest';
import { HOST_CHECKS, piecesOf } from '../../src/checks/pieces.js';
import { webuiChat } from '../../src/checks/webui-chat.js';
import { webuiConnection } from '../../src/checks/webui-connection.js';
import { webuiGateway } from '../../src/checks/webui-gateway.js';
import { webuiModels } from '../../src/checks/webui-models.js';
import { webuiSeen } from '../../src/checks/webui-seen.js';
import { webuiService } from '../../src/checks/webui-service.js';
import { webuiUser } from '../../src/checks/webui-user.js';
import type { SeenWebui } from '../../src/open-webui.js';
import { sha256 } from '../../src/resources/content.js';
import { type Case, judges } from './judges.js';
import { aGateway, aStack, aWebui, curlLine, WEBUI_KEY } from './members.js';

const json = (value: object) => `${JSON.stringify(value)}\n`;
const MFA = { why: '401 401 Unauthorized' };
const RIGHT = { enable: true, urls: ['http://gw.lan:4000/v1'], keys: [sha256(WEBUI_KEY)], off: [] };
const WRONG = { ...RIGHT, keys: [sha256('sk-old')] };
const seen = (rest: Partial<SeenWebui> = {}, ...without: (keyof SeenWebui)[]) => {
  const all: SeenWebui = {
    state: 'foreign',
    unit: 'chat.service',
    active: true,
    file: '/etc/chat.env',
    env: RIGHT,
    bypass: false,
    persistent: true,
    postgres: false,
    version: '0.12.4',
    slim: true,
    venv: '/v',
    listens: '127.0.0.1:8080',
    form: 'new',
    db: RIGHT,
    live: RIGHT,
    why: '',
    granted: [],
    ...rest,
  };
  return json(Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name as never))));
};

const up = (rest: object = {}) =>
  [
    curlLine('ready', { body: { status: true }, ...rest }),
    curlLine('health', { body: { status: true }, ...rest }),
    curlLine('version', { body: { version: '0.12.4' }, ...rest }),
  ].join('\n');
const page = { body: '<!doctype html>' };

judges(webuiService, aWebui(), [
  ['ready', seen() + up(), 'pass', /^chat.service 0.12.4 is ready$/],
  [
    'an older one has no /ready and answers with a page',
    `${seen()}${curlLine('ready', page)}\n${curlLine('health', { body: { status: true } })}\n${curlLine('version', { body: { version: '0.9.6' } })}`,
    'pass',
    /0.9.6 is ready/,
  ],
  ['pages alone are no answer', `${seen()}${up(page)}`, 'fail', /chat.service is not ready: 200/],
  ['refuses', seen() + up({ rc: 7, body: '', error: 'Connection refused' }), 'fail', /not ready: it refuses/],
  ['stopped', seen({ active: false }), 'fail', /^chat.service does not run$/],
  ['none', json({ state: 'none' }), 'fail', /there is no Open WebUI/],
  ['in a container, and it answers', json({ state: 'docker' }) + up(), 'pass', /^Open WebUI 0.12.4 is ready/],
]);

judges(webuiConnection, aWebui(), [
  [
    'right',
    seen(),
    'pass',
    /^http:\/\/gw.lan:4000\/v1 as open-webui: environment, database, running server$/,
  ],
  [
    'beside others',
    seen({ db: { ...RIGHT, urls: ['http://x/v1', ...RIGHT.urls], keys: ['', ...RIGHT.keys] } }),
    'pass',
    /; beside http:\/\/x\/v1$/,
  ],
  ['another key in the environment', seen({ env: WRONG }), 'fail', /^environment: another key$/],
  ['another key in the database', seen({ db: WRONG }), 'fail', /^database: another key$/],
  ['another key in the running server', seen({ live: WRONG }), 'fail', /^running server: another key$/],
  [
    'switched off',
    seen({ db: { ...RIGHT, enable: false, off: [0] } }),
    'fail',
    /connections are switched off; database: this connection is switched off/,
  ],
  ['a second factor', seen(MFA, 'live'), 'warn', /cannot be asked as an administrator: 401/],
  ['a second factor, and another key', seen({ ...MFA, db: WRONG }, 'live'), 'fail', /database: another key/],
  [
    'no administrator yet',
    seen({ why: 'it has no administrator yet' }, 'live'),
    'warn',
    /no administrator yet/,
  ],
  [
    'its database is not found',
    seen({ why: 'its database was not found' }, 'live', 'db', 'form'),
    'warn',
    /was not found/,
  ],
  [
    'the environment alone counts',
    seen({ persistent: false, db: WRONG }),
    'pass',
    /environment, database, running/,
  ],
  ['in a container', json({ state: 'docker' }), 'fail', /runs in a container/],
  ['PostgreSQL', seen({ postgres: true }, 'db', 'live'), 'fail', /in PostgreSQL/],
  ['none', json({ state: 'none' }), 'fail', /there is no Open WebUI/],
  ['no client yet', seen(), 'fail', /no client open-webui in litellm_clients/, withoutKey()],
  [
    'grants missing',
    seen(),
    'fail',
    /users may not use phi3-3.8b/,
    aWebui({ vars: { webui_model_access: 'grants' } }),
  ],
]);

function withoutKey() {
  const { key: _, ...rest } = aWebui();
  return rest;
}

const offered = (...models: string[]) => json({ models });
/** What is wrong, whichever check asks. */
const ASKED: Case[] = [
  ['a second factor', json(MFA), 'warn', /cannot be asked as an administrator: 401 401 Unauthorized/],
  ['it does not run', json({ why: 'it does not run' }), 'warn', /it does not run/],
  ['none', json({ error: 'there is no Open WebUI' }), 'fail', /there is no Open WebUI/],
];

judges(webuiGateway, aWebui(), [
  ...ASKED,
  ['all', offered('phi3-3.8b', 'more'), 'pass', /^2 models at http:\/\/gw.lan:4000\/v1$/],
  ['one missing', offered('more'), 'fail', /does not offer it phi3-3.8b/],
  ['an empty list', offered(), 'fail', /does not offer it phi3-3.8b/],
  ['an empty list for nobody', offered(), 'fail', /offers it no model/, aWebui({ models: [] })],
  [
    'its key is refused',
    json({ error: '401 invalid or missing API key' }),
    'fail',
    /v1: 401 invalid or missing/,
  ],
]);

judges(webuiModels, aWebui(), [
  ...ASKED,
  ['all', offered('phi3-3.8b', 'arena-model'), 'pass', /^phi3-3.8b$/],
  [
    'an empty list, which Open WebUI gives for any fault',
    offered(),
    'fail',
    /phi3-3.8b of 1 not in its list/,
  ],
  ['an empty list for nobody', offered(), 'fail', /its list is empty/, aWebui({ models: [] })],
  ['a fake one alone', offered('arena-model'), 'fail', /phi3-3.8b of 1 not/],
  ['embeddings alone', offered('embed'), 'pass', /^embed$/, aWebui({ models: [] })],
]);

const chatted = (rest: object) => `nonce hxllm-0a\n${json({ ms: 5, ...rest })}`;
const noModel: Case = ['no chat model', 'true', 'skip', /no chat model/, aWebui({ models: [] })];

judges(webuiChat, aWebui(), [
  ...ASKED,
  noModel,
  ['the nonce', chatted({ answer: 'hxllm-0a' }), 'pass', /^gave the nonce back in 5 ms$/],
  ['another answer', chatted({ answer: 'hello' }), 'pass', /not with the nonce: hello/],
  ['nothing', chatted({ answer: '' }), 'fail', /empty answer/],
  ['an error', chatted({ error: '400 Model not found' }), 'fail', /^400 Model not found$/],
]);

judges(webuiUser, aWebui(), [
  ...ASKED,
  noModel,
  [
    'sees them and chats',
    chatted({ models: ['phi3-3.8b'], answer: 'hxllm-0a' }),
    'pass',
    /gave the nonce back/,
  ],
  ['sees none in ours', chatted({ models: [], ours: true }), 'fail', /users do not see phi3-3.8b/],
  [
    'sees none in one that was there',
    chatted({ models: [], ours: false }),
    'warn',
    /users do not see phi3-3.8b/,
  ],
  [
    'sees none, and somebody wants them to',
    chatted({ models: [], ours: false }),
    'fail',
    /users do not see/,
    aWebui({ vars: { webui_model_access: 'grants' } }),
  ],
  [
    'sees none, and somebody wants it so',
    chatted({ models: [], ours: true }),
    'warn',
    /users do not see/,
    aWebui({ vars: { webui_model_access: 'leave' } }),
  ],
]);

describe('webui-seen', () => {
  const access = (asked: string[], printed: string) => {
    const scripts: string[] = [];
    const run = async (script: string) => {
      scripts.push(script);
      return printed;
    };
    const url = { url: 'http://gw.lan:4000', through: 'direct' as const };
    return { scripts, given: { ...url, signal: new AbortController().signal, fetch, asked, run } };
  };

  test('counts chats that came under its name', async () => {
    const { given, scripts } = access(['open-webui'], '2\n');
    expect(await webuiSeen.run(aGateway(), given)).toMatchObject([{ status: 'pass', subject: 'open-webui' }]);
    expect(scripts[0]).toContain("grep -F ' client=open-webui '");
  });

  test('none is a failure, and nothing is said where nobody chatted', async () => {
    expect(await webuiSeen.run(aGateway(), access(['open-webui'], '0\n').given)).toMatchObject([
      { status: 'fail' },
    ]);
    expect(await webuiSeen.run(aGateway(), access([], '').given)).toEqual([]);
  });
});

test('the temporary user is made with --deep alone, and no other check leaves a trace', () => {
  const names = HOST_CHECKS.filter((c) => c.role === 'webui').map(({ id, deep, probe }) => [id, deep, probe]);
  expect(names).toEqual([
    ['webui-service', undefined, true],
    ['webui-certificate', undefined, undefined],
    ['closed', undefined, undefined],
    ['webui-connection', undefined, true],
    ['webui-gateway', undefined, undefined],
    ['webui-models', undefined, undefined],
    ['webui-chat', undefined, undefined],
    ['webui-user', true, undefined],
  ]);
});

test('checks of any role are of what hxllm installs: none of them looks at a web UI', () => {
  const roles = piecesOf([aWebui()], aStack(), HOST_CHECKS).map(({ check }) => check.role);
  expect(new Set(roles)).toEqual(new Set(['webui', 'machine', 'every']));
});
