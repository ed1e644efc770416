// Host check `client-rights`: LiteLLM's live list of keys is the inventory's. A limit is proven to be set, not by using it up.
import { isDeepStrictEqual } from 'node:util';
import { clientEntries } from '../stack/clients.js';
import type { GatewayHost } from '../stack/stack.js';
import { type HostCheck, verdict } from './check.js';

const FILE = '/etc/litellm/keys.json';

type Entry = { name: string; expires?: number };

export const clientRights: HostCheck<GatewayHost> = {
  id: 'client-rights',
  title: 'The host knows each client with its limits, and nobody else',
  role: 'gateway',
  hint: 'hxllm keys list; hxllm deploy --limit HOST',
  script: () => `cat ${FILE} 2>&1; true`,
  judge(output, gateway) {
    const wanted = new Map(clientEntries(gateway));
    const seen = new Map(Object.entries((JSON.parse(output) as { keys: Record<string, Entry> }).keys));
    const wrong = [...wanted].flatMap(([hash, entry]) => {
      const has = seen.get(hash);
      if (!has) return `the key of ${entry.name} is not known`;
      return isDeepStrictEqual(has, entry) ? [] : `${entry.name} has other rights than in the inventory`;
    });
    // an older key whose time has come is refused, whether it is still listed or not
    const isOver = ({ expires }: Entry) => expires !== undefined && expires * 1000 <= Date.now();
    const strangers = [...seen].filter(([hash, entry]) => !wanted.has(hash) && !isOver(entry));
    wrong.push(
      ...strangers.map(([hash, { name }]) => `${name} (${hash.slice(0, 8)}) is not in the inventory`),
    );
    return verdict(wrong, `${wanted.size} keys, with limits for ${limited(gateway)}`);
  },
};

function limited({ clients }: GatewayHost): string {
  const names = clients.filter((c) => c.rpm ?? c.tpm ?? c.parallel).map((c) => c.name);
  return names.join(', ') || 'nobody';
}
