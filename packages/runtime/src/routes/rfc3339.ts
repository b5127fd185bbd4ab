/** A protobuf timestamp. */
interface Timestamp {
  readonly seconds: bigint;
  readonly nanos: number;
}

const DAY_S = 86_400;
const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, "0"));
/** Times of one answer are mostly of one day, and writing a date costs more than the rest of it. */
let lastDay = { number: Number.NaN, text: "" };

/** RFC 3339 in UTC with milliseconds, which is what a client needs. Throws `RangeError` outside what `Date` can tell. */
export function rfc3339({ seconds, nanos }: Timestamp): string {
  const total = Number(seconds);
  const number = Math.floor(total / DAY_S);
  if (number !== lastDay.number)
    lastDay = { number, text: new Date(number * DAY_S * 1000).toISOString().slice(0, -13) };
  const second = total - number * DAY_S;
  const two = (n: number) => TWO_DIGITS[n] as string;
  const time = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
  return `${lastDay.text}${time}.${String(Math.floor(nanos / 1e6)).padStart(3, "0")}Z`;
}
