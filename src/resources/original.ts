// What somebody else wrote is kept beside what replaces it.
import { quote } from '../shell.js';

export const originalOf = (path: string) => `${path}.before-hxllm`;

/** sh: copies it, once, for root alone: it may hold keys. What is put back later is put back without the copy. */
export function keepOriginal(path: string): string {
  const kept = quote(originalOf(path));
  return `[ -e ${kept} ] || (umask 077; cp -- ${quote(path)} ${kept})`;
}
