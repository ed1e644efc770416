// Strict rendering of the files under templates/ with Handlebars.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type Handlebars from 'handlebars';
import runtime from 'handlebars/runtime.js';
import { compiled } from './compiled.js';
import { HxError } from './errors.js';
import { ROOT } from './root.js';
import { Secret } from './secret.js';
import { quote } from './shell.js';

/** A path below templates/, also in the installed package. */
export function templatePath(name: string): string {
  return join(ROOT, 'templates', name);
}

/** What is shipped, read once for all hosts. Not state: it cannot differ. */
const TEXTS = new Map<string, string>();

/** A file below templates/ as it is. */
export function templateText(name: string): string {
  const text = TEXTS.get(name) ?? readFileSync(templatePath(name), 'utf8');
  TEXTS.set(name, text);
  return text;
}

/** It comes without types of its own. */
const { create } = runtime as unknown as typeof Handlebars;

interface Template {
  write: (values: object) => string;
  names: readonly string[];
}

/** What shipped files compile to: of a fleet's hosts, most are made from the same ones. Not state: it cannot differ. */
const COMPILED = new Map<string, Template>();

function template(name: string): Template {
  const { names, spec } = compiled(name);
  const engine = create();
  engine.registerHelper('yaml', yaml);
  engine.registerHelper('json', yaml);
  engine.registerHelper('env', env);
  engine.registerHelper('sh', quote);
  return { names, write: engine.template(spec) };
}

/**
 * Renders a template. Handlebars escapes for HTML unless told otherwise, and `{{#if missing}}` stays silent even
 * when strict: so every name in the template is checked against the values first.
 */
export function render(name: string, values: Record<string, unknown>): string {
  const { names, write } = COMPILED.get(name) ?? template(name);
  COMPILED.set(name, { names, write });
  for (const variable of names) {
    if (!(variable in values))
      throw new HxError({
        code: 'config',
        message: `template ${name} names ${variable}, which it is not given`,
      });
  }
  return write(values);
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
