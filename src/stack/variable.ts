// The table that describes variables: it validates, gives defaults, explains (`role show`) and writes the README.

export type VariableType =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'port'
  | 'url'
  | 'list of urls'
  | 'list of strings'
  | 'list of models'
  | 'list of clients'
  | 'file or url'
  | 'sha256'
  | 'secret'
  | 'mode';

export interface Variable {
  name: string;
  type: VariableType;
  /** One sentence, starts in lower case. */
  doc: string;
  default?: string | number | boolean | readonly string[] | undefined;
  /** Shown instead of the default when it is computed. */
  defaultDoc?: string;
  required?: boolean;
  /** Values that are refused, with what to do instead. */
  refuse?: (value: unknown) => string | undefined;
}
