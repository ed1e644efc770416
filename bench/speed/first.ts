// Where the time of a gateway's first deploy goes: hxllm's own steps, and Ansible's tasks from its log.
import { readFileSync } from 'node:fs';

export interface Part {
  title: string;
  seconds: number;
}

interface Deployed {
  outcomes?: { steps?: { title: string; at: string; ms: number }[] }[];
}

/** Of `deploy --json`: some go on beside others; when there is none, it is the look before or the proof after. */
export function partsOfDeploy(json: string, seconds: number): Part[] {
  const { outcomes = [] } = JSON.parse(json) as Deployed;
  const steps = outcomes.flatMap((one) => one.steps ?? []);
  const parts = steps.map(({ title, ms }) => ({ title, seconds: ms / 1000 }));
  let [busy, until] = [0, 0];
  for (const { at, ms } of steps) {
    const [begin, end] = [Date.parse(at), Date.parse(at) + ms];
    busy += Math.max(0, end - Math.max(begin, until));
    until = Math.max(until, end);
  }
  const rest = seconds - busy / 1000;
  return [...parts, { title: 'start, look and the checks at the end', seconds: rest }];
}

/** `2026-11-29 17:40:01,123 p=… | TASK [Packages] ***`: from one task's line to the next one's. */
export function partsOfPlaybook(log: string): Part[] {
  const marks = [
    ...readFileSync(log, 'utf8').matchAll(/^(\S+ \S+?),(\d+) .*?(TASK|PLAY RECAP)(?: \[(.*?)\])?/gm),
  ];
  const at = ([, time = '', ms = '']: RegExpMatchArray) => Date.parse(`${time.replace(' ', 'T')}.${ms}`);
  return marks.slice(0, -1).map((mark, index) => ({
    title: mark[4] ?? '',
    seconds: (at(marks[index + 1]!) - at(mark)) / 1000,
  }));
}
