// The diff view of a change, in the unified form that people know. The one door to `diff`. The caller masks.
import { load } from '../lazy.js';
import { color } from './color.js';

/** `before` undefined = the file is new, `after` undefined = it goes away. */
export function unifiedDiff(path: string, before: string | undefined, after: string | undefined): string {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = load<typeof import('diff')>('diff');
  const [from, to] = [before === undefined ? '/dev/null' : path, after === undefined ? '/dev/null' : path];
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  const patch = createTwoFilesPatch(from, to, before ?? '', after ?? '', undefined, undefined, options);
  return patch.trimEnd().split('\n').map(paint).join('\n');
}

function paint(line: string): string {
  if (line.startsWith('---') || line.startsWith('+++')) return color.strong(line);
  if (line.startsWith('@@')) return color.name(line);
  if (line.startsWith('+')) return color.good(line);
  if (line.startsWith('-')) return color.bad(line);
  return line;
}
