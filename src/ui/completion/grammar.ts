// What can be typed after each word, read from the manifest: the same for all shells.

export interface Flag {
  name: string;
  char?: string | undefined;
  about: string;
  /** What follows it: nothing, one of some words, a file, a host's name, or anything. */
  value: 'none' | 'file' | 'host' | 'any' | readonly string[];
}

export interface Place {
  /** Words typed so far: `` for none, `lab up`. */
  path: string;
  /** The next word: a topic's commands, or a command's own choices. */
  words: { name: string; about: string }[];
  flags: Flag[];
}

/** The part of oclif's commands that is used. */
export interface ManifestCommand {
  id: string;
  hidden?: boolean | undefined;
  summary?: string | undefined;
  description?: string | undefined;
  args: Record<string, { options?: readonly string[] | undefined; description?: string | undefined }>;
  flags: Record<string, ManifestFlag>;
}
interface ManifestFlag {
  char?: string | undefined;
  hidden?: boolean | undefined;
  type: string;
  description?: string | undefined;
  summary?: string | undefined;
  options?: readonly string[] | undefined;
  helpValue?: string | string[] | undefined;
}

export function places(commands: readonly ManifestCommand[], topicAbout: (topic: string) => string): Place[] {
  const found = new Map<string, Place>();
  const at = (path: string): Place => {
    const place = found.get(path) ?? { path, words: [], flags: [] };
    found.set(path, place);
    return place;
  };
  at('');
  for (const command of [...commands].filter((one) => !one.hidden).sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const words = command.id.split(':');
    const about = firstLine(command.summary ?? command.description);
    words.forEach((name, i) => {
      const isLast = i === words.length - 1;
      const above = at(words.slice(0, i).join(' '));
      const text = isLast ? about : firstLine(topicAbout(words.slice(0, i + 1).join(':')));
      if (!above.words.some((word) => word.name === name)) above.words.push({ name, about: text });
    });
    const place = at(words.join(' '));
    place.words.push(...(Object.values(command.args)[0]?.options ?? []).map((name) => ({ name, about: '' })));
    place.flags = Object.entries(command.flags).flatMap(([name, flag]) =>
      flag.hidden ? [] : [flagOf(name, flag)],
    );
  }
  return [...found.values()];
}

function flagOf(name: string, flag: ManifestFlag): Flag {
  return {
    name,
    char: flag.char,
    about: firstLine(flag.summary ?? flag.description),
    value: valueKind(name, flag),
  };
}

function valueKind(name: string, flag: ManifestFlag): Flag['value'] {
  if (flag.type === 'boolean') return 'none';
  if (flag.options) return flag.options;
  if (name === 'limit' || flag.helpValue === 'HOST') return 'host';
  return /FILE|PATH|DIR/.test(String(flag.helpValue ?? '')) ? 'file' : 'any';
}

function firstLine(text = ''): string {
  return text.split('\n')[0]!;
}

/** Prints the names of the inventory's hosts and groups, one a line; says nothing when there is none. */
export const HOST_NAMES = 'hxllm completion --hosts 2>/dev/null';
