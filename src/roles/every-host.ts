// What every host has, whatever it is for.
import type { Resource } from '../resources/kind.js';
import type { Member } from '../stack/stack.js';
import { filter } from './filter.js';
import { journal } from './logs.js';
import { recover } from './recover.js';
import { trust } from './trust.js';

export function everyHost(host: Pick<Member, 'vars' | 'openings' | 'authority'>): Resource[] {
  return [...recover(), journal(host.vars), ...trust(host.authority), ...filter(host)];
}
