// What stands between {% and %}: if, for and set, and the text around them.
import type { Node } from '../jinja.js';
import type { Evaluation, Locals } from './evaluate.js';
import { ExpressionError, truthy } from './python.js';

/** Appends what a node puts out: texts, and values of expressions with their type. */
export function runStatements(run: Evaluation, node: Node, locals: Locals, out: unknown[]): void {
  switch (node.typename) {
    case 'Root':
    case 'NodeList':
      for (const child of node.children!) runStatements(run, child, locals, out);
      return;
    case 'Output':
      for (const child of node.children!)
        if (child.typename !== 'TemplateData') out.push(run.evaluate(child, locals));
        else if (child.value !== '') out.push(child.value);
      return;
    case 'If':
      if (truthy(run.evaluate(node.cond as Node, locals))) runStatements(run, node.body as Node, locals, out);
      else if (node.else_) runStatements(run, node.else_ as Node, locals, out);
      return;
    case 'For':
      loop(run, node, locals, out);
      return;
    case 'Set': {
      if (!node.value) throw new ExpressionError('a {% set %} block is not supported');
      const value = run.evaluate(node.value as unknown as Node, locals);
      for (const target of node.targets as Node[]) locals.set(String(target.value), value);
      return;
    }
    default:
      throw new ExpressionError(`{% ${node.typename.toLowerCase()} %} is not supported`);
  }
}

function loop(run: Evaluation, node: Node, locals: Locals, out: unknown[]): void {
  const name = node.name as Node;
  const names = name.typename === 'Symbol' ? undefined : name.children!.map((n) => String(n.value));
  const rounds: { inner: Locals; item: unknown }[] = [];
  for (const item of run.items(run.evaluate(node.arr as Node, locals))) {
    const inner = new Map(locals);
    const parts = names ? run.items(item) : [item];
    if (names && parts.length !== names.length)
      throw new ExpressionError(`an item has not ${names.length} parts`);
    for (const [at, part] of parts.entries()) inner.set(names?.[at] ?? String(name.value), part);
    if (!node.test || truthy(run.evaluate(node.test as Node, inner))) rounds.push({ inner, item });
  }
  if (rounds.length === 0 && node.else_) runStatements(run, node.else_ as Node, locals, out);
  const last = rounds.length - 1;
  rounds.forEach(({ inner }, i) => {
    const counts = { index: i + 1, index0: i, revindex: last - i + 1, revindex0: last - i };
    const beside = { previtem: rounds[i - 1]?.item, nextitem: rounds[i + 1]?.item };
    const known = Object.fromEntries(Object.entries(beside).filter(([, item]) => item !== undefined));
    inner.set('loop', { ...counts, ...known, first: i === 0, last: i === last, length: rounds.length });
    runStatements(run, node.body as Node, inner, out);
  });
}
