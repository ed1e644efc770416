// Kind `state`: what hxllm notes on a host of its own runs. They make it; it goes when nothing else of hxllm's is left.
import { quote } from '../shell.js';
import type { Kind } from './kind.js';

export const state: Kind<object, true> = {
  name: 'state',
  phase: 'stage',
  probe: (resources) => resources.map(({ id }) => `[ ! -e ${quote(id)} ] || echo ${quote(id)}`).join('\n'),
  read(section) {
    const rows = section.split('\n').filter(Boolean);
    return new Map(rows.map((id) => [id, true]));
  },
  diff: () => undefined,
  remove: (resource, seen) =>
    seen && { resource, action: 'remove', title: resource.id, reasons: ['records and undo of earlier runs'] },
  apply: ({ resource: { id } }) => `rm -rf -- ${quote(id)}`,
};
