// Hosts are read each for itself: one that does not answer holds up no other.
import { expect, it } from 'vitest';
import type { Run } from '../../src/run.js';
import { Masker } from '../../src/secret.js';
import { closeAll, fleetOf } from '../../src/tasks/fleet.js';
import { lookAll } from '../../src/tasks/plan.js';
import { COMPLETED, guide } from '../stack/inventory.js';
import { startServer, startSilence } from '../support/ssh-server.js';

it('a host is read while another one is still waited for', async () => {
  const stop = new AbortController();
  const silence = await startSilence();
  let read: (script: string) => void = () => {};
  const asked = new Promise<string>((resolve) => {
    read = resolve;
  });
  const server = await startServer({ onExec: (request) => void request.stdin().then(read) });
  const reach = (port: number) => `ansible_host: 127.0.0.1\nansible_port: ${port}\n`;
  const { inventory } = await guide(COMPLETED, {
    'group_vars/all/ssh.yml': `ansible_user: root\nansible_ssh_common_args: "${server.args.join(' ')} -o IdentityAgent=none"\n`,
    'group_vars/litellm.yml': reach(silence.port),
    'group_vars/llm.yml': reach(server.port),
  });
  const fleet = fleetOf(inventory, { limit: undefined });
  const run: Run = {
    masker: new Masker(),
    mode: 'silent',
    parallel: 16,
    timeoutMs: 60_000,
    lockWaitMs: 0,
    yes: false,
    signal: stop.signal,
    ...{ trace: undefined, limit: undefined, becomePassword: undefined, serial: undefined },
  };
  const looking = lookAll(fleet, run).catch(() => {});
  try {
    expect(await asked).toContain('@@hxllm kind model');
    expect(fleet.hosts.filter(({ connecting }) => connecting).map(({ name }) => name)).toContain(
      'hx-api-server.dev-test.hana-x.ai',
    );
  } finally {
    stop.abort(new Error('enough'));
    await looking;
    closeAll(fleet);
    await Promise.all([server.stop(), silence.stop()]);
  }
});
