// The plan as people read it, and as --json gives it. The caller masks.
import type { Change, Handler } from '../resources/kind.js';
import { color } from './color.js';
import { unifiedDiff } from './diff.js';

export interface PlanView {
  host: string;
  roles: string[];
  changes: readonly Change[];
  handlers: readonly Handler[];
  refused: readonly { message: string; hint: string }[];
  stays?: readonly string[];
}

const SIGNS = {
  create: color.good('+'),
  update: color.warn('~'),
  remove: color.bad('-'),
  run: color.warn('!'),
};

/** One block per host; texts of new files only when `full`. */
export function planText(plan: PlanView, { full }: { full: boolean }): string {
  const head = `${color.strong(plan.host)} ${color.dim(plan.roles.join(', '))}`;
  const isEmpty = plan.changes.length + plan.handlers.length + plan.refused.length === 0;
  const lines = [isEmpty ? `${head}  no changes` : head];
  for (const change of plan.changes) {
    lines.push(`  ${SIGNS[change.action]} ${change.title}: ${change.reasons.join('; ')}`);
    for (const { path, before, after } of change.texts ?? []) {
      if (before || full) lines.push(indent(unifiedDiff(path, before || undefined, after)));
    }
  }
  for (const handler of plan.handlers) lines.push(`  ${color.dim('then')} ${handler.id}`);
  for (const title of plan.stays ?? []) lines.push(`  ${color.dim('stays')} ${title}`);
  for (const { message, hint } of plan.refused) lines.push(color.bad(`  refused: ${message}`), `    ${hint}`);
  return lines.join('\n');
}

export function planJson(plan: PlanView): object {
  return {
    host: plan.host,
    roles: plan.roles,
    changes: plan.changes.map(({ resource, action, title, reasons, texts }) => ({
      kind: resource.kind,
      id: resource.id,
      action,
      title,
      reasons,
      texts: texts ?? [],
    })),
    handlers: plan.handlers.map((h) => h.id),
    refused: plan.refused,
    ...(plan.stays ? { stays: plan.stays } : {}),
  };
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
}
