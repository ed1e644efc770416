// The web UI of the field on its host: what stands in its environment file and its database, and the commands that are about it.
import { expect } from 'vitest';
import type { Lab } from '../../support/lab.js';
import { vaultOf } from './keys.js';
import { ENV, WEBUI } from './old-webui.js';
import { onHost } from './search.js';
import { GATEWAY, verified } from './stack.js';

/** Python: enable, addresses and what belongs to them, as JSON. */
export const CONNECTION =
  "print(json.dumps([rows['openai.enable'], rows['openai.api_base_urls'], rows['openai.api_configs']]))";

export function field(lab: () => Lab) {
  const inventory = () => ({ folder: lab().folder, env: { HXLLM_INVENTORY: lab().inventory } }) as never;
  const said = (script: string) => onHost(lab(), WEBUI, script).stdout;
  const hxllm = (...args: string[]) => lab().hxllm([...args, '--limit', WEBUI]);
  /** Runs Python with `rows` (key → value) and `con`, as the service's user. */
  const database = (python: string) =>
    said(`runuser -u openwebui -- python3 - <<'E'
import json, sqlite3
con = sqlite3.connect('/home/openwebui/data/webui.db', timeout=15, isolation_level=None)
rows = {k: json.loads(v) for k, v in con.execute("select key,value from config where key like 'openai.%'")}
def put(key, value): con.execute("update config set value=? where key=?", (json.dumps(value), key))
${python}
E`);
  return {
    said,
    hxllm,
    database,
    webui: (...args: string[]) => lab().hxllm(['webui', '--yes', ...args]),
    url: () => `http://${lab().fqdn(GATEWAY)}:4000/v1`,
    ownKey: async () => (await vaultOf(lab(), inventory())).vault_litellm_client_open_webui as string,
    /** Everything of the environment file but what is ours to change. */
    others: () => said(`grep -v '^OPENAI_API_' ${ENV}; stat -c '%a %U:%G' ${ENV}`),
    /** What must be the same again when a change is undone. */
    state: () => said(`sha256sum ${ENV}`) + database('print(json.dumps(rows, sort_keys=True))'),
    /** Nothing is left to do, and all is proven. */
    async right(): Promise<void> {
      const plan = await hxllm('plan');
      expect([plan.code, plan.code === 0 ? '' : plan.stdout]).toEqual([0, '']);
      await verified(lab(), ['--limit', WEBUI]);
    },
  };
}
