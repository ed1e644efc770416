// What every host has, whatever it is for.
import type { Resource } from '../resources/kind.js';
import type { Member } from '../stack/stack.js';
import { backups } from './backup.js';
import { journal } from './logs.js';
import { recover } from './recover.js';

export function everyHost(member: Member): Resource[] {
  return [...recover(), journal(member.vars), ...backups(member)];
}
