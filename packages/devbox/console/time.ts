/** A span in words, as exact as one reads it: `40 ms`, `1.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `5 days`. */
export function spanText(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 1000) return `${Math.round(span)} ms`;
  if (span < 9950) return `${(span / 1000).toFixed(1)} s`;
  const seconds = Math.round(span / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** How far away a moment is, in one unit: `just now`, `12 s ago`, `in 5 min`, `3 h ago`. */
export function distanceText(fromMs: number, nowMs: number): string {
  const ahead = fromMs > nowMs;
  const seconds = Math.floor(Math.abs(nowMs - fromMs) / 1000);
  if (seconds < 2) return ahead ? "now" : "just now";
  const text = oneUnit(seconds);
  return ahead ? `in ${text}` : `${text} ago`;
}

function oneUnit(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
