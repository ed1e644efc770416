// What a probe prints of things that are there or not: the id of each, a line each.
export function readPresent(section: string): Map<string, true> {
  return new Map(
    section
      .split('\n')
      .filter(Boolean)
      .map((id) => [id, true]),
  );
}
