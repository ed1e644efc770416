// What gateways answer to a key, and the keys that an inventory's vault holds.
import { join } from 'node:path';
import type { Lab } from '../../support/lab.js';
import type { Copy } from './stack.js';

export const ACCEPTED = [200, 200];
export const REFUSED = [401, 401];

/** Through HAProxy from outside, and on LiteLLM's own port. */
export async function answers(lab: Lab, host: string, key: string): Promise<[number, number]> {
  const headers = { authorization: `Bearer ${key}` };
  const { status } = await fetch(`http://${lab.address(host)}:4000/v1/models`, { headers });
  const { stdout } = await lab.ssh(
    host,
    `curl -s -o /dev/null -w '%{http_code}' -H 'authorization: Bearer ${key}' http://127.0.0.1:4401/v1/models`,
  );
  return [status, Number(stdout)];
}

/** The vault as a person views it, by variable. */
export async function vaultOf(lab: Lab, { folder, env }: Copy): Promise<Record<string, string>> {
  const { stdout } = await lab.hxllm(['vault', 'view', join(folder, 'group_vars/all/vault.yml')], { env });
  return Object.fromEntries(
    [...stdout.matchAll(/^(vault_\w+): "?([^"\n]+)"?$/gm)].map(([, k, v]) => [k!, v!]),
  );
}

/** Since when the services run, and from which release: the same as before means that nothing was started again. */
export async function servingSince(lab: Lab, host: string): Promise<string> {
  const { stdout } = await lab.ssh(
    host,
    'systemctl show -p ExecMainStartTimestampMonotonic --value litellm haproxy; readlink /etc/litellm/current; ls /etc/litellm/releases',
  );
  return stdout;
}
