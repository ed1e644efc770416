// What every host has: the unit that undoes at boot a change that a power cut interrupted.
import type { Resource } from '../resources/kind.js';
import { templateText } from '../templates.js';
import { daemonReload } from './handlers.js';

const UNIT = 'hxllm-recover.service';
const FOLDER = '/etc/systemd/system';

/** There before the first change of a host is armed, and not undone with it. */
export function recover(): Resource[] {
  const content = templateText(`common/${UNIT}`);
  const wanted = `${FOLDER}/sysinit.target.wants/${UNIT}`;
  return [
    { kind: 'unit', id: UNIT, spec: { content }, early: true, notify: [daemonReload] },
    { kind: 'link', id: wanted, spec: { to: `${FOLDER}/${UNIT}` }, early: true, notify: [daemonReload] },
  ];
}
