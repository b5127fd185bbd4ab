/** When a trigger fires. Times are microseconds since 1970. */
export interface Schedule {
  /** The first time after the given one; null when there is none any more. */
  after(at: number): number | null;
  /**
   * The last time at or before `at` of those that begin with `first`, which is one of them and not after `at`: where
   * firings were missed, the newest of them.
   */
  latest(first: number, at: number): number;
}

/** Times at a fixed distance: from `start` on, where one is given, else one distance after what was before. */
export function everyMicros(distance: number, start?: number): Schedule {
  return {
    after: (at) => {
      // A whole second, as a name of a run that is made of it.
      if (start === undefined) return Math.floor(at / 1e6) * 1e6 + distance;
      return at < start ? start : start + (Math.floor((at - start) / distance) + 1) * distance;
    },
    latest: (first, at) => first + Math.floor((at - first) / distance) * distance,
  };
}
