// Stack check `rotation`: no key is on its way out, as an interrupted `rotate-key` leaves it.
import { unfinishedText } from '../stack/unfinished.js';
import type { StackCheck } from './check.js';

export const rotation: StackCheck = {
  id: 'rotation',
  title: 'No rotation of a key is left unfinished',
  hint: 'hxllm rotate-key',
  run: async ({ unfinished }) =>
    unfinished.length === 0
      ? { status: 'pass', message: 'none' }
      : unfinished.map((one) => ({ subject: one.client, status: 'warn', ...unfinishedText(one) })),
};
