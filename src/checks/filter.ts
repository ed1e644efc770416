// Host check `filter`: the table that guards the host's ports is loaded, is what its file says, and knows all who must come.
import { guardedOf, probeFilter, readFilter } from '../resources/filter.js';
import { unknownOf } from '../resources/rules.js';
import { type HostCheck, type Result, verdict } from './check.js';

export const filter: HostCheck = {
  id: 'filter',
  title: 'Ports are open to those who must come, and to nobody else',
  role: 'machine',
  hint: 'hxllm deploy --limit HOST',
  script: ({ openings }) => probeFilter(openings),
  judge(output, { openings: all, vars }): Result | Result[] {
    const seen = readFilter(output);
    const openings = guardedOf(all, seen);
    if (openings.length === 0) {
      if (seen.loaded) return { status: 'warn', message: 'a filter is loaded that nobody wants any more' };
      // of a host that nobody wants to close there is nothing to say
      return vars.hxllm_filter === false ? { status: 'skip', message: 'hxllm_filter is false' } : [];
    }
    const ports = openings.map(({ port }) => port).join(', ');
    if (seen.text === undefined)
      return { status: 'warn', message: `anybody may come to port ${ports}: no filter was deployed` };
    const wrong = [
      ...(seen.nft === 'missing' ? ['nft is not installed'] : []),
      ...(seen.nft === 'refuses' ? [`nft cannot be used: ${seen.why}`] : []),
      ...(seen.nft === 'works' && !seen.loaded
        ? [`it is not loaded: anybody may come to port ${ports}`]
        : []),
      ...(seen.loaded && !seen.same ? ['somebody changed the loaded table'] : []),
      ...(seen.atBoot ? [] : ['it is not loaded at boot']),
    ];
    if (wrong.length > 0) return { ...verdict(wrong, ''), fix: LOAD };
    const unknown = unknownOf(openings, seen.text).map(({ port, host }) => `${host.name} on port ${port}`);
    if (unknown.length > 0)
      return { status: 'warn', message: `it does not know ${unknown.join(', ')}`, hint: 'hxllm deploy' };
    return { status: 'pass', message: `port ${ports}, loaded as its file says` };
  },
};

const LOAD: NonNullable<Result['fix']> = {
  title: 'load the filter from its file',
  script: 'systemctl enable -q hxllm-filter.service && systemctl reload-or-restart hxllm-filter.service',
};
