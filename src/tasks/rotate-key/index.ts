// The story of `rotate-key`: find the key, show, ask, then the rotation, or the rest of one that was interrupted.
import { randomBytes } from 'node:crypto';
import { EXIT, type Exit, HxError } from '../../errors.js';
import { KeyFile } from '../../inventory/key-file.js';
import { showOrigin } from '../../inventory/types.js';
import type { Run } from '../../run.js';
import { Secret } from '../../secret.js';
import { story } from '../../ui/listr.js';
import type { Fleet } from '../fleet.js';
import { LiveGateways } from '../keys/gateways.js';
import { consumersOf } from './consumers.js';
import { afterwards, Rotation, timeOf } from './rotation.js';
import { type Target, targetOf } from './target.js';

export interface RotateOptions {
  client: string | undefined;
  /** Milliseconds. */
  grace: number | undefined;
  check: boolean;
  print(text: string): void;
  /** On stderr, at once. */
  warn(text: string): void;
  confirm(question: string): Promise<boolean>;
}

export async function rotateKey(
  fleet: Fleet,
  run: Run,
  options: RotateOptions,
): Promise<{ json: object; exit: Exit }> {
  const target = targetOf(fleet, options.client);
  const { variable, form } = target.source;
  const where = showOrigin({ file: target.source.file })!;
  const file = new KeyFile(target.source.file, variable, fleet.inventory.vault);
  const consumers = consumersOf(fleet, target, run);
  const before = file.state();
  const isResumed = before.previous !== undefined;
  if (!isResumed) file.rehearse();
  const json = (state: string) => ({
    client: target.name,
    variable,
    file: target.source.file,
    gateways: target.gateways,
    consumers: consumers.map((c) => c.name),
    resumed: isResumed,
    state,
  });
  options.print(
    [
      isResumed
        ? `${where}: ${variable}_previous is there: an earlier rotation of ${target.title} is finished${endOf(before.until)}`
        : `${where}: a new key in ${variable}, the old one beside it until it is refused everywhere`,
      `gateways: ${target.gateways.join(', ')}`,
      `handed the new key by hxllm: ${consumers.map((c) => c.name).join(', ') || 'nobody'}`,
    ].join('\n'),
  );
  if (form === 'plain')
    options.warn(
      `warning: ${where} is not encrypted: everybody who reads it has the key; hxllm vault encrypt`,
    );
  if (options.check) return { json: json('planned'), exit: EXIT.pending };
  const question = isResumed ? `Finish the rotation of ${target.title}?` : `Replace ${target.title}?`;
  if (!(await options.confirm(question))) return { json: json('declined'), exit: EXIT.pending };
  await rotate(fleet, run, target, file, options);
  const look = form === 'vault' ? `hxllm vault view ${where}` : `${variable} in ${where}`;
  options.print(`${target.title} is new, the old one is refused everywhere. Look at it with: ${look}`);
  return { json: json('done'), exit: EXIT.done };
}

async function rotate(
  fleet: Fleet,
  run: Run,
  target: Target,
  file: KeyFile,
  { grace, warn }: RotateOptions,
): Promise<void> {
  const fresh = new Secret(`sk-${randomBytes(24).toString('hex')}`);
  run.masker.add(fresh);
  const gateways = new LiveGateways(fleet, run, target);
  const consumers = consumersOf(fleet, target, run);
  const rotation = new Rotation({ file, gateways, consumers, fresh, grace, signal: run.signal });
  try {
    await story(rotation.steps(), {}, run);
  } catch (error) {
    const then = afterwards(rotation.phase, target.command);
    if (run.signal.aborted) warn(then);
    if (run.signal.aborted || !(error instanceof HxError)) throw error;
    const { code, message, suggestions, cause } = error;
    throw new HxError({ code, message, hint: [then, ...suggestions], cause });
  } finally {
    gateways.close();
  }
}

function endOf(until: number | undefined): string {
  if (until === undefined) return '';
  return `; its old key ${until * 1000 <= Date.now() ? 'ended' : 'ends'} at ${timeOf(until)}`;
}
