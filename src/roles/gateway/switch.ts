// The handler that changes a running gateway without a failed request: prove the standby, let it serve, restart, prove.
import { readFileSync } from 'node:fs';
import type { Handler } from '../../resources/kind.js';
import { quote } from '../../shell.js';
import { templatePath } from '../../templates.js';

/** Seconds that LiteLLM may take to start on a busy host; 5 on an idle one. */
export const START = 120;
/** On top of two starts and two drains: proofs and HAProxy's checks. */
const SLACK = 300;

/** `release`: the one that serves afterwards. Default: the one that this run has staged. */
export function switchOver(unit: string, vars: Record<string, unknown>, release?: string): Handler {
  const drain = Number(vars.litellm_drain_timeout);
  const script = (name: string) => readFileSync(templatePath(`litellm/${name}`), 'utf8');
  const head = `DRAIN=${drain} START=${START} RELEASE=${release ? quote(release) : '$ID'}\n${script('slots.sh')}`;
  return {
    id: `restart ${unit}`,
    order: 20,
    unit,
    script: head + script('switch.sh'),
    undo: head + script('switch-undo.sh'),
    // the unit's own stop waits up to 630 s for the streams of an old HAProxy process
    budget: 2 * drain + 2 * START + 630 + SLACK,
  };
}
