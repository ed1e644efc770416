// Templates as the functions that Handlebars makes of them. The build puts those of all templates in this file's place.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { ROOT } from './root.js';

export interface Compiled {
  /** Names that it reads from its top level. */
  names: readonly string[];
  spec: TemplateSpecification;
}

/** JavaScript of a template's Compiled. */
export function source(text: string): string {
  const ast = Handlebars.parse(text);
  return `{ names: ${JSON.stringify([...topNames(ast)])}, spec: ${Handlebars.precompile(ast, { noEscape: true, strict: true })} }`;
}

export function compiled(name: string): Compiled {
  const text = readFileSync(join(ROOT, 'templates', name), 'utf8');
  return new Function(`return ${source(text)}`)() as Compiled;
}

const HELPERS = new Set(['yaml', 'json', 'env', 'sh', 'if', 'each', 'unless', 'with', 'lookup', 'this']);

/** Names that a template reads from its top level. */
function topNames(ast: hbs.AST.Program): Set<string> {
  const names = new Set<string>();
  const path = (node: hbs.AST.Expression) => {
    const expression = node as hbs.AST.PathExpression;
    const first = expression.parts?.[0];
    if (
      node.type === 'PathExpression' &&
      first &&
      expression.depth === 0 &&
      !expression.data &&
      !HELPERS.has(first)
    )
      names.add(first);
  };
  for (const node of ast.body) {
    if (node.type === 'MustacheStatement' || node.type === 'BlockStatement') {
      const { path: head, params, program } = node as hbs.AST.BlockStatement;
      path(head);
      params.forEach(path);
      // inside each and with the names are the item's
      const name = (head as hbs.AST.PathExpression).original;
      if (program && (name === 'if' || name === 'unless'))
        for (const inner of topNames(program)) names.add(inner);
    }
  }
  return names;
}
