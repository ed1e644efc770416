// What every host has, whatever it is for.
import type { Resource } from '../resources/kind.js';
import { journal } from './logs.js';
import { recover } from './recover.js';

export function everyHost(vars: Record<string, unknown>): Resource[] {
  return [{ kind: 'state', id: '/var/lib/hxllm', spec: {} }, ...recover(), journal(vars)];
}
