// Sizes for people.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `812 B`, `3.4 MB`, `12 GB`: steps of 1000, as disks, networks and Ollama count. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}
