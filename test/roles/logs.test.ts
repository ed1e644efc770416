// What is kept of logs: nothing of it is touched until a variable says so, and what one said goes with it.
import { expect, it } from 'vitest';
import type { Resource } from '../../src/resources/kind.js';
import { readStack } from '../../src/stack/read.js';
import { COMPLETED, guide } from '../stack/inventory.js';
import { resourcesFor } from './fleet.js';

const BASE = `${COMPLETED}\n`;
const isLog = ({ id }: Resource) => /journald|hxllm-log\.conf|logrotate/.test(id);
const logs = async (host: string, variables = '') =>
  (await resourcesFor(host, BASE + variables)).filter(isLog);

const GATEWAY = [
  '/etc/systemd/journald.conf.d/hxllm.conf',
  'litellm.service.d/hxllm-log.conf',
  'litellm-standby.service.d/hxllm-log.conf',
  'haproxy.service.d/hxllm-log.conf',
  '/etc/logrotate.d/haproxy',
  'logrotate.timer.d/hxllm.conf',
];

it('without a variable all of it must be gone', async () => {
  expect((await logs('gw')).map(({ id, gone }) => [id, gone])).toEqual(GATEWAY.map((id) => [id, true]));
  expect((await logs('llm1')).map(({ id }) => id)).toEqual([GATEWAY[0], 'ollama.service.d/hxllm-log.conf']);
});

it('each variable asks for its own', async () => {
  const wanted = async (variables: string) => {
    const some = (await logs('gw', variables)).filter(({ gone }) => !gone);
    return some.map(({ id, spec }) => [id, (spec as { content: string }).content.replace(/^#.*\n/, '')]);
  };
  expect(await wanted('hxllm_journal_max_use: 2G')).toEqual([[GATEWAY[0], '[Journal]\nSystemMaxUse=2G\n']]);
  expect(await wanted('hxllm_journal_max_age: 30d')).toEqual([
    [GATEWAY[0], expect.stringMatching(/^MaxRetentionSec=30d\n# .*\nMaxFileSec=1d$/m)],
  ]);
  expect(await wanted('hxllm_log_rates: {litellm: 500/2min, ollama: 7/1s}')).toEqual(
    GATEWAY.slice(1, 3).map((id) => [id, '[Service]\nLogRateLimitIntervalSec=120s\nLogRateLimitBurst=500\n']),
  );
  expect(await wanted('hxllm_haproxy_log_keep: 3')).toEqual([
    [GATEWAY[4], expect.stringMatching(/rotate 3\n {4}missingok/)],
  ]);
  expect(await wanted('hxllm_haproxy_log_max_size: 200M')).toEqual([
    [GATEWAY[4], expect.stringMatching(/rotate 7\n {4}maxsize 200M\n/)],
    [GATEWAY[5], '[Timer]\nOnCalendar=hourly\n'],
  ]);
});

it.each([
  ['hxllm_journal_max_use: 20%', 'hxllm_journal_max_use is 20%'],
  ['hxllm_journal_max_age: 1week', 'hxllm_journal_max_age is 1week'],
  ['hxllm_log_rates: {litellm: 0}', 'hxllm_log_rates litellm is 0'],
  ['hxllm_log_rates: {nginx: 1/1s}', 'hxllm_log_rates names nginx'],
  ['hxllm_haproxy_log_max_size: big', 'hxllm_haproxy_log_max_size is big'],
])('%s is refused', async (line, message) => {
  const { problems } = readStack((await guide(BASE + line)).inventory);
  expect([...new Set(problems.map((p) => `${p.variable} ${p.message}`))]).toEqual([message]);
  expect(problems[0]?.hint).toMatch(/^(write|services)/);
});
