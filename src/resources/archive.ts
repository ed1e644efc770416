// Kind `archive`: a release archive unpacked below a folder. Something that is there already and not ours is taken over as it is.
import { quote } from '../shell.js';
import type { Kind } from './kind.js';

export interface ArchiveSpec {
  /** undefined: what is on the host is used. */
  source?: { location: string; sha256: string };
  into: string;
  /** Path that tells whether it is there, e.g. /usr/local/bin/ollama. */
  provides: string;
  /** Other places where somebody else may have installed it. */
  elsewhere: readonly string[];
  /** Paths below `into` that the archive owns alone: removed before it is unpacked again. */
  owns: readonly string[];
}

export interface SeenArchive {
  /** SHA-256 of the archive that hxllm unpacked here. */
  stamp?: string;
  /** Where it was found. */
  at?: string;
}

const STAMPS = '/var/lib/hxllm/archives';
const stampOf = (id: string) => `${STAMPS}/${id}`;
const isUrl = (location: string) => /^https?:\/\//.test(location);
const uploadOf = (sha256: string) => `/var/lib/hxllm/uploads/${sha256}`;

export const archive: Kind<ArchiveSpec, SeenArchive> = {
  name: 'archive',
  probe: (resources) =>
    resources
      .map(({ id, spec }) => {
        const places = [spec.provides, ...spec.elsewhere].map(quote).join(' ');
        return `at=; for p in ${places}; do [ -x "$p" ] && at=$p && break; done; s=; [ -r ${stampOf(id)} ] && read -r s < ${stampOf(id)}; echo "${id}|$s|$at"`;
      })
      .join('\n'),
  read(section) {
    const rows = section
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('|'));
    return new Map(
      rows.map(([id = '', stamp, at]) => [id, { ...(stamp ? { stamp } : {}), ...(at ? { at } : {}) }]),
    );
  },
  diff(resource, seen) {
    const { id, spec } = resource;
    const title = `archive ${id}`;
    if (!spec.source) {
      if (seen?.at) return undefined;
      const refused = {
        message: `no ${id} on the host and no archive to install`,
        hint: `set ${id}_archive and ${id}_sha256, or install ${id} yourself`,
      };
      return { resource, action: 'create', title, reasons: ['is missing'], refused };
    }
    const { location, sha256 } = spec.source;
    const foreign = seen?.at && !seen.stamp;
    if (foreign || (seen?.at && seen.stamp === sha256)) return undefined;
    const uploads = isUrl(location) ? [] : [{ local: location, remote: uploadOf(sha256), sha256 }];
    const reasons = seen?.at ? ['another version is installed'] : ['is missing'];
    return { resource, action: seen?.at ? 'update' : 'create', title, reasons, uploads };
  },
  remove: (resource, seen) =>
    seen?.stamp
      ? { resource, action: 'remove', title: `archive ${resource.id}`, reasons: ['hxllm unpacked it'] }
      : undefined,
  saves: ({ resource: { id, spec } }) => [
    spec.provides,
    ...spec.owns.map((path) => `${spec.into}/${path}`),
    stampOf(id),
  ],
  stage({ resource: { id, spec }, action }) {
    if (action === 'remove') return '';
    const { location, sha256 } = spec.source as NonNullable<ArchiveSpec['source']>;
    const packed = uploadOf(sha256);
    const unpacked = unpackedOf(id, spec);
    const fetch = isUrl(location)
      ? `progress "downloading ${location}"\nmkdir -p -m 0700 /var/lib/hxllm/uploads\ncurl -fsSL --retry 3 -o ${packed} -- ${quote(location)}`
      : `[ -s ${packed} ] || { echo 'the archive did not arrive'; exit 1; }`;
    return [
      fetch,
      `echo '${sha256}  ${packed}' | sha256sum -c --status || { echo "the archive is not the one that ${id}_sha256 names: its SHA-256 is $(sha256sum < ${packed} | cut -d' ' -f1)"; rm -f ${packed}; exit 1; }`,
      `progress unpacking`,
      // beside its place, so that it needs no second copy; what a dead run left goes first
      `rm -rf ${unpacked}; mkdir -p ${unpacked}; trap '[ $? = 0 ] || rm -rf ${unpacked}' EXIT`,
      // the first bytes tell the compression, the name of an upload does not
      `if [ "$(od -An -N4 -tx1 ${packed} | tr -d ' ')" = 28b52ffd ]; then zstd -dcq ${packed} | tar -x -C ${unpacked} --no-same-owner; else tar -xzf ${packed} -C ${unpacked} --no-same-owner; fi`,
      `rm -f ${packed}`,
    ].join('\n');
  },
  apply({ resource: { id, spec }, action }) {
    const unpacked = unpackedOf(id, spec);
    const old = spec.owns.map((path) => `rm -rf ${spec.into}/${path}`);
    if (action === 'remove') return [...old, `rm -f -- ${spec.provides} ${stampOf(id)}`].join('\n');
    return [
      ...old,
      // files only, their paths without a dot in front: a folder that is there, also `into`, keeps its own mode and owner
      `put() { ( cd ${unpacked} && find . ! -type d -printf '%P\\0' | xargs -0 cp --parents -P --remove-destination "$1" -t ${spec.into} -- ); }`,
      // a link where that can be: a copy of some gigabytes would take its time
      `put -l 2>/dev/null || put --preserve=mode,timestamps`,
      `rm -rf ${unpacked}`,
      `mkdir -p -m 0700 ${STAMPS}; echo ${spec.source?.sha256} > ${stampOf(id)}`,
    ].join('\n');
  },
};

const unpackedOf = (id: string, { into }: ArchiveSpec) => `${into}/.hxllm-${id}`;
