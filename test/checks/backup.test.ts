// What `doctor` says of a host's backups.
import { expect, test } from 'vitest';
import { backup } from '../../src/checks/backup.js';
import { aGateway, aStack } from './members.js';

const host = { ...aGateway(), vars: { hxllm_backup_repository: '/backups' } };
const last = (more: object) => JSON.stringify({ ended: 1_000_000, ...more });

test.each([
  [
    'timer active now 1000300 result success',
    last({ snapshot: '0123abcd' }),
    'pass',
    '0123abcd, made less than a day ago',
  ],
  [
    'timer active now 1200000 result success',
    last({ snapshot: '0123abcd' }),
    'pass',
    '0123abcd, made 2 days ago',
  ],
  [
    'timer active now 1100000 result success',
    last({ refused: { message: 'no' } }),
    'fail',
    'the last backup failed 1 day ago: no',
  ],
  [
    'timer active now 1100000 result timeout',
    last({ snapshot: '0123abcd' }),
    'fail',
    'the last backup was ended: timeout; 0123abcd, made 1 day ago, is there',
  ],
  ['timer active now 1000000 result success', '', 'warn', 'there is no backup yet'],
  [
    'timer inactive now 1000000 result success',
    last({ snapshot: '0123abcd' }),
    'fail',
    'hxllm-backup.timer does not run',
  ],
])('%s, %s: %s', (timer, json, status, message) => {
  expect(backup.judge(`${timer}\n${json}\n`, host, aStack())).toMatchObject({ status, message });
});

test('nothing of a host without a repository', () => {
  expect(backup.judge('', { ...host, vars: {} }, aStack())).toEqual([]);
});
