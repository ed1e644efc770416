// Reads a YAML inventory: groups with hosts, children and vars, as Ansible's yaml plugin does.
import { HxError } from '../errors.js';
import { parseYaml, type YamlDocument } from '../yaml.js';
import type { Entries } from './entries.js';
import { hostNames } from './ini.js';
import { splitPort } from './ranges.js';
import { showOrigin } from './types.js';
import { isMapping } from './written.js';

export function readHostsYaml(text: string, file: string, entries: Entries): void {
  const document = parseYaml(text, file, { python: true });
  const top = document.value;
  for (const { key, line } of document.duplicates)
    entries.warnings.push({
      message: `${key} is set twice; the last one counts`,
      where: showOrigin({ file, line })!,
    });
  // Ansible then reads it as INI, where only comments go
  if ((top === undefined || top === null) && !/^\s*[^#\s]/m.test(text)) return;
  if (!isMapping(top))
    throw new HxError({
      code: 'inventory',
      message: 'an inventory in YAML is a mapping of groups',
      where: showOrigin({ file }),
    });
  if (top.plugin !== undefined)
    throw new HxError({
      code: 'inventory',
      message: `this configures the inventory plugin ${String(top.plugin)}, which only Ansible can run`,
      where: showOrigin({ file, line: document.line(['plugin']) ?? 1 }),
      hint: `ansible-inventory -i ${file} --list --yaml --output hosts.yml, and give hosts.yml to hxllm`,
    });
  const reader = new GroupReader(document, file, entries);
  for (const [name, body] of Object.entries(top)) reader.group(name, body, [name]);
}

class GroupReader {
  constructor(
    readonly document: YamlDocument,
    readonly file: string,
    readonly entries: Entries,
  ) {}

  group(name: string, body: unknown, path: string[]): void {
    if (body !== null && !isMapping(body)) {
      this.#skip(`${name} is not a group`, path);
      return;
    }
    this.#text('group', name, path);
    this.entries.addGroup(name);
    for (const [key, given] of Object.entries(body ?? {})) {
      const inside = [...path, key];
      const section = ['vars', 'children', 'hosts'].includes(key);
      const part = section && typeof given === 'string' ? { [given]: null } : given;
      if (part === null) continue;
      if (!isMapping(part)) {
        if (section) throw this.#wrong(`${key} of group ${name} needs a mapping`, inside);
        this.#skip(`${key} in group ${name} is not a mapping`, inside);
      } else if (key === 'vars') this.#variables(name, part, inside);
      else if (key === 'children') this.#children(name, part, inside);
      else if (key === 'hosts') this.#hosts(name, part, inside);
      else this.#skip(`${key} in group ${name} is not vars, children or hosts`, inside);
    }
  }

  #variables(group: string, variables: Record<string, unknown>, path: string[]): void {
    for (const [name, raw] of Object.entries(variables))
      this.entries.setGroupVariable(group, name, { raw, origin: this.#origin([...path, name]) });
  }

  #children(group: string, children: Record<string, unknown>, path: string[]): void {
    for (const [child, body] of Object.entries(children)) {
      this.group(child, body, [...path, child]);
      if (this.entries.groups.has(child)) this.entries.addChild(group, child, this.#where([...path, child]));
    }
  }

  #hosts(group: string, hosts: Record<string, unknown>, path: string[]): void {
    for (const [pattern, variables] of Object.entries(hosts)) {
      const inside = [...path, pattern];
      this.#text('host', pattern, inside);
      const falsy = [null, false, 0, ''].includes(variables as null);
      if (!falsy && !isMapping(variables))
        throw this.#wrong(`the variables of ${pattern} are not a mapping`, inside);
      const host = splitPort(pattern);
      for (const name of hostNames(host.pattern, this.#where(inside))) {
        this.entries.addHost(name, group, host.port, this.#origin(inside));
        for (const [variable, raw] of Object.entries((falsy ? {} : variables) as Record<string, unknown>))
          this.entries.setHostVariable(name, variable, { raw, origin: this.#origin([...inside, variable]) });
      }
    }
  }

  #text(what: string, name: string, path: string[]): void {
    if (!this.document.textKey(path)) throw this.#wrong(`${what} ${name} needs quotes`, path);
  }
  #origin(path: string[]) {
    const line = this.document.line(path);
    return line === undefined ? { file: this.file } : { file: this.file, line };
  }
  #where(path: string[]): string {
    return showOrigin({ file: this.file, line: this.document.line(path) ?? 1 })!;
  }
  #wrong(message: string, path: string[]): HxError {
    return new HxError({ code: 'inventory', message, where: this.#where(path) });
  }
  #skip(message: string, path: string[]): void {
    this.entries.warnings.push({ message: `skipped: ${message}`, where: this.#where(path) });
  }
}
