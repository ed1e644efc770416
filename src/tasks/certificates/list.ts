// The story of `certificates list`: what the inventory has, for whom and how long.
import { EXIT, type Exit } from '../../errors.js';
import { showOrigin } from '../../inventory/types.js';
import { table } from '../../ui/table.js';
import type { Fleet } from '../fleet.js';
import { wantedOf } from './wanted.js';

export async function listCertificates(fleet: Fleet): Promise<{ text: string; json: object; exit: Exit }> {
  const certificates = wantedOf(fleet).map(({ variables, own, named, names }) => ({
    variable: variables.certificate,
    for: own?.name ?? null,
    expires: own?.expires.toISOString() ?? null,
    file: named ?? null,
    names,
  }));
  const rows = certificates.map((c) => [
    c.variable,
    c.for ?? 'none',
    c.expires?.slice(0, 10) ?? '',
    c.file ? (showOrigin({ file: c.file }) as string) : 'hxllm certificates create',
  ]);
  return {
    text: table(['variable', 'for', 'expires', 'file'], rows),
    json: { certificates },
    exit: EXIT.done,
  };
}
