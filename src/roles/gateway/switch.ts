// The handler that changes a running gateway without a failed request: prove the standby, let it serve, restart, prove.
import type { Handler } from '../../resources/kind.js';
import { quote } from '../../shell.js';
import { templateText } from '../../templates.js';

/** Seconds that LiteLLM may take to start on a busy host; 5 on an idle one. */
export const START = 120;
/** On top of two starts and two drains: proofs and HAProxy's checks. */
const SLACK = 300;

const script = (name: string) => templateText(`litellm/${name}`);
const drainOf = (vars: Record<string, unknown>) => Number(vars.litellm_drain_timeout);
/** bash functions around HAProxy's slots and the two units. */
export const slots = (vars: Record<string, unknown>) =>
  `DRAIN=${drainOf(vars)} START=${START}\n${script('slots.sh')}`;

/** After a start of LiteLLM itself: an undo that failed has left the requests to the standby alone. */
export const serveAgain = (vars: Record<string, unknown>) =>
  `${slots(vars)}\nif is_up standby; then serve_again; else slot litellm ready || true; fi`;

/** Seconds: the unit's own stop waits up to 630 s for the streams of an old HAProxy process. */
export const budgetOf = (vars: Record<string, unknown>) => 2 * drainOf(vars) + 2 * START + 630 + SLACK;

/** `release`: the one that serves afterwards. Default: the one that this run has staged. */
export function switchOver(unit: string, vars: Record<string, unknown>, release?: string): Handler {
  const head = `RELEASE=${release ? quote(release) : '$ID'}\n${slots(vars)}`;
  return {
    id: `restart ${unit}`,
    order: 20,
    unit,
    script: head + script('switch.sh'),
    undo: head + script('switch-undo.sh'),
    budget: budgetOf(vars),
  };
}
