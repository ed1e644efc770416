// The connections of a run's hosts: closed ones are not used again.
import { expect, it } from 'vitest';
import type { Run } from '../../src/run.js';
import { Masker } from '../../src/secret.js';
import { beginConnecting, closeAll, fleetOf } from '../../src/tasks/fleet.js';
import { COMPLETED, guide } from '../stack/inventory.js';
import { startServer } from '../support/ssh-server.js';

it('who goes on with hosts that were closed connects again', async () => {
  const server = await startServer({ onExec: (request) => void request.stdin() });
  const { inventory } = await guide(COMPLETED, {
    'group_vars/all/ssh.yml': `ansible_host: 127.0.0.1\nansible_port: ${server.port}\nansible_user: root\nansible_ssh_common_args: "${server.args.join(' ')} -o IdentityAgent=none"\n`,
  });
  const fleet = fleetOf(inventory, { limit: undefined }, ['gateway']);
  const run = {
    masker: new Masker(),
    parallel: 16,
    timeoutMs: 20_000,
    signal: AbortSignal.timeout(20_000),
  } as unknown as Run;
  const [entry] = fleet.hosts;
  const connected = async () => {
    await beginConnecting(fleet, run);
    await entry?.connecting;
    expect(entry?.error).toBeUndefined();
    return entry?.session;
  };
  try {
    const first = await connected();
    expect(await connected()).toBe(first);
    closeAll(fleet);
    const second = await connected();
    expect([second === undefined, second === first]).toEqual([false, false]);
  } finally {
    closeAll(fleet);
    await server.stop();
  }
});
