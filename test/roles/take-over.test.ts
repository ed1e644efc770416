// A gateway that playbooks made: what plan says of it, and that its scripts are scripts.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Resource } from '../../src/resources/kind.js';
import type { PortSpec } from '../../src/resources/port.js';
import { port } from '../../src/resources/port.js';
import { ownPort } from '../../src/roles/gateway/take-over.js';
import type { GatewayHost } from '../../src/stack/stack.js';

const host = {
  bindHost: '0.0.0.0',
  bindPort: 4000,
  vars: { litellm_drain_timeout: 600 },
} as unknown as GatewayHost;
const resource: Resource<PortSpec> = { kind: 'port', id: '4000', spec: ownPort(host) };
const heldBy = (unit: string) => {
  const said = `4000|0.0.0.0:4000|litellm|${unit}|like\n`;
  return port.diff(resource, port.read(said, [resource]).get('4000'));
};

test('the gap is announced, and the old unit gives way before services start', () => {
  const change = heldBy('litellm.service');
  expect(change).toMatchObject({ action: 'run', title: 'port 4000' });
  expect(change?.reasons).toEqual([
    expect.stringContaining('litellm.service, a LiteLLM that hxllm did not install, gives way to HAProxy'),
  ]);
  expect(change?.reasons[0]).toContain('new connections are refused for about a second');
  expect(change?.follow?.map(({ id, order }) => [id, order])).toEqual([
    ['take over from litellm.service', 5],
  ]);
});

test('a unit of another name is disabled when all is proven', () => {
  const follow = heldBy('litellm-proxy.service')?.follow ?? [];
  expect(follow.map(({ id, order }) => [id, order])).toEqual([
    ['take over from litellm-proxy.service', 5],
    ['disable litellm-proxy.service', 40],
  ]);
  for (const { script, undo = '' } of follow)
    for (const input of [script, undo])
      expect(spawnSync('bash', ['-n'], { input }).stderr.toString()).toBe('');
});
