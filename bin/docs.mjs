// Writes the README's tables of commands and variables from the manifest and the roles; --check only compares.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = `${root}/README.md`;

const manifest = JSON.parse(await readFile(`${root}/oclif.manifest.json`, 'utf8'));
const roles = await import('../dist/roles/index.cjs').then(
  (module) => module.ROLES ?? [],
  (error) => {
    if (error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes('roles/index.cjs')) return [];
    throw error;
  },
);

const { HOST_VARIABLES } = await import('../dist/stack/host-variables.cjs');
const everyHost = {
  title: 'Every host',
  doc: 'its filter, whom it trusts, what is kept of its logs, and its backups',
  variables: HOST_VARIABLES,
};

const before = await readFile(readme, 'utf8');
const after = fill(fill(before, 'commands', commandTable()), 'variables', variableTables());

if (!process.argv.includes('--check')) await writeFile(readme, after);
else if (after !== before) {
  console.error(
    'README.md does not say what the code says: run npm run build && npm run docs, and commit README.md',
  );
  process.exit(1);
}

function commandTable() {
  const rows = Object.values(manifest.commands)
    .filter((command) => !command.hidden)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((command) => [
      `\`hxllm ${usage(command)}\``,
      firstLine(command.summary ?? command.description ?? ''),
    ]);
  return table(['command', 'does'], rows);
}

function usage(command) {
  const args = Object.values(command.args).filter((arg) => !arg.hidden);
  const names = args.map((arg) => (arg.required ? arg.name.toUpperCase() : `[${arg.name.toUpperCase()}]`));
  return [command.id.replaceAll(':', ' '), ...names].join(' ');
}

function variableTables() {
  const parts = [...roles, everyHost].map(({ name, title, doc, variables }) => {
    const rows = variables.map((one) => [`\`${one.name}\``, one.type, defaultOf(one), one.doc]);
    return `### ${title ?? name}\n\n${doc}\n\n${table(['variable', 'type', 'default', 'what it is'], rows)}`;
  });
  return parts.join('\n\n');
}

function defaultOf(variable) {
  if (variable.defaultDoc) return variable.defaultDoc;
  if (variable.required) return 'required';
  return variable.default === undefined ? '' : `\`${JSON.stringify(variable.default)}\``;
}

/** Padded, as the formatter would have it. */
function table(head, rows) {
  const lines = [head, ...rows].map((cells) => cells.map(cellText));
  const widths = head.map((_, i) => Math.max(3, ...lines.map((cells) => [...cells[i]].length)));
  lines.splice(
    1,
    0,
    widths.map((width) => '-'.repeat(width)),
  );
  return lines.map((cells) => `| ${cells.map((cell, i) => pad(cell, widths[i])).join(' | ')} |`).join('\n');
}

function pad(cell, width) {
  return cell + ' '.repeat(width - [...cell].length);
}

/** What would end the cell, or be taken for a tag outside of code. */
function cellText(cell) {
  const text = String(cell).replaceAll('|', '\\|');
  return text.startsWith('`') ? text : text.replaceAll('<', '&lt;');
}

function firstLine(text) {
  return text.split('\n')[0];
}

function fill(text, name, content) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md needs the lines ${start} and ${end}`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
}
