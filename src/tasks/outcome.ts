// What became of each host of a roll-out, for the run's exit code, for people and for --json.
import type { Timed } from '../engine/apply.js';
import { EXIT, type Exit, type HxError, worstExit } from '../errors.js';

/** What became of a host. */
export interface Outcome {
  host: string;
  state: 'changed' | 'unchanged' | 'failed' | 'not touched';
  /** Why it failed or was not touched. */
  error?: HxError;
  /** What was done, in its order. */
  steps?: Timed[];
}

/** A host that was left alone has not failed: what it was left alone for has. */
export function exitOf(outcomes: readonly Outcome[]): Exit {
  return worstExit(outcomes.map((o) => (o.state === 'failed' ? o.error?.exitCode : undefined) ?? EXIT.done));
}

export function outcomesText(outcomes: readonly Outcome[], done = 'changed'): string {
  const lines = outcomes.flatMap(({ host, state, error }) => {
    if (error) return [error.message, ...error.suggestions.map((s) => `  ${s}`)];
    return state === 'changed' ? [`${host}: ${done}`] : [];
  });
  return lines.join('\n');
}

export function outcomesJson(outcomes: readonly Outcome[]): object[] {
  return outcomes.map(({ error, ...rest }) => {
    if (!error) return rest;
    const { code, message, suggestions } = error;
    return { ...rest, error: { code, message, suggestions } };
  });
}
