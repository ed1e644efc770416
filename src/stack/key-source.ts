// From `litellm_master_key: "{{ vault_litellm_master_key }}"` to the variable and the file that hold the secret itself.
import { HxError } from '../errors.js';
import { InventoryHost } from '../inventory/host.js';
import { isTemplate } from '../inventory/jinja.js';
import { type Host, type Origin, showOrigin } from '../inventory/types.js';
import { VaultText } from '../yaml.js';

export interface KeySource {
  /** The variable that holds the secret: `vault_litellm_master_key`. */
  variable: string;
  /** The file that sets it. */
  file: string;
  line?: number;
  /** The whole file is encrypted, the value alone is (`!vault`), or nothing is. */
  form: 'vault' | 'inline' | 'plain';
}

/** Why a key has no place that hxllm can write to. */
interface Lost {
  message: string;
  origin?: Origin | undefined;
}

const REFERENCE = /^\{\{\s*([A-Za-z_]\w*)\s*\}\}$/;

/** Where the key lies that a variable, or a template such as `{{ vault_ui_key }}`, stands for; undefined when that cannot be followed. */
export function keySource(host: Host, written: string): KeySource | undefined {
  const found = follow(host, written);
  return 'message' in found ? undefined : found;
}

/** As `keySource`; throws HxError `variable` with the place (`at` for a template's own) and what to write instead. */
export function needKeySource(host: Host, written: string, at?: Origin): KeySource {
  const found = follow(host, written);
  if (!('message' in found)) return found;
  throw new HxError({
    code: 'variable',
    message: found.message,
    where: showOrigin(found.origin ?? at) ?? host.name,
    hint: 'give the key a variable of its own in a vault, and refer to it plainly: key: "{{ vault_my_key }}"',
  });
}

function follow(host: Host, written: string): KeySource | Lost {
  const template = isTemplate(written);
  let name = template ? REFERENCE.exec(written.trim())?.[1] : written;
  if (name === undefined || !/^[A-Za-z_]\w*$/.test(name))
    return { message: template ? unclear(written) : 'the key is not in a variable of its own' };
  if (!(host instanceof InventoryHost)) return { message: `${name} comes from no file` };
  const seen: string[] = [];
  for (;;) {
    const found = host.layers.find(name);
    if (!found) return { message: `${name} is not set` };
    const { raw, origin, secret } = found;
    const extra = host.layers.layers.at(-1);
    if (extra instanceof Map && extra.has(name))
      return { message: `${name} is given with -e: hxllm cannot change it there`, origin };
    const form = raw instanceof VaultText ? 'inline' : secret ? 'vault' : 'plain';
    if (raw instanceof VaultText) return { variable: name, ...origin, form };
    if (typeof raw !== 'string') return { message: `${name} is not a single value`, origin };
    if (!isTemplate(raw)) return { variable: name, ...origin, form };
    seen.push(name);
    const next = REFERENCE.exec(raw.trim())?.[1];
    if (next === undefined) return { message: `${name}: ${unclear(raw)}`, origin };
    if (seen.includes(next)) return { message: `the value refers to itself: ${next}`, origin };
    name = next;
  }
}

function unclear(template: string): string {
  return `hxllm cannot tell which variable holds the key: ${template.trim()}`;
}
