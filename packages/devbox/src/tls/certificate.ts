/**
 * Certificates of an authority that may speak for this machine's loopback names alone (RFC 5280). Written here because
 * it takes two fixed shapes, at once and without waiting, and because the library for them asks of its users to extend
 * the global `Reflect`.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { bits, bool, type Der, explicit, implicit, integer, octets, oid, sequence, set, time, utf8 } from "./der.ts";

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const newKeyPair = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });

export interface Authority {
  /** Common name; the same in all that it signs. */
  readonly name: string;
  readonly keys: KeyPair;
}

const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const LOOPBACK_V4 = Buffer.from([127, 0, 0, 1]);
const LOOPBACK_V6 = Buffer.from([...Array(15).fill(0), 1]);
/** Clocks of one machine agree, but a machine's clock may be set back a little. */
const BACKDATED_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** PEM of the authority itself: whoever trusts it trusts it for loopback names and nothing else. */
export function authorityCertificate({ name, keys }: Authority, days: number): string {
  const permitted = [
    implicit(2, Buffer.from("localhost")),
    implicit(7, Buffer.from([127, 0, 0, 0, 255, 0, 0, 0])),
    implicit(7, Buffer.concat([LOOPBACK_V6, Buffer.alloc(16, 0xff)])),
  ];
  return certificate({
    subject: name,
    publicKey: keys.publicKey,
    days,
    by: { name, keys },
    extensions: [
      extension("2.5.29.19", true, sequence(bool(true), integer(Buffer.from([0])))),
      // keyCertSign and cRLSign
      extension("2.5.29.15", true, bits(Buffer.from([0x06]), 1)),
      extension("2.5.29.30", true, sequence(explicit(0, ...permitted.map((base) => sequence(base))))),
      subjectKeyId(keys.publicKey),
    ],
  });
}

/** PEM of a server's certificate for `localhost`, 127.0.0.1 and ::1. Rust's verifier refuses one with `*.localhost`. */
export function loopbackCertificate(publicKey: KeyObject, by: Authority, days: number): string {
  const names = [implicit(2, Buffer.from("localhost")), implicit(7, LOOPBACK_V4), implicit(7, LOOPBACK_V6)];
  return certificate({
    subject: "localhost",
    publicKey,
    days,
    by,
    extensions: [
      extension("2.5.29.19", true, sequence()),
      // digitalSignature
      extension("2.5.29.15", true, bits(Buffer.from([0x80]), 7)),
      // serverAuth
      extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.1"))),
      extension("2.5.29.17", false, sequence(...names)),
      subjectKeyId(publicKey),
      extension("2.5.29.35", false, sequence(implicit(0, keyId(by.keys.publicKey)))),
    ],
  });
}

interface Shape {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly days: number;
  readonly by: Authority;
  readonly extensions: readonly Der[];
}

function certificate({ subject, publicKey, days, by, extensions }: Shape): string {
  const now = Date.now();
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01;
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_SHA256,
    commonName(by.name),
    sequence(time(new Date(now - BACKDATED_MS)), time(new Date(now + days * DAY_MS))),
    commonName(subject),
    spki(publicKey),
    explicit(3, sequence(...extensions)),
  );
  const signed = sequence(body, ECDSA_SHA256, bits(sign("sha256", body, by.keys.privateKey)));
  const lines = signed.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

const commonName = (name: string): Der => sequence(set(sequence(oid("2.5.4.3"), utf8(name))));
const spki = (key: KeyObject): Der => key.export({ type: "spki", format: "der" });
const keyId = (key: KeyObject): Der => createHash("sha1").update(spki(key)).digest();
const subjectKeyId = (key: KeyObject): Der => extension("2.5.29.14", false, octets(keyId(key)));

function extension(id: string, critical: boolean, value: Uint8Array): Der {
  return sequence(oid(id), ...(critical ? [bool(true)] : []), octets(value));
}
