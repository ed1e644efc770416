// hxllm inventory show HOST: each variable with its value and the place where it is written; secrets stay hidden.
import { HxError, messageOf } from '../../errors.js';
import { hideByName } from '../../inventory/as-written.js';
import { type Host, type Inventory, showOrigin, type Value } from '../../inventory/types.js';
import { color } from '../../ui/color.js';
import { table } from '../../ui/table.js';

interface Shown {
  value?: Value;
  error?: string;
  origin: string | undefined;
}

export function showHost(
  inventory: Inventory,
  name: string,
  only: readonly string[] = [],
): { text: string; json: object } {
  const host = hostNamed(inventory, name);
  const names = only.length > 0 ? only : host.variables();
  for (const variable of only)
    if (!host.has(variable))
      throw new HxError({
        code: 'variable',
        message: `${variable} is not set for ${host.name}`,
        hint: `hxllm inventory show ${host.name}`,
      });
  const shown = names.map((variable) => [variable, lookAt(host, variable, only.length > 0)] as const);
  return {
    text: only.length > 0 ? shown.map(asBlock).join('\n') : asTable(host, shown),
    json: { host: host.name, groups: host.groups, variables: Object.fromEntries(shown) },
  };
}

function hostNamed(inventory: Inventory, name: string): Host {
  const found = inventory.select(name);
  if (found.length === 1) return found[0]!;
  throw new HxError({
    code: 'limit',
    message: `${name} means ${found.length} hosts`,
    hint: found.slice(0, 10).map((host) => `hxllm inventory show ${host.name}`),
  });
}

/** When one variable was asked for, its error is the answer; among many it is a line. */
function lookAt(host: Host, variable: string, strict: boolean): Shown {
  const origin = showOrigin(host.origin(variable));
  try {
    return { value: hideByName(variable, host.get(variable) ?? null), origin };
  } catch (error) {
    if (strict) throw error;
    return { error: messageOf(error), origin };
  }
}

function asTable(host: Host, shown: readonly (readonly [string, Shown])[]): string {
  const rows = shown.map(([name, { value, error, origin }]) => [
    name,
    error === undefined ? short(text(value!)) : color.bad(short(error)),
    origin,
  ]);
  const groups = host.groups.filter((group) => group !== 'all').join(', ');
  return [
    `${color.strong(host.name)}  ${color.dim(groups)}`,
    '',
    table(['variable', 'value', 'from'], rows),
  ].join('\n');
}

function asBlock([name, { value, origin }]: readonly [string, Shown]): string {
  const pretty = typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : String(value);
  return [
    `${color.name(name)}: ${pretty.replace(/^"(\[secret\])"$/, '$1')}`,
    color.dim(`  from ${origin ?? 'hxllm itself'}`),
  ].join('\n');
}

function text(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"[secret]"', '[secret]');
}

function short(value: string): string {
  const line = value.replace(/\s*\n\s*/g, ' ');
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}
