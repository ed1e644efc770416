// Tables. The one door to cli-table3. No frame: what is piped into awk and grep is the same as what people see.
import Table from 'cli-table3';
import { color } from './color.js';

type Cell = string | number | undefined;

export interface TableOptions {
  /** Columns whose cells stand at the right, counted from 0. */
  right?: readonly number[];
  /** Default: a terminal wraps long cells at its width; a pipe never wraps. */
  width?: number | undefined;
}

const BARE = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** Lines without trailing blanks; `-` for a cell with nothing. */
export function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions = {},
): string {
  const { right = [], width = process.stdout.isTTY ? process.stdout.columns : undefined } = options;
  const shown = rows.map((row) =>
    head.map((_, i) => (row[i] === undefined || row[i] === '' ? '-' : String(row[i]))),
  );
  const last = lastWidth(head, shown, width);
  const out = new Table({
    chars: BARE,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: head.map((title) => color.dim(title.toUpperCase())),
    colAligns: head.map((_, i) => (right.includes(i) ? 'right' : 'left')),
    colWidths: head.map((_, i) => (i === head.length - 1 ? last : null)),
    wordWrap: last !== null,
  });
  out.push(...shown);
  return out
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** What is left for the last column when the table is wider than the terminal; null = as wide as it wants. */
function lastWidth(
  head: readonly string[],
  rows: readonly string[][],
  width: number | undefined,
): number | null {
  if (!width) return null;
  const longest = head.map((title, i) =>
    Math.max(...[title, ...rows.map((row) => row[i]!)].map(visibleLength)),
  );
  const total = longest.reduce((sum, n) => sum + n, 2 * (head.length - 1));
  const rest = width - (total - longest.at(-1)!);
  return total > width && rest >= 20 ? rest : null;
}

function visibleLength(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.replace(/\x1b\[[0-9;]*m/g, '').length));
}
