// A plan applied to a host of the tests' own. Stand-ins for systemctl and systemd-run, since that host has no systemd; the
// real ones are met in test/e2e/transaction.e2e.ts.
import { beforeAll } from 'vitest';
import { apply } from '../../src/engine/apply.js';
import type { Plan } from '../../src/engine/plan.js';
import type { Handler, Resource } from '../../src/resources/kind.js';
import type { Host } from '../resources/host.js';
import { RUN, useHost as useEmpty } from './running.js';
import { sessionTo } from './session.js';

const ROOT = { owner: 'root', group: 'root' };
export const file = (id: string, more = {}, notify: Handler[] = []): Resource => ({
  kind: 'file',
  id,
  spec: { content: 'x\n', mode: '0644', ...ROOT, ...more },
  notify,
});

/** A timer is not started; a unit that is waited for is its last two words. */
const STAND_INS = `mount -t tmpfs tmpfs /usr/local/sbin; cd /usr/local/sbin
printf '#!/bin/sh\\nexit 0\\n' > systemctl
printf '#!/bin/sh\\necho the journal of it\\n' > journalctl
cat > systemd-run <<'END'
#!/bin/bash
case "$*" in *--on-active*) ;; *) "\${@: -2:1}" "\${@: -1}" ;; esac
END
chmod +x systemctl systemd-run journalctl`;

/** The host of the file's tests. */
export let host: Host;

export function useHost(): void {
  useEmpty((own) => {
    host = own;
  });
  beforeAll(() => host.say(STAND_INS));
}

export async function applied(plan: Plan, prove = async (_: string) => {}) {
  const said: string[] = [];
  const ended = apply(sessionTo(host), plan, RUN, { say: (text) => said.push(text), prove }).then(
    (times) => ({ times, error: undefined }),
    (error) => ({ times: undefined, error }),
  );
  return { said, ...(await ended) };
}
export const planned = async (...resources: Resource[]) => host.plan(resources);
