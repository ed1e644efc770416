// The variables of one host: layers in Ansible's order of precedence, each read only as far as a lookup needs.
import { HxError } from '../errors.js';
import { showOrigin } from './types.js';
import type { VariableFile } from './variable-files.js';
import { PASSWORD_HINT } from './vault/vault.js';
import type { Written, WrittenVariables } from './written.js';

/** Variables that are known, or a file that holds some. */
export type Layer = WrittenVariables | VariableFile;

/** `layers` start with the weakest. */
export class HostVariables {
  constructor(readonly layers: readonly Layer[]) {}

  /** Throws HxError `vault` when only a vault that cannot be opened could hold the variable. */
  find(name: string): Written | undefined {
    const closed: string[] = [];
    for (const layer of this.layers.toReversed()) {
      if (layer instanceof Map) {
        const written = layer.get(name);
        if (written) return written;
      } else if (!layer.readable()) closed.push(showOrigin({ file: layer.file })!);
      else {
        const written = layer.read().get(name);
        if (written) return written;
      }
    }
    if (closed.length === 0) return undefined;
    const [first, ...others] = closed;
    const also = others.length > 0 ? ` or in ${others.join(', ')}` : '';
    throw new HxError({
      code: 'vault',
      message: `there is no password for this vault, and ${name}, which no other file sets, may be in it${also}`,
      where: first,
      hint: PASSWORD_HINT,
    });
  }

  /** Names in all layers that can be read. */
  names(): string[] {
    const names = new Set<string>();
    for (const layer of this.layers) {
      if (layer instanceof Map) for (const name of layer.keys()) names.add(name);
      else if (layer.readable()) for (const name of layer.read().keys()) names.add(name);
    }
    return [...names].sort();
  }

  /** Encrypted files for which there is no password. */
  closed(): string[] {
    return this.layers.flatMap((layer) => (layer instanceof Map || layer.readable() ? [] : [layer.file]));
  }
}
