// Which types YAML has for Ansible: PyYAML's scalars, its tags for vaults, and what Python tells apart and JavaScript does not.
import {
  defineScalarTag,
  floatYaml11Tag,
  intYaml11Tag,
  mapTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  type ScalarTagDefinition,
  Schema,
  timestampTag,
  YAML11_SCHEMA,
} from 'js-yaml';

/** A value under `!vault`: still encrypted. */
export class VaultText {
  constructor(readonly text: string) {}
}

/** A string under `!unsafe`: never a template. */
export class UnsafeText {
  constructor(readonly text: string) {}
}

/** A whole number that is written as a float: Python holds it as one and prints 1.0. */
export class Float {
  constructor(readonly value: number) {}
}

// PyYAML knows neither y/n as booleans nor integers that JavaScript would round; dates stay as they are written
const PYTHON_TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const PYTHON_FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const boolTag = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  resolve: (text) => (PYTHON_TRUE.test(text) ? true : PYTHON_FALSE.test(text) ? false : NOT_RESOLVED),
  identify: (data) => typeof data === 'boolean',
});
const intTag: ScalarTagDefinition<number> = {
  ...intYaml11Tag,
  resolve(text, isExplicit, tagName) {
    const value = intYaml11Tag.resolve(text, isExplicit, tagName);
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new LargeNumber(text);
    return value === 0 ? 0 : value; // Python has no -0 here
  },
};
export class LargeNumber extends Error {
  constructor(readonly text: string) {
    super(`${text} is too large for a number; write it in quotes`);
  }
}
const PYTHON_FLOAT =
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const floatTag: ScalarTagDefinition<number> = {
  ...floatYaml11Tag,
  resolve(text, isExplicit, tagName) {
    if (isExplicit && /^[-+]?\d+$/.test(text)) return Number(text);
    return PYTHON_FLOAT.test(text) ? floatYaml11Tag.resolve(text, isExplicit, tagName) : NOT_RESOLVED;
  },
};
export const ANSIBLE_SCHEMA = new Schema([
  ...YAML11_SCHEMA.tags.filter((tag) => tag.tagName !== timestampTag.tagName),
]).withTags(
  boolTag,
  intTag,
  floatTag,
  ...['!vault', '!vault-encrypted'].map((name) =>
    defineScalarTag(name, { resolve: (text) => new VaultText(text), identify: () => false }),
  ),
  defineScalarTag('!unsafe', { resolve: (text) => new UnsafeText(text), identify: () => false }),
);

const wholeFloatTag: ScalarTagDefinition<number | Float> = {
  ...floatTag,
  resolve(text, isExplicit, tagName) {
    const value = floatTag.resolve(text, isExplicit, tagName);
    return typeof value === 'number' && Number.isInteger(value) ? new Float(value) : value;
  },
};
const pythonMapTag: typeof mapTag = {
  ...mapTag,
  addPair: (mapping, key, value) => mapTag.addPair(mapping, pythonKey(key), value),
};
/** ANSIBLE_SCHEMA with Float, and with keys as Python writes them. */
export const PYTHON_SCHEMA = ANSIBLE_SCHEMA.withTags(wholeFloatTag, pythonMapTag);

/** A key as Python's `str` writes it. */
export function pythonKey(key: unknown): unknown {
  if (key instanceof Float) return `${key.value}.0`;
  return key === null ? 'None' : key === true ? 'True' : key === false ? 'False' : key;
}

/** Whether YAML takes a plain text for a number, a boolean or null. */
export const isNoText = (plain: string): boolean =>
  [boolTag, intTag, floatTag, nullYaml11Tag].some(
    (tag) => tag.resolve(plain, false, tag.tagName) !== NOT_RESOLVED,
  );
