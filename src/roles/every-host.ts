// What every host has, whatever it is for.
import type { Resource } from '../resources/kind.js';
import type { Member } from '../stack/stack.js';
import { backups } from './backup.js';
import { filter } from './filter.js';
import { journal } from './logs.js';
import { recover } from './recover.js';
import { trust } from './trust.js';

export function everyHost(member: Member): Resource[] {
  return [
    { kind: 'state', id: '/var/lib/hxllm', spec: {} },
    ...recover(),
    journal(member.vars),
    ...trust(member.authority),
    ...filter(member),
    ...backups(member),
  ];
}
