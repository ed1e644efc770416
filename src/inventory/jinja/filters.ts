// The filters that inventories use. Those that only pick or arrange leave secrets wrapped; those that build text go through `run.text`.

import type { Evaluation } from './evaluate.js';
import { COLLECTION_FILTERS } from './filters-collection.js';
import { NUMBER_FILTERS } from './filters-number.js';
import { SET_FILTERS } from './filters-set.js';
import { TEXT_FILTERS } from './filters-text.js';
import { ExpressionError } from './python.js';

export type Filter = (
  run: Evaluation,
  value: unknown,
  args: unknown[],
  named: Record<string, unknown>,
) => unknown;

export const FILTERS: Record<string, Filter> = {
  ...NUMBER_FILTERS,
  ...TEXT_FILTERS,
  ...COLLECTION_FILTERS,
  ...SET_FILTERS,
};

/** What a filter may be told beside its value, in order, by place or by name. Those that are not here take what comes. */
export const FILTER_PARAMETERS: Record<string, string> = {
  int: 'default base',
  float: 'default',
  abs: '',
  pow: 'y',
  root: 'base',
  log: 'base',
  round: 'precision method',
  bool: '',
  string: '',
  lower: '',
  upper: '',
  title: '',
  capitalize: '',
  trim: 'chars',
  replace: 'old new count',
  split: 'sep maxsplit',
  indent: 'width first blank',
  quote: '',
  urlencode: '',
  splitext: '',
  wordcount: '',
  truncate: 'length killwords end leeway',
  center: 'width',
  basename: '',
  dirname: '',
  b64encode: '',
  b64decode: '',
  hash: 'hashtype',
  md5: '',
  sha1: '',
  checksum: '',
  regex_replace: 'pattern replacement ignorecase multiline count mandatory_count',
  regex_findall: 'regex multiline ignorecase',
  regex_escape: '',
  from_json: '',
  from_yaml: '',
  ternary: 'true_val false_val none_val',
  mandatory: 'msg',
  default: 'default_value boolean',
  d: 'default_value boolean',
  list: '',
  first: '',
  last: '',
  length: '',
  count: '',
  join: 'd attribute',
  reverse: '',
  sort: 'reverse case_sensitive attribute',
  unique: 'case_sensitive attribute',
  union: 'b',
  intersect: 'b',
  difference: 'b',
  symmetric_difference: 'b',
  flatten: 'levels skip_nulls',
  min: 'case_sensitive attribute',
  max: 'case_sensitive attribute',
  sum: 'attribute start',
  permutations: 'r',
  combinations: 'r',
  slice: 'slices fill_with',
  batch: 'linecount fill_with',
  extract: 'container morekeys',
  groupby: 'attribute default case_sensitive',
  dict2items: 'key_name value_name',
  items2dict: 'key_name value_name',
  dictsort: 'case_sensitive by reverse',
  items: '',
};

type Arguments = [args: unknown[], named: Record<string, unknown>];

/** Arguments in the order of the parameters, where they have one. */
export function bound(what: string, names: string | undefined, ...[args, named]: Arguments): Arguments {
  if (names === undefined) return [args, named];
  const order = names.split(' ').filter(Boolean);
  const all = [...args];
  for (const [name, value] of Object.entries(named)) {
    const at = order.indexOf(name);
    if (at < 0) throw new ExpressionError(`${what} has no ${name}, or hxllm does not know it`);
    if (at < args.length) throw new ExpressionError(`${what} has its ${name} twice`);
    all[at] = value;
  }
  if (all.length > order.length) throw new ExpressionError(`${what} takes less`);
  return [all, {}];
}
