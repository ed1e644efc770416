// Variables as somebody wrote them, before Jinja, with everything secret hidden: for people who look, and for --json.
import { Secret } from '../secret.js';
import { Float, UnsafeText, VaultText } from '../yaml.js';
import { InventoryHost } from './host.js';
import { isTemplate } from './jinja.js';
import type { Host, Value } from './types.js';
import { isMapping } from './written.js';

/** Names whose plain values are secrets although nobody encrypted them. */
const SECRET_NAME =
  /(?:pass(?:word|wd|phrase)?|secret|token|api_?key|master_key|private_key|credentials?)$|^key$/i;

/** undefined when it is not set. Strings out of vaults, and plain passwords, are Secrets and print as [secret]. */
export function asWritten(host: Host, variable: string): Value | undefined {
  if (!(host instanceof InventoryHost)) return host.get(variable);
  const written = host.layers.find(variable);
  return written && shown(written.raw, written.secret ?? false, variable);
}

/** Hides what a name says is a secret, in a value that is evaluated already. */
export function hideByName(name: string, value: Value): Value {
  if (typeof value === 'string' && value !== '' && SECRET_NAME.test(name)) return new Secret(value);
  if (Array.isArray(value)) return value.map((item) => hideByName(name, item));
  if (isMapping(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, hideByName(key, item as Value)]),
    );
  return value;
}

function shown(raw: unknown, secret: boolean, name: string): Value {
  if (raw instanceof VaultText) return new Secret(raw.text);
  const value = raw instanceof UnsafeText ? raw.text : raw instanceof Float ? raw.value : raw;
  if (typeof value === 'string') {
    const template = isTemplate(value) && !(raw instanceof UnsafeText);
    return secret && !template ? new Secret(value) : template ? value : hideByName(name, value);
  }
  if (Array.isArray(value)) return value.map((item) => shown(item, secret, name));
  if (isMapping(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item, secret, key)]));
  return (value ?? null) as Value;
}
