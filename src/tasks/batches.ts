// The batches of a roll-out, as Ansible's `serial` makes them. Pure.

/** `2` or `25%` of the hosts, at least one; undefined = all in one batch. */
export function batchesOf<T>(hosts: readonly T[], serial: string | undefined): T[][] {
  const number = Number.parseInt(serial ?? '', 10);
  const share = serial?.endsWith('%') ? Math.floor((hosts.length * number) / 100) : number;
  const size = serial === undefined ? hosts.length : Math.max(1, share);
  const batches: T[][] = [];
  for (let at = 0; at < hosts.length; at += size) batches.push(hosts.slice(at, at + size));
  return batches;
}
