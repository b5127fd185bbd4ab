/** Requests as nobody should send them: near enough to good ones to come far. */
import { ENDPOINTS, type EndpointDefinition, type ParameterDefinition } from "@flyte-webhook/core";
import fc, { type Arbitrary } from "fast-check";
import { outcome } from "./plane.ts";

export interface FuzzRequest {
  /** Of the endpoint it is made after, or `none`. */
  readonly id: string;
  readonly method: string;
  /** Path and query, as they go into a URL. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

/** Names that mean something to JavaScript, to URLs, to shells, to YAML, to those who count characters. */
const AWKWARD = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "..",
  ".",
  "",
  " ",
  "%",
  "%zz",
  "%00",
  "%2f",
  "%2e%2e",
  "\\",
  "//evil.test",
  "@evil.test/",
  "http://evil.test/",
  "a\u0000b",
  "\ud800",
  "\u202e",
  "💥",
  "İ",
  "null",
  "NaN",
  "-0",
  "1e999",
  "a".repeat(3000),
  "{{req}}",
  "$(id)",
];

const text = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("helper", "hook", "env.add", "nightly", "r1", "development", "p", "acme/tiny"),
  },
  { weight: 3, arbitrary: fc.constantFrom(...AWKWARD) },
  { weight: 2, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);

/** Lone surrogates cannot be encoded; they go as what stands for them. */
const encoded = (value: string): string => encodeURIComponent(Buffer.from(value).toString());

/** A part of a path: as it is, or encoded, or broken. */
const segment = fc.oneof({ weight: 4, arbitrary: text.map((value) => encoded(value)) }, { weight: 1, arbitrary: text });

function queryValue(parameter: ParameterDefinition): Arbitrary<string> {
  const good = {
    string: parameter.values ? fc.constantFrom(...parameter.values) : text,
    // Waiting takes time and shows little.
    boolean: parameter.name === "wait" ? fc.constant("false") : fc.constantFrom("true", "false", "1", "off", "YES"),
    integer: fc.integer().map(String),
    number: fc.oneof(fc.constantFrom("0.1", "0.2"), fc.double().map(String)),
    strings: text,
    object: fc.constant("{}"),
    json: fc.json(),
  }[parameter.type];
  return fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: text });
}

const KEYS = ["x", "f", "s", "t", "d", "l", "m", "j", "u", "e", "b", "ds", "any", ...AWKWARD];

/** JSON values, with keys that matter, some deep, some wide. */
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.double(),
      fc.string({ unit: "binary", maxLength: 10 }),
      text,
      fc.constantFrom("2026-01-01T00:00:00Z", "PT1H", "s3://b/f", "red", "9007199254740993", -1e308),
    ),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 4 }),
  ),
})).value;

const jsonText = (value: unknown): string => JSON.stringify(value) ?? "null";

/** Texts that are nearly JSON. */
const broken = fc.oneof(
  fc.tuple(json, fc.nat(), fc.string({ maxLength: 3 })).map(([value, at, insert]) => {
    const whole = jsonText(value);
    const place = at % (whole.length + 1);
    return whole.slice(0, place) + insert + whole.slice(place + 1);
  }),
  fc.nat(3000).map((depth) => "[".repeat(depth)),
  fc.nat(600).map((depth) => `{"x":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`),
  fc.nat(4000).map((keys) => `{${Array.from({ length: keys }, (_, i) => `"k${i}":${i}`).join()}}`),
  fc.nat(3000).map((digits) => `{"x":${"9".repeat(digits)}}`),
  fc.constantFrom('{"x":1,"x":2}', '{"__proto__":{"polluted":1}}', '{"x":NaN}', "\ufeff{}", '{"x":"\\ud800"}', "null"),
  fc.constant(`"${"a".repeat(70_000)}"`),
);

function bodyOf(endpoint: EndpointDefinition | undefined): Arbitrary<FuzzRequest["body"]> {
  const names = endpoint?.body === "inputs" ? KEYS : (endpoint?.parameters.map(({ name }) => name) ?? KEYS);
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...names, ...AWKWARD), json, { maxKeys: 5 }).map(jsonText) },
    { weight: 2, arbitrary: json.map(jsonText) },
    { weight: 2, arbitrary: broken },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)) },
  );
}

/** What a header may hold: HTTP has no more. */
const headerValue = fc.oneof(
  fc.string({
    unit: fc
      .integer({ min: 32, max: 255 })
      .filter((code) => code !== 127)
      .map((code) => String.fromCharCode(code)),
    maxLength: 30,
  }),
  fc.constantFrom("", " ", ",", "a".repeat(5000), "1.1 flyte-webhook.hook.p.d", "null", "gzip, chunked", "0", "-1"),
);

const headers = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: outcome.map((one) => `Bearer ${one}`) },
      { weight: 1, arbitrary: fc.oneof(headerValue, fc.constant(undefined)) },
    ),
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom("application/json", "application/json; charset=utf-8", "application/a+json"),
      },
      { weight: 1, arbitrary: fc.oneof(headerValue, fc.constant(undefined)) },
    ),
    fc.array(
      fc.tuple(
        fc.constantFrom(
          "cookie",
          "x-request-id",
          "origin",
          "sec-fetch-site",
          "via",
          "accept",
          "content-length",
          "range",
          "prefer",
        ),
        headerValue,
      ),
      { maxLength: 3 },
    ),
  )
  .map(([authorization, type, more]) => [
    ...(authorization === undefined ? [] : [["authorization", authorization] as const]),
    ...(type === undefined ? [] : [["content-type", type] as const]),
    ...more,
  ]);

function requestTo(endpoint: EndpointDefinition): Arbitrary<FuzzRequest> {
  const path = fc.array(segment, { minLength: 3, maxLength: 3 }).map((values) => {
    let next = 0;
    return endpoint.path.replace(/\{\w+\}/g, () => values[next++] ?? "");
  });
  const queries = endpoint.parameters.filter(({ in: place }) => place !== "path");
  const pair = fc.oneof(
    ...queries.map((parameter) => fc.tuple(fc.constant(parameter.name), queryValue(parameter))),
    fc.tuple(text, text),
  );
  const query = fc
    .array(pair, { maxLength: 4 })
    .map((pairs) => pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&"));
  // `path` is required of calls; without it none would get further.
  const always = endpoint.id === "call_app" ? "path=%2Fx&" : endpoint.id === "prefetch_hf_model" ? "repo=a%2Fb&" : "";
  return fc
    .record({
      path,
      query: fc.oneof({ weight: 4, arbitrary: query.map((one) => always + one) }, { weight: 1, arbitrary: query }),
      method: fc.oneof(
        { weight: 20, arbitrary: fc.constant(endpoint.method as string) },
        {
          weight: 1,
          arbitrary: fc.constantFrom("HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "GET", "POST"),
        },
      ),
      headers,
      body: bodyOf(endpoint),
    })
    .map((one) => ({
      id: endpoint.id,
      method: one.method,
      target: one.query === "" ? one.path : `${one.path}?${one.query}`,
      headers: one.headers,
      body: one.method === "GET" || one.method === "HEAD" ? undefined : one.body,
    }));
}

const elsewhere: Arbitrary<FuzzRequest> = fc.record({
  id: fc.constant("none"),
  method: fc.constantFrom("GET", "POST"),
  target: fc.oneof(
    fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
    fc.constantFrom("/docs", "/redoc", "/docs/assets/__proto__", "/docs/assets/redoc-init.js", "/health/", "/me?x"),
  ),
  headers,
  body: fc.constant(undefined),
});

export const fuzzRequest: Arbitrary<FuzzRequest> = fc.oneof(...ENDPOINTS.map(requestTo), elsewhere);
