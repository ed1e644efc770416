// Who is handed a new key by hxllm itself: a role that holds one adds its line here.
import type { Run } from '../../run.js';
import type { Secret } from '../../secret.js';
import type { Fleet } from '../fleet.js';
import { webuiConsumers } from '../webui/consumer.js';
import type { Target } from './target.js';

export interface Consumer {
  /** For messages: `Open WebUI on hx-webui-server`. */
  name: string;
  /** Makes it use the new key and proves that it does. Both keys are accepted meanwhile; a second call changes nothing. */
  take(fresh: Secret, say: (text: string) => void): Promise<void>;
}

/** Finds its hosts in the stack; [] where none holds this key. */
type Holder = (fleet: Fleet, target: Target, run: Run) => Consumer[];

const HOLDERS: readonly Holder[] = [webuiConsumers];

export function consumersOf(fleet: Fleet, target: Target, run: Run): Consumer[] {
  return HOLDERS.flatMap((holder) => holder(fleet, target, run));
}
