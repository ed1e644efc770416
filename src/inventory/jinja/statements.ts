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
  const items = run.items(run.evaluate(node.arr as Node, locals));
  const name = node.name as Node;
  const names = name.typename === 'Symbol' ? undefined : name.children!.map((n) => String(n.value));
  if (items.length === 0 && node.else_) runStatements(run, node.else_ as Node, locals, out);
  items.forEach((item, i) => {
    const inner = new Map(locals);
    if (names) for (const [at, part] of run.items(item).entries()) inner.set(names[at] ?? '', part);
    else inner.set(String(name.value), item);
    const last = items.length - 1;
    const counts = { index: i + 1, index0: i, revindex: last - i + 1, revindex0: last - i };
    inner.set('loop', { ...counts, first: i === 0, last: i === last, length: items.length });
    runStatements(run, node.body as Node, inner, out);
  });
}
