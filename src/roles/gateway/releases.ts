// The releases that a gateway still has, and what a rollback needs to know of each. Pure.
import { whole } from '../../shell.js';
import { templateText } from '../../templates.js';

export interface Release {
  /** Of the run that made it: sorts by time. */
  id: string;
  venv: string;
  /** Version of LiteLLM in its venv; undefined = the venv or the configuration is gone. */
  litellm: string | undefined;
  /** The deploy that made it was put back, or died: no client ever met it. */
  neverServed: boolean;
  /** Files besides config.yaml that are not as the current release has them. */
  differ: string[];
  config: string;
  /** Its sections of haproxy.cfg; undefined = it was made before releases kept them. */
  listeners: string | undefined;
}

export interface Releases {
  /** Id of the one that serves. */
  current: string;
  /** Oldest first. */
  all: Release[];
  /** haproxy.cfg as it is. */
  proxy: string;
}

/** sh: the function `served ID`. */
export const SERVED = templateText('litellm/served.sh');

/** sh: a line per release. The environment of a release is compared where it is, and does not travel. */
export const PROBE_RELEASES =
  whole(`${SERVED}cd /etc/litellm/releases 2>/dev/null || { echo '@@ end'; exit 0; }
c=$(readlink ../current); echo "current \${c#releases/}"
[ -r /etc/haproxy/haproxy.cfg ] && echo "proxy $(base64 -w0 < /etc/haproxy/haproxy.cfg)"
for r in *; do
  [ -d "$r" ] || continue
  v=$(readlink "$r/venv") l= u= d= s=-
  [ -x "$v/bin/litellm" ] && [ -r "$r/config.yaml" ] && l=unknown
  [ -n "$l" ] && for i in "$v"/lib/python3.*/site-packages/litellm-*.dist-info; do
    [ -d "$i" ] && i=\${i%.dist-info} && l=\${i##*/litellm-}
  done
  served "$r" || u=never
  for f in custom_auth.py litellm.env; do cmp -s "$r/$f" "../current/$f" || d="$d $f"; done
  [ -r "$r/listeners.cfg" ] && s=$(base64 -w0 < "$r/listeners.cfg")
  echo "release $r|$v|$l|$u|\${d# }|$(base64 -w0 < "$r/config.yaml" 2>/dev/null)|$s"
done
echo '@@ end'`);

/** undefined when it did not run to its end. */
export function readReleases(output: string): Releases | undefined {
  if (!/^@@ end$/m.test(output)) return undefined;
  const one = (key: string) => new RegExp(`^${key} (.*)$`, 'm').exec(output)?.[1] ?? '';
  const text = (base64 = '') => Buffer.from(base64, 'base64').toString();
  const all = [...output.matchAll(/^release (.*)$/gm)].map(([, line = '']): Release => {
    const [id = '', venv = '', litellm = '', never, differ = '', config, listeners = '-'] = line.split('|');
    return {
      id,
      venv,
      litellm: litellm || undefined,
      neverServed: never === 'never',
      differ: differ.split(' ').filter(Boolean),
      config: text(config),
      listeners: listeners === '-' ? undefined : text(listeners),
    };
  });
  all.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { current: one('current'), all, proxy: text(one('proxy')) };
}

/** By its id, or the last one before the current that ever served. */
export function chooseRelease({ current, all }: Releases, id: string | undefined): Release | undefined {
  if (id !== undefined) return all.find((release) => release.id === id);
  return all.filter((release) => release.id < current && !release.neverServed).at(-1);
}
