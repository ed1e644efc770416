// Host check `deployed`: the host is one that hxllm has changed before, so the other checks know what should be there.
import type { HostCheck } from './check.js';

export const deployed: HostCheck = {
  id: 'deployed',
  title: 'hxllm has deployed this host',
  role: 'machine',
  doctor: true,
  hint: 'hxllm plan --limit HOST shows what a first deploy would change and what it would take over',
  script: () => 'echo "last $(ls /var/lib/hxllm/records 2>/dev/null | tail -n 1)"',
  judge(output) {
    const [, last] = /^last (\S+)$/m.exec(output) ?? [];
    if (last !== undefined) return { status: 'pass', message: `last change ${last}` };
    return { status: 'fail', message: 'hxllm did not deploy this host: what runs there is not its own' };
  },
};
