// What somebody else wrote is kept beside what replaces it.
import { quote } from '../shell.js';

/** Every text of hxllm's begins with it. */
export const MARK = '# Written by hxllm';

/** Why something is removed. */
export const GONE = 'is not wanted any more';

/** logrotate reads all of its folder but what is called so. */
const ASIDE = /^\/etc\/logrotate\.d\//;

export const originalOf = (path: string) => `${path}.before-hxllm${ASIDE.test(path) ? '.disabled' : ''}`;

/**
 * sh: copies it, once, for root alone: it may hold keys. What is put back later is put back without the copy. A copy
 * without anything that `matters` gives way to another one.
 */
export function keepOriginal(path: string, matters?: RegExp): string {
  const [there, kept] = [quote(path), quote(originalOf(path))];
  const isOurs = `[ ! -e ${there} ] || grep -qF '${MARK}' ${there}`;
  const dropped = matters
    ? `${isOurs} || grep -qsE ${quote(matters.source)} ${kept} || rm -f -- ${kept}\n`
    : '';
  return `${dropped}[ -e ${kept} ] || ${isOurs} || (umask 077; cp -- ${there} ${kept})`;
}

/** sh: what was there before hxllm is there again, or nothing. */
export function bringOriginal(path: string): string {
  const [there, kept] = [quote(path), quote(originalOf(path))];
  return `if [ -e ${kept} ]; then mv -fT -- ${kept} ${there}; else rm -f -- ${there}; fi`;
}

/** sh: the folder of something that went goes too, when nothing else is there. */
export function tidy(path: string): string {
  const folder = quote(path.slice(0, path.lastIndexOf('/')));
  return `[ ! -d ${folder} ] || rmdir --ignore-fail-on-non-empty -- ${folder}`;
}
