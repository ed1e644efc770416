// Kind `filter`: an nftables table of hxllm's own, its file, and that both are the same. Never the host's own rules.
import { foreignScript } from '../open-webui.js';
import type { Opening } from '../opening.js';
import { quote } from '../shell.js';
import { writeFile } from './content.js';
import type { Kind, Refusal } from './kind.js';
import { GONE, MARK } from './original.js';
import { filterText, leftOut, unknownOf } from './rules.js';
import { eachSocket } from './sockets.js';

export const FILTER = '/etc/hxllm/filter.nft';
export const FILTER_UNIT = 'hxllm-filter.service';
const AT_BOOT = `/etc/systemd/system/sysinit.target.wants/${FILTER_UNIT}`;
const TABLE = 'inet hxllm';
/** The file in base64 and what nft said once it was loaded: its words change with its version. The unit writes it. */
const LOADED = '/run/hxllm-filter';
/** Peers of a port that are named. */
const NAMED = 5;

export interface FilterSpec {
  openings: readonly Opening[];
  /** What is written: diff decides. */
  content?: string;
}

export interface SeenFilter {
  nft: 'works' | 'missing' | 'refuses';
  /** Why nft cannot be used there. */
  why?: string;
  text?: string;
  loaded: boolean;
  /** What is loaded is what the file says. */
  same: boolean;
  atBoot: boolean;
  /** Who is connected to a port, or was a moment ago; not the host itself. */
  peers: { port: number; address: string }[];
  /** Ports that sshd has. */
  ssh: number[];
  /** Units of Open WebUIs that somebody else installed. */
  foreign: string[];
}

/** sh. What the file says is what nft made of it when the unit loaded it, else asked from nft itself, in a network of its own. */
export function probeFilter(openings: readonly Opening[]): string {
  const units = new Set(openings.flatMap(({ webui }) => webui ?? []));
  const asked = openings.map(({ port }) => `*:${port}`).join('|');
  return [
    `f=${FILTER}; t=; [ ! -e $f ] || { t=$(base64 -w0 < $f); echo "file $t"; }`,
    `[ ! -e ${AT_BOOT} ] || echo boot`,
    `if ! command -v nft >/dev/null; then echo 'nft missing'`,
    `elif l=$(nft -s list table ${TABLE} 2>/dev/null); then echo 'nft works'; echo loaded`,
    `r=; [ ! -r ${LOADED} ] || while IFS= read -r x; do r="$r$x`,
    `"; done < ${LOADED}`,
    `if [ ! -e $f ]; then :; elif [ "$t`,
    `$l`,
    `" = "$r" ] || [ "$l" = "$(unshare -n sh -c "nft -f $f && nft -s list table ${TABLE}" 2>/dev/null)" ]; then echo same; fi`,
    `elif l=$(nft list tables 2>&1 >/dev/null); then echo 'nft works'`,
    `else echo "nft refuses $l" | head -n 1; fi`,
    eachSocket(`case "$o" in *'"sshd'*) echo "ssh \${l##*:}" ;; esac`),
    ...(asked
      ? [
          eachSocket(`case "$s $l" in 'LISTEN '*) ;; ${asked}) echo "peer \${l##*:} \${p%:*}" ;; esac`),
          `echo "own $(hostname -I)"`,
        ]
      : []),
    ...[...units].map((unit) => `if { ${foreignScript(unit)}; }; then echo ${quote(`foreign ${unit}`)}; fi`),
    'true',
  ].join('\n');
}

export function readFilter(section: string): SeenFilter {
  const all = (key: string) =>
    [...section.matchAll(new RegExp(`^${key} (.*)$`, 'gm'))].map((m) => m[1] as string);
  const [, nft, why] = /^nft (works|missing|refuses) ?(.*)$/m.exec(section) ?? [];
  if (!nft) throw new Error(`cannot be read: ${section.trim()}`);
  const own = new Set(all('own').flatMap((line) => line.split(/\s+/)));
  const peers = [...new Set(all('peer'))].map((line) => {
    const [port, address = ''] = line.split(' ');
    return { port: Number(port), address: address.replace(/^\[(::ffff:(?=\d+\.))?|%.*$|\]$/g, '') };
  });
  const text = all('file')[0];
  return {
    nft: nft as SeenFilter['nft'],
    ...(why ? { why } : {}),
    ...(text === undefined ? {} : { text: Buffer.from(text, 'base64').toString() }),
    loaded: /^loaded$/m.test(section),
    same: /^same$/m.test(section),
    atBoot: /^boot$/m.test(section),
    peers: peers.filter(({ address }) => !own.has(address) && !/^(127\.|::1$)/.test(address)),
    ssh: [...new Set(all('ssh').map(Number))],
    foreign: all('foreign'),
  };
}

/** What the stack serves there. */
export function guardedOf(openings: readonly Opening[], seen: SeenFilter | undefined): Opening[] {
  return openings.filter(({ webui }) => !webui || !seen?.foreign.includes(webui));
}

export const filter: Kind<FilterSpec, SeenFilter> = {
  name: 'filter',
  phase: 'service',
  probe: (resources) => probeFilter(resources.flatMap((r) => r.spec.openings)),
  read: (section, resources) => new Map(resources.map(({ id }) => [id, readFilter(section)])),
  diff(resource, seen) {
    const { id } = resource;
    const spec = { ...resource.spec, openings: guardedOf(resource.spec.openings, seen) };
    if (spec.openings.length === 0) return filter.remove?.(resource, seen);
    const before = seen?.text ?? '';
    // an address that nobody knows would shut a host out: then what is there stays
    const isKnown = unknownOf(spec.openings, before).length === 0;
    const content = isKnown ? filterText(spec.openings, before) : before;
    if (!content) return undefined;
    const reasons = reasonsOf(content, seen);
    if (reasons.length === 0) return undefined;
    const isNew = content !== before || !seen?.loaded;
    const refused = refusalOf(spec, seen);
    return {
      resource: { ...resource, spec: { ...spec, content } },
      action: before ? 'update' : 'create',
      title: `filter ${id}`,
      reasons: [...reasons, ...(isNew && isKnown && seen ? cutOff(spec, seen) : [])],
      ...(content === before ? {} : { texts: [{ path: id, before, after: content }] }),
      ...(refused ? { refused } : {}),
    };
  },
  remove(resource, seen) {
    if (!seen?.text?.startsWith(MARK) && !seen?.loaded && !seen?.atBoot) return undefined;
    return { resource, action: 'remove', title: `filter ${resource.id}`, reasons: [GONE] };
  },
  saves: ({ resource: { id } }) => [id, AT_BOOT],
  apply({ resource: { id, spec }, action }) {
    if (action === 'remove') return `rm -f ${AT_BOOT}\n${unloaded}\nrm -f ${quote(id)}`;
    const write = writeFile(id, spec.content ?? '', '0600', 'root', 'root').split('\n');
    return [
      `mkdir -p ${quote(id.slice(0, id.lastIndexOf('/')))}`,
      ...write.slice(0, -1),
      `nft -c -f ${quote(`${id}.hxllm-new`)}`,
      // the last step is the rename
      ...write.slice(-1),
      `systemctl enable -q ${FILTER_UNIT}`,
      `systemctl reload-or-restart ${FILTER_UNIT}`,
    ].join('\n');
  },
  undo: ({ resource: { id } }) =>
    `if [ -e ${quote(id)} ]; then systemctl reload-or-restart ${FILTER_UNIT}; else\n${unloaded}\nfi`,
};

/** Its unit may be gone by now, and with it what ends it. */
const unloaded = `systemctl stop ${FILTER_UNIT} 2>/dev/null || true\nnft delete table ${TABLE} 2>/dev/null || true\nrm -f ${LOADED}`;

function reasonsOf(content: string, seen: SeenFilter | undefined): string[] {
  const reasons: string[] = [];
  if (seen?.text === undefined) reasons.push('is missing');
  else if (seen.text !== content) reasons.push('content differs');
  else if (!seen.loaded) reasons.push('is not loaded');
  else if (!seen.same) reasons.push('somebody changed the loaded table');
  if (seen?.text !== undefined && !seen.atBoot) reasons.push('is not loaded at boot');
  return reasons;
}

function cutOff({ openings }: FilterSpec, { peers, text }: SeenFilter): string[] {
  return openings.flatMap((opening) => {
    const here = peers.filter(({ port }) => port === opening.port).map(({ address }) => address);
    const lost = leftOut(opening, text ?? '', here);
    if (lost.length === 0) return [];
    const named =
      lost.slice(0, NAMED).join(', ') + (lost.length > NAMED ? ` and ${lost.length - NAMED} more` : '');
    return `cuts ${named} off from port ${opening.port}, which ${opening.variable} would keep`;
  });
}

function refusalOf({ openings }: FilterSpec, seen: SeenFilter | undefined): Refusal | undefined {
  const ssh = openings.find(({ port }) => seen?.ssh.includes(port));
  if (ssh)
    return {
      message: `port ${ssh.port} (${ssh.of}) is the port of SSH: the filter must never close it`,
      hint: `give ${ssh.of} another value`,
    };
  if (seen?.nft !== 'refuses') return undefined;
  return {
    message: `nftables cannot be used there: ${seen.why}`,
    hint: 'a container needs the right CAP_NET_ADMIN; or leave the ports open: hxllm_filter: false',
  };
}
