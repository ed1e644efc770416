// The controller dies, is stopped, or the host loses its power at every boundary of the change of a running gateway:
// the old or the new release serves, and the next deploy goes through.
import { describe, expect, test } from 'vitest';
import { fullOnly } from './support/full.js';
import { useGateway } from './support/gateway.js';
import type { Running } from './support/running.js';
import { GATEWAY } from './support/stack.js';

const { lab, gateway } = useGateway();

type Fault = 'killed' | 'interrupted' | 'power';

/** What is reached, where that is, what of it every run of the tests shows. */
const BOUNDARIES: [what: string, where: string, ...decisive: Fault[]][] = [
  ['the release is staged', 'before systemd-run *-arming *'],
  ['the undo is armed', 'before systemctl restart litellm-standby'],
  ['the standby starts', 'after systemctl restart litellm-standby'],
  ['the standby is being proven', 'said proving the standby'],
  ['the standby is proven', 'before socat * set server slots/standby state ready'],
  ['the standby serves', 'before ln -sn * /etc/litellm/.current.new'],
  ['the new release is the current one', 'after mv -fT * /etc/litellm/current'],
  ['litellm drains', 'after socat * set server slots/litellm state drain'],
  ['litellm is drained', 'before systemctl restart litellm'],
  ['litellm starts', 'after systemctl restart litellm', 'killed'],
  ['litellm is being proven', 'said proving litellm'],
  ['litellm is proven', 'before socat * set server slots/litellm state ready'],
  ['litellm serves', 'after socat * set server slots/litellm state ready'],
  ['the standby goes', 'before systemctl stop litellm-standby'],
  ['the standby is gone', 'after systemctl stop litellm-standby'],
  ['the host is being proven', 'said the proof'],
  ['the undo is disarmed', 'before systemctl stop hxllm-rollback-*-\\*.timer'],
  ['it is recorded', 'before ls -1 /var/lib/hxllm/records'],
];

interface Struck {
  title: string;
  /** Does it, and returns when what is left ends by itself. */
  strike(running: Running): Promise<void>;
  ends: { code: number | null; signal?: string };
  /** Seconds until the host is whole again. */
  within: number;
  underLoad: boolean;
}

const FAULTS: Record<Fault, Struck> = {
  killed: {
    title: 'hxllm is killed',
    strike: async (running) => {
      running.kill('SIGKILL');
      await gateway().goOn(2000);
    },
    ends: { code: null, signal: 'SIGKILL' },
    within: 150,
    underLoad: true,
  },
  interrupted: {
    title: 'hxllm is interrupted',
    strike: async (running) => {
      running.kill('SIGINT');
      await gateway().goOn(2000);
    },
    ends: { code: 130 },
    within: 1,
    underLoad: true,
  },
  power: {
    title: 'the host loses its power',
    strike: async () => {
      await lab().powerCut(GATEWAY);
      await lab().powerOn(GATEWAY);
    },
    ends: { code: 4 },
    within: 150,
    underLoad: false,
  },
};

describe.each(Object.entries(FAULTS))('%s:', (name, { title, strike, ends, within, underLoad }) => {
  for (const [what, where, ...decisive] of BOUNDARIES) {
    const row = decisive.includes(name as Fault) ? test : fullOnly;
    row(`${title} when ${what}`, async () => {
      const started = Date.now();
      const [old, { note, args }] = [await gateway().note(), gateway().change()];
      const load = underLoad ? gateway().probes() : undefined;
      const running = await gateway().reach(where, () => gateway().deploy(args));
      await strike(running);
      const ended = await running.ended;
      expect(ended, ended.said).toMatchObject(ends);
      const is = await gateway().settles([old, note], within);
      const loaded = await load?.stop();
      console.log(
        `${title} when ${what}: ${is === old ? 'old' : 'new'}`,
        Date.now() - started,
        loaded?.asked,
        loaded?.longestGapMs,
      );
      expect(loaded?.failed ?? []).toEqual([]);
      await gateway().finishes(args, note);
    });
  }
});
