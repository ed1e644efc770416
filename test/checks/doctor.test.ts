// The checks that look for causes: what a host says in, what is found and what mends it out.
import { expect, test } from 'vitest';
import { clock } from '../../src/checks/clock.js';
import { deployed } from '../../src/checks/deployed.js';
import { disk } from '../../src/checks/disk.js';
import { names } from '../../src/checks/names.js';
import { piecesOf } from '../../src/checks/pieces.js';
import { selectChecks } from '../../src/checks/select.js';
import { start } from '../../src/checks/start.js';
import { aBackendHost, aGateway, aStack } from './members.js';

const stack = aStack();
const judge = (check: typeof start, output: string) => [check.judge(output, aGateway(), stack)].flat();
const stopped = (result: string, status: string, ...log: string[]) =>
  `@unit litellm.service\nResult=${result}\nExecMainStatus=${status}\nSubState=${result === 'success' ? 'dead' : 'failed'}\nNRestarts=0\n${log.map((line) => `| ${line}\n`).join('')}@end\n`;

test.each([
  [
    'exit-code',
    '1',
    ['ERROR: [Errno 98] error while attempting to bind on address: address already in use'],
    /its port is taken: ERROR/,
    false,
  ],
  [
    'exit-code',
    '203',
    ['litellm.service: Failed at step EXEC spawning /opt/x: No such file or directory'],
    /program or its Python is gone/,
    false,
  ],
  [
    'exit-code',
    '1',
    ["PermissionError: [Errno 13] Permission denied: '/etc/litellm/config.yaml'"],
    /may not read or write/,
    false,
  ],
  ['oom-kill', '9', [], /ran out of memory/, false],
  [
    'exit-code',
    '1',
    ['yaml.scanner.ScannerError: mapping values are not allowed here'],
    /configuration is wrong/,
    false,
  ],
  ['exit-code', '1', ['litellm.AuthenticationError: no'], /a key is refused/, false],
  ['signal', '9', ['x'], /it was killed/, true],
  ['success', '0', ['address already in use, long ago'], /somebody stopped it/, true],
  [
    'exit-code',
    '7',
    ['Started it', 'strange words', 'litellm.service: Failed with result'],
    /it ended with exit-code 7: strange words/,
    false,
  ],
])('why a service does not run: %s %s %s', (result, status, log, says, again) => {
  const [finding] = judge(start, stopped(result, status, ...log));
  expect(finding).toMatchObject({ status: 'fail', subject: 'litellm' });
  expect(finding?.message).toMatch(says);
  expect(finding?.fix !== undefined).toBe(again);
});

test('one that is being started is no failure, one that runs is none', () => {
  const starting = '@unit litellm.service\nResult=success\nSubState=start\nNRestarts=0\n@end\n';
  expect(judge(start, starting)).toMatchObject([{ status: 'warn', message: 'it is being started' }]);
  expect(judge(start, '@end\n')).toMatchObject([{ status: 'pass' }]);
});

test('one that fails again and again is not being started, whatever it is at', () => {
  const looping =
    '@unit litellm.service\nResult=success\nExecMainStatus=0\nSubState=start-pre\nNRestarts=3\n| Starting litellm.service\n| PermissionError: x\n| Starting litellm.service\n@end\n';
  expect(judge(start, looping)).toMatchObject([
    { status: 'fail', message: expect.stringContaining('may not read') },
  ]);
});

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
