// Everything on one machine: the host of the gateway is the only backend too, and then has the web UI as well.
import { beforeAll, expect, test } from 'vitest';
import { left } from './support/base.js';
import { useDeployed } from './support/shared.js';
import { type Copy, copyInventory, echoed, GATEWAY, VARIABLES, verified } from './support/stack.js';

const lab = useDeployed();
let copy: Copy;
beforeAll(() => {
  copy = copyInventory(lab());
  const host = `${lab().fqdn(GATEWAY)} ansible_host=${lab().address(GATEWAY)}`;
  copy.replace('dev.ini', /\[litellm\][\s\S]*(?=\[all:vars\])/, `[litellm]\n${host}\n\n[llm]\n${host}\n\n`);
  copy.replace(
    VARIABLES,
    /litellm_backends:\n( {2}- .*\n)+/,
    `litellm_backends:\n  - "http://${lab().fqdn(GATEWAY)}:11434"\n`,
  );
});

test('one host is gateway and backend: deployed, proven, nothing left to plan', async () => {
  const { env } = copy;
  const planned = await lab().hxllm(['plan'], { env });
  expect([planned.code, planned.stdout]).toEqual([3, expect.stringContaining('1 of 1 hosts to change')]);
  const deploy = await lab().hxllm(['deploy', '--yes'], { env });
  expect([deploy.code, deploy.stdout]).toEqual([0, expect.stringMatching(/\d+ passed/)]);
  expect(echoed(await verified(lab(), [], env))).toEqual([
    'backend-answers phi3-3.8b on hx-api-server',
    'completions phi3-3.8b',
    'stream phi3-3.8b',
  ]);
  const { stdout } = await lab().ssh(GATEWAY, 'systemctl is-active litellm haproxy ollama');
  expect(stdout).toBe('active\nactive\nactive\n');
  expect((await lab().hxllm(['plan'], { env })).code).toBe(0);
});

/** It was reloaded, not restarted. */
const masterPid = async () => (await lab().ssh(GATEWAY, 'systemctl show -p MainPID --value haproxy')).stdout;

/** Unit and state of each service, by host. */
async function services(): Promise<string[][]> {
  const { code, stdout } = await lab().hxllm(['status', '--json'], { env: copy.env });
  const { hosts } = JSON.parse(stdout) as { hosts: { services: { unit: string; state: string }[] }[] };
  expect(code).toBe(0);
  return hosts.map((h) => h.services.map((s) => `${s.unit} ${s.state}`).sort());
}

test('status shows all three services on it', async () => {
  expect(await services()).toEqual([
    ['haproxy.service active', 'litellm.service active', 'ollama.service active'],
  ]);
});

/** Port and process of what listens on the two ports that people and clients know. */
async function listening(): Promise<string[][]> {
  const { stdout } = await lab().ssh(GATEWAY, "ss -Hltnp '( sport = :80 or sport = :4000 )'");
  return [...stdout.matchAll(/:(\d+) .*"(\w+)",pid=(\d+)/g)].map(([, ...seen]) => seen).sort();
}

test('the web UI comes to the same machine: one HAProxy in front of both, a chat through it, nothing left to plan', async () => {
  const { env } = copy;
  const host = `${lab().fqdn(GATEWAY)} ansible_host=${lab().address(GATEWAY)}`;
  copy.replace('dev.ini', '[all:vars]', `[webui]\n${host}\n\n[all:vars]`);
  const before = await masterPid();
  const deploy = await lab().hxllm(['deploy', '--yes'], { env });
  expect([deploy.code, deploy.stdout]).toEqual([0, expect.stringContaining('1 of 1 hosts to change')]);
  expect(echoed(await verified(lab(), [], env))).toContain('webui-chat phi3-3.8b');
  expect((await lab().hxllm(['plan'], { env })).code).toBe(0);
  const [first, second, ...more] = await listening();
  expect([first, second, more]).toEqual([
    ['4000', 'haproxy', expect.any(String)],
    ['80', 'haproxy', first?.[2]],
    [],
  ]);
  expect(await masterPid()).toBe(before);
  const page = await fetch(`http://${lab().address(GATEWAY)}/`);
  expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching('text/html')]);
  expect(await services()).toEqual([
    [
      'haproxy.service active',
      'litellm.service active',
      'ollama.service active',
      'open-webui.service active',
    ],
  ]);
});

test('all three roles leave it, with their data: the gateway serves without the web UI, then all is as before hxllm', async () => {
  const { env } = copy;
  const host = `${lab().fqdn(GATEWAY)} ansible_host=${lab().address(GATEWAY)}`;
  const remove = (...roles: string[]) => {
    const words = roles.flatMap((role) => ['--remove', role]);
    return lab().hxllm(['deploy', '--yes', ...words, '--data', '--limit', GATEWAY], { env });
  };
  copy.replace('dev.ini', `[webui]\n${host}\n\n`, '');
  const first = await remove('webui');
  expect([first.code, first.code === 0 ? '' : first.stdout + first.stderr]).toEqual([0, '']);
  expect(first.stdout).toContain('1 of 1 hosts to change');
  expect(await services()).toEqual([
    ['haproxy.service active', 'litellm.service active', 'ollama.service active'],
  ]);
  await verified(lab(), [], env);
  copy.replace('dev.ini', /\[litellm\][\s\S]*(?=\[all:vars\])/, `[ungrouped]\n${host}\n\n`);
  const rest = await remove('gateway', 'backend');
  expect([rest.code, rest.code === 0 ? '' : rest.stdout + rest.stderr]).toEqual([0, '']);
  expect(left(lab(), GATEWAY)).toEqual([]);
  const again = await remove('gateway', 'backend', 'webui');
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('no changes')]);
});
