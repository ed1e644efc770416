// The one door to chalk: words for what a colour means. NO_COLOR, FORCE_COLOR and --no-color are chalk's own business.
import chalk, { chalkStderr } from 'chalk';

/** For results, on stdout. */
export const color = {
  good: chalk.green,
  bad: chalk.red,
  warn: chalk.yellow,
  dim: chalk.dim,
  strong: chalk.bold,
  name: chalk.cyan,
} as const;

/** To tell hosts apart: one for each, again from the first when there are more. */
export const hostColors = [
  ...[chalk.cyan, chalk.magenta, chalk.blue, chalk.green, chalk.yellow],
  ...[chalk.cyanBright, chalk.magentaBright, chalk.blueBright, chalk.greenBright, chalk.yellowBright],
];

/** For progress, on stderr, which may be a terminal when stdout is none. */
export const progressColor = {
  good: chalkStderr.green,
  bad: chalkStderr.red,
  warn: chalkStderr.yellow,
  dim: chalkStderr.dim,
} as const;
