// Handlers that roles share: each runs once, after the changes that asked for it.
import type { Handler } from '../resources/kind.js';
import { type ServiceSpec, waitReady } from '../resources/service.js';
import { quote } from '../shell.js';

export const daemonReload: Handler = { id: 'daemon-reload', order: 0, script: 'systemctl daemon-reload' };

export function reload(unit: string): Handler {
  return {
    id: `reload ${unit}`,
    order: 10,
    unit,
    script: `systemctl reload ${quote(unit)}`,
    undo: `systemctl reload ${quote(unit)}`,
  };
}

/** Restarts and waits until the unit is ready; put back, until it listens: it may be at another address than the new one. */
export function restart(unit: string, ready: ServiceSpec): Handler {
  const name = quote(unit);
  const script = (spec: ServiceSpec) =>
    `systemctl reset-failed ${name} 2>/dev/null || true\nsystemctl restart ${name} 2>/dev/null || true\n${waitReady(unit, spec)}`;
  const undo = script({ ...ready, ready: listens(unit) });
  return { id: `restart ${unit}`, order: 20, unit, script: script(ready), undo };
}

/** sh: a process of the unit listens, wherever that is. */
function listens(unit: string): string {
  const processes = `grep -lsF ":$cg" /proc/[0-9]*/cgroup | cut -d/ -f3 | paste -sd '|'`;
  return `cg=$(systemctl show -P ControlGroup -- ${quote(unit)}) && [ -n "$cg" ] && ss -Hltnp | grep -qE "pid=($(${processes})),"`;
}
