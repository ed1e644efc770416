// The checks that look for causes: what a host says in, what is found and what mends it out.
import { expect, test } from 'vitest';
import { clock } from '../../src/checks/clock.js';
import { context } from '../../src/checks/context.js';
import { deployed } from '../../src/checks/deployed.js';
import { disk } from '../../src/checks/disk.js';
import { mtu } from '../../src/checks/mtu.js';
import { names } from '../../src/checks/names.js';
import { piecesOf } from '../../src/checks/pieces.js';
import { refused } from '../../src/checks/refused.js';
import { selectChecks } from '../../src/checks/select.js';
import { shell } from '../../src/checks/shell.js';
import { start } from '../../src/checks/start.js';
import { trust } from '../../src/checks/trust.js';
import { Secret } from '../../src/secret.js';
import { aBackendHost, aGateway, aStack } from './members.js';

const stack = aStack();
const judge = (check: typeof start, output: string) => [check.judge(output, aGateway(), stack)].flat();

test.each([
  [0, 'pass'],
  [9_000, 'pass'],
  [-30_000, 'warn'],
  [3_600_000, 'fail'],
  [-3_600_000, 'fail'],
])('a clock that is %i ms off: %s', (off, status) => {
  expect(
    judge(clock, `sent 1700000000000 here ${1_700_000_000_000 + off}\nNTPSynchronized=no\n`),
  ).toMatchObject([{ status }]);
});

test.each([
  ['fs 70000000000 9 10 /\n', 'pass'],
  ['fs 70000000000 9 10 /\nfs 30000000 9 10 /run\n', 'pass'],
  ['fs 70000000000 9 10 /\nfs 5000000 9 10 /run\n', 'fail'],
  ['fs 1900000000 9 10 /var\n', 'warn'],
  ['fs 400000000 9 10 /var\n', 'fail'],
  ['fs 70000000000 4 1000 /var\n', 'fail'],
  ['fs 70000000000 0 0 /btrfs\n', 'pass'],
  ['', 'fail'],
])('disks: %s is %s', (output, status) => {
  expect(judge(disk, output)).toMatchObject([{ status }]);
});

test.each([
  ['name llm1.lan 10.0.0.1 llm1.lan llm1\nasked\n', 'pass'],
  ['name LLM1.lan 10.0.0.1 llm1.LAN\nasked\n', 'pass'],
  ['name llm1.lan 10.0.0.1 \nasked\n', 'pass'],
  ['name llm1.lan - \nasked\n', 'fail'],
  ['name llm1.lan 10.0.0.1 other.lan\nasked\n', 'warn'],
])('names: %s is %s', (output, status) => {
  expect(judge(names, output)).toMatchObject([{ status }]);
});

test.each([
  ['openssl stdin: OK\nthere\n', 'pass', undefined],
  ['openssl CN = x\nopenssl error 18 at 0 depth lookup: self-signed certificate\nthere\n', 'fail', /anew/],
  ['openssl CN = x\nopenssl error 18 at 0 depth lookup: self-signed certificate\n', 'fail', undefined],
  ['', 'fail', undefined],
])('trust: %j is %s', (output, status, fix) => {
  const [finding] = [trust.judge(output, aGateway({ authority: 'PEM' }), stack)].flat();
  expect(finding).toMatchObject({ status });
  expect(finding?.fix?.title ?? '').toMatch(fix ?? /^$/);
  expect(judge(trust as typeof start, output)).toEqual([]);
});

test('who keeps the time of a host decides what mends it', () => {
  const wrong = 'sent 1700000000000 here 1700003600000\nNTPSynchronized=no\n';
  expect(judge(clock, `${wrong}CanNTP=yes\n`)).toMatchObject([
    { fix: { script: 'timedatectl set-ntp true' } },
  ]);
  expect(judge(clock, `${wrong}CanNTP=no\n`)).toMatchObject([
    { hint: expect.stringMatching(/systemd-timesyncd/) },
  ]);
});

test('a host without a record was not deployed', () => {
  expect(judge(deployed, 'last \n')).toMatchObject([{ status: 'fail' }]);
  expect(judge(deployed, 'last 20261125T162213-140j\n')).toMatchObject([{ status: 'pass' }]);
});

test('they are asked by doctor, and by who names them; a machine once, whatever its roles', () => {
  const ids = (selection: object) => selectChecks(selection).map(({ id }) => id);
  expect(ids({})).not.toContain('start');
  expect(ids({ deep: true })).not.toContain('clock');
  expect(ids({ doctor: true })).toEqual(expect.arrayContaining(['units', 'start', 'clock']));
  expect(ids({ only: ['clock'] })).toEqual(['clock']);
  const pieces = piecesOf([aGateway(), aBackendHost()], stack, [clock, start]);
  expect(pieces.map(({ name }) => name)).toEqual(['clock gateway', 'start gateway', 'start backend']);
});

test.each([
  [
    'client=none key=- 401',
    'somebody',
    /^sent no key: 3 times in the last hour, the last at 22:13:20 UTC$/,
    /Bearer KEY/,
  ],
  ['client=none key=0a1b2c3d 401', 'somebody', /that is nobody's \(SHA-256 0a1b2c3d…\)/, /keys list/],
  ['client=alice key=0a1b2c3d 401', 'alice', /without the word Bearer/, /Authorization: Bearer KEY/],
  ['client=old key=0a1b2c3d 401', 'old', /that ended on 2001-09-09/, /rotate-key --client old/],
  ['client=alice key=0a1b2c3d 403', 'alice', /a model or a path/, /hxllm keys list/],
  ['client=alice key=0a1b2c3d 429', 'alice', /had used up what it may \(rpm 5\)/, /litellm_max_rpm/],
  [
    'client=gone key=0a1b2c3d 429',
    'gone',
    /had used up what it may \(the limit of all clients\)/,
    /litellm_max_rpm/,
  ],
  ['client=none key=0a1b2c3d 429', 'somebody', /so many wrong keys/, /who is that/],
])('why a client is refused: %s', (line, who, says, hint) => {
  const gateway = aGateway();
  gateway.clients = [
    { name: 'alice', key: new Secret('sk-x'), rpm: 5 },
    { name: 'old', key: new Secret('sk-y'), expires: 1_000_000_000 },
  ];
  const [finding, ...rest] = [
    refused.judge(`3 1700000000.5 10.0.0.9 ${line}\nasked\n`, gateway, stack),
  ].flat();
  expect(rest).toEqual([]);
  expect(finding).toMatchObject({
    status: 'warn',
    subject: `${who} at 10.0.0.9`,
    hint: expect.stringMatching(hint),
  });
  expect(finding?.message).toMatch(says);
});

test('nobody was refused, and a log that cannot be read', () => {
  expect(judge(refused as typeof start, 'asked\n')).toMatchObject([{ status: 'pass' }]);
  expect(judge(refused as typeof start, '')).toMatchObject([{ status: 'fail' }]);
});

test.each([
  ['user agent0\nshell 12\nsudo 30\n', 'pass', /^42 ms$/, undefined],
  ['user agent0\nshell 3004\nsudo 30\n', 'warn', /the shell of agent0 takes 3.0 s/, /bashrc/],
  ['user agent0\nshell 12\nsudo 2500\n', 'warn', /^sudo takes 2.5 s$/, /its own name/],
  ['user agent0\nshell \nsudo 0\n', 'fail', /does not say/, undefined],
])('how long a command takes to begin: %j', (output, status, says, hint) => {
  const [finding] = judge(shell, output);
  expect(finding).toMatchObject({ status, message: expect.stringMatching(says) });
  if (hint) expect(finding?.hint).toMatch(hint);
});

test.each([
  ['cut 0 0 0\n', 'pass', /none was cut/],
  ['cut 1 3096 35\n', 'warn', /^1 prompt was cut .* had 3096 tokens, 35 were left/],
  ['', 'fail', /cannot be read/],
])('prompts that were cut: %j', (output, status, says) => {
  const found = [context.judge(output, aBackendHost(), stack)].flat();
  expect(found).toMatchObject([{ status, message: expect.stringMatching(says) }]);
});

test('large requests: what does not arrive while a short one does', () => {
  const gateway = aGateway();
  const [name] = gateway.backends.map((b) => b.name);
  const line = (id: string, rc: number, code: number) => `${id} ${name}|${rc}|${code} 0.1 0.1|e30=|\n`;
  const found = (output: string) => [mtu.judge(output, gateway, stack)].flat()[0];
  expect(found(line('small', 0, 200) + line('large', 0, 404))?.status).toBe('pass');
  expect(found(line('small', 0, 200) + line('large', 28, 0))).toMatchObject({
    status: 'fail',
    message: expect.stringMatching(/^20000 bytes do not arrive though a short request does: /),
  });
  expect(found(line('small', 7, 0) + line('large', 7, 0))?.status).toBe('skip');
});
