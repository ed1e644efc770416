// What is given by place and by name, as parameters take it: Python refuses what they do not know.
import { ExpressionError } from './python.js';

type Arguments = [args: unknown[], named: Record<string, unknown>];

/** Arguments in the order of the parameters, where they have one. */
export function bound(what: string, names: string | undefined, ...[args, named]: Arguments): Arguments {
  if (names === undefined) return [args, named];
  const order = names.split(' ').filter(Boolean);
  const all = [...args];
  for (const [name, value] of Object.entries(named)) {
    const at = order.indexOf(name);
    if (at < 0) throw new ExpressionError(`${what} has no ${name}, or hxllm does not know it`);
    if (at < args.length) throw new ExpressionError(`${what} has its ${name} twice`);
    all[at] = value;
  }
  if (all.length > order.length) throw new ExpressionError(`${what} takes fewer arguments`);
  return [all, {}];
}
