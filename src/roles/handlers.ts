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

/** Restarts and waits until the unit is ready. */
export function restart(unit: string, ready: ServiceSpec): Handler {
  const script = `systemctl reset-failed ${quote(unit)} 2>/dev/null || true\nsystemctl restart ${quote(unit)} 2>/dev/null || true\n${waitReady(unit, ready)}`;
  return { id: `restart ${unit}`, order: 20, unit, script, undo: script };
}
