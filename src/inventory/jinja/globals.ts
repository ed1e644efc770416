// Functions that an expression may call: lookup, query, range, dict.
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { messageOf } from '../../errors.js';
import { Secret } from '../../secret.js';
import type { Call, Evaluation } from './evaluate.js';
import { defined, ExpressionError, Float, isDict, isUndefined, numberOf, Undefined } from './python.js';

export function globals(run: Evaluation): Record<string, Call> {
  const query: Call = ([name, ...terms], named) => lookups(run, run.text(name), terms, named);
  return {
    // as Ansible: several texts are joined by a comma, a single answer keeps its type
    lookup: (args, named) => {
      const found = query(args, named) as unknown[];
      if (named.wantlist) return found;
      if (found.length === 1) return found[0];
      const texts = found.every((value) => typeof value === 'string' || value instanceof Secret);
      return texts ? found.map((value) => run.text(value)).join(',') : found;
    },
    query,
    q: query,
    range: (args) => range(args),
    dict: ([given = []], named) => {
      const pairs = isDict(given)
        ? Object.entries(given)
        : run.items(given).map((pair) => {
            const two = run.items(pair);
            if (two.length !== 2) throw new ExpressionError('dict needs pairs');
            if (isDict(two[0]) || Array.isArray(two[0])) throw new ExpressionError('a key is a text');
            return isUndefined(two[0]) ? two : [two[0], defined(two[1])];
          });
      // as in Ansible, what has an undefined key is an error only for who looks at it
      const missing = pairs.map(([key]) => key).find(isUndefined);
      return (
        missing ?? { ...Object.fromEntries(pairs.map(([key, value]) => [run.text(key), value])), ...named }
      );
    },
  };
}

function lookups(
  run: Evaluation,
  fullName: string,
  terms: unknown[],
  named: Record<string, unknown>,
): unknown[] {
  const name = fullName.replace(/^ansible\.builtin\./, '');
  const { scope } = run;
  switch (name) {
    case 'env':
      return terms.map((term) => scope.env[run.text(term)] ?? named.default ?? '');
    case 'file':
      return terms.map((term) => readText(run, run.text(term), named));
    case 'vars':
      return terms.map((term) => {
        const name = run.text(term);
        const found = scope.lookup(name);
        return found === undefined ? (named.default ?? new Undefined(name)) : found;
      });
    case 'list':
      return terms.flatMap((term) => run.items(term));
    case 'items':
      return terms.flatMap((term) => (Array.isArray(term) ? term : [term]));
    default:
      throw new ExpressionError(`the lookup ${fullName} is not supported`);
  }
}

function readText(run: Evaluation, path: string, named: Record<string, unknown>): string {
  const given = path.startsWith('~/') ? join(run.scope.env.HOME ?? '', path.slice(2)) : path;
  // Ansible looks into files/ next to the inventory too
  const places = isAbsolute(given)
    ? [given]
    : [join(run.scope.folder, 'files', given), join(run.scope.folder, given)];
  for (const place of places)
    try {
      const text = readFileSync(place, 'utf8');
      return named.rstrip === false ? text : text.trimEnd();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw new ExpressionError(`cannot read ${place}: ${messageOf(error)}`);
    }
  throw new ExpressionError(`no file ${path} for lookup (looked for ${places.join(', ')})`);
}

function range(given: unknown[]): number[] {
  const args = given.map((one) => (one instanceof Float ? undefined : numberOf(one)));
  const [from, to, step] =
    args.length === 1 ? [0, args[0], 1] : [args[0], args[1], args.length > 2 ? args[2] : 1];
  if (from === undefined || to === undefined || !step) throw new ExpressionError('range needs whole numbers');
  const size = Math.max(0, Math.ceil((to - from) / step));
  if (size > 10_000) throw new ExpressionError('range is too large');
  return Array.from({ length: size }, (_, i) => from + i * step);
}
