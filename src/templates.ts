// The one door to Handlebars: strict rendering of the files under templates/.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { HxError } from './errors.js';
import { ROOT } from './root.js';
import { Secret } from './secret.js';
import { quote } from './shell.js';

/** A path below templates/, also in the installed package. */
export function templatePath(name: string): string {
  return join(ROOT, 'templates', name);
}

interface Template {
  write: Handlebars.TemplateDelegate;
  names: ReadonlySet<string>;
}

/** What shipped files compile to: of a fleet's hosts, most are made from the same ones. Not state: it cannot differ. */
const COMPILED = new Map<string, Template>();

function compile(name: string): Template {
  const source = readFileSync(templatePath(name), 'utf8');
  const engine = Handlebars.create();
  engine.registerHelper('yaml', yaml);
  engine.registerHelper('json', yaml);
  engine.registerHelper('env', env);
  engine.registerHelper('sh', quote);
  const ast = engine.parse(source);
  return { names: topNames(ast), write: engine.compile(ast, { noEscape: true, strict: true }) };
}

/**
 * Renders a template. Handlebars escapes for HTML unless told otherwise, and `{{#if missing}}` stays silent even
 * when strict: so every name in the template is checked against the values first.
 */
export function render(name: string, values: Record<string, unknown>): string {
  const template = COMPILED.get(name) ?? compile(name);
  COMPILED.set(name, template);
  for (const variable of template.names) {
    if (!(variable in values))
      throw new HxError({
        code: 'config',
        message: `template ${name} names ${variable}, which it is not given`,
      });
  }
  return template.write(values);
}

/** A value on one line of YAML, Python or JavaScript: JSON is all of them, and no YAML 1.1 word or number is misread when quoted. */
function yaml(value: unknown): string {
  return JSON.stringify(value instanceof Secret ? value.reveal() : value);
}

/** A value in a systemd EnvironmentFile: double quotes, `\` and `"` escaped, `$` literal (docs/traps.md, systemd). */
function env(value: unknown): string {
  const text = String(value instanceof Secret ? value.reveal() : value);
  if (/[\0\r\n]/.test(text))
    throw new HxError({ code: 'variable', message: 'an environment value must be one line' });
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
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
