// Why a service does not run, out of what systemd and its journal say.
import { expect, test } from 'vitest';
import { start } from '../../src/checks/start.js';
import { aGateway, aStack } from './members.js';

/** As `journalctl -o json` prints it. */
const entry = (MESSAGE: string, invocation = 'a') => {
  const bySystemd = /^(Start|Stopp)(ing|ed) |^litellm\.service: /.test(MESSAGE);
  const id = { [bySystemd ? 'INVOCATION_ID' : '_SYSTEMD_INVOCATION_ID']: invocation };
  return `${JSON.stringify({ MESSAGE, _PID: bySystemd ? '1' : '700', ...id })}\n`;
};
const judged = (output: string) => [start.judge(output, aGateway(), aStack())].flat();
const stopped = (result: string, status: string, ...log: string[]) =>
  `@unit litellm.service\nResult=${result}\nExecMainStatus=${status}\nSubState=${result === 'success' ? 'dead' : 'failed'}\nNRestarts=0\n${log.map((line) => entry(line)).join('')}@end\n`;

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
    /program or its Python is gone: litellm\.service: Failed at step EXEC/,
    false,
  ],
  [
    'exit-code',
    '203',
    [
      'litellm.service: Failed at step EXEC spawning /etc/litellm/x: Permission denied',
      'Failed to start litellm.service - LiteLLM gateway.',
    ],
    /may not read or write what it needs: .*Permission denied$/,
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
  // what it said while it ran
  [
    'core-dump',
    '11',
    ['PermissionError: x', ...Array.from({ length: 90 }, () => '"GET /v1/models HTTP/1.1" 401 Unauthorized')],
    /ended with core-dump 11/,
    false,
  ],
  [
    'exit-code',
    '1',
    [
      '[ALERT] (1) : Binding [h.cfg:3] for frontend api: cannot bind socket (Address already in use)',
      '[ALERT] (1) : Some protocols failed to start their listeners! Exiting.',
    ],
    /its port is taken: .* for frontend api: cannot bind/,
    false,
  ],
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
  const [finding] = judged(stopped(result, status, ...log));
  expect(finding).toMatchObject({ status: 'fail', subject: 'litellm' });
  expect(finding?.message).toMatch(says);
  expect(finding?.fix !== undefined).toBe(again);
});

test('one that is being started is no failure, one that runs is none', () => {
  const starting = '@unit litellm.service\nResult=success\nSubState=start\nNRestarts=0\n@end\n';
  expect(judged(starting)).toMatchObject([{ status: 'warn', message: 'it is being started' }]);
  expect(judged('@known litellm.service\n@end\n')).toMatchObject([
    { status: 'pass', message: 'running: litellm.service' },
  ]);
  expect(judged('@end\n')).toEqual([]);
});

test('one that fails again and again is not being started, whatever it is at', () => {
  const looping = `@unit litellm.service\nResult=success\nExecMainStatus=0\nSubState=start-pre\nNRestarts=3\n${entry('Starting litellm.service')}${entry('PermissionError: x')}${entry('Starting litellm.service', 'b')}@end\n`;
  expect(judged(looping)).toMatchObject([
    { status: 'fail', message: expect.stringContaining('may not read') },
  ]);
});

const runs = (restarts: number, age: number, ...log: string[]) =>
  `@known litellm.service\n@unit litellm.service\nNow=1000\nActiveState=active\nResult=success\nExecMainStatus=0\nSubState=running\nNRestarts=${restarts}\nActiveEnterTimestamp=@${1000 - age}\nInvocationID=b\n${log.map((line) => entry(line)).join('')}${entry('all is well', 'b')}@end\n`;

test.each([
  [
    2,
    5,
    ['yaml.scanner.ScannerError: x'],
    'fail',
    /^its configuration is wrong: .*; started again 2 times, the last time 5 s ago$/,
  ],
  [
    1,
    5,
    [
      'litellm.service: Main process exited, code=killed, status=9/KILL',
      "litellm.service: Failed with result 'signal'.",
    ],
    'warn',
    /^it was killed; started again once/,
  ],
  [7, 121, ['yaml.scanner.ScannerError: x'], 'pass', /running: litellm.service/],
])('one that runs after %i restarts, for %i s: %j', (restarts, age, log, status, says) => {
  const found = judged(runs(restarts, age, ...log));
  expect(found).toMatchObject([{ status, message: expect.stringMatching(says) }]);
  expect(found[0]?.fix).toBeUndefined();
});

test('what it said counts though systemd says only then that it started it; an earlier try does not', () => {
  const log = [
    entry('address already in use', 'a'),
    entry('fatal error: out of memory', 'b'),
    entry('Started litellm.service', 'b'),
    entry('goroutine 1 [running]:', 'b'),
  ];
  const output = `@unit litellm.service\nResult=exit-code\nExecMainStatus=2\nSubState=failed\nNRestarts=0\n${log.join('')}@end\n`;
  expect(judged(output)).toMatchObject([{ message: 'it ran out of memory: fatal error: out of memory' }]);
});
