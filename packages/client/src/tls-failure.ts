/** What to do about a TLS connection that could not be made, by the system's code of the error. */
const MENDS: readonly (readonly [RegExp, string])[] = [
  [
    /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/,
    "If the certificate is not out of date, the clock of this machine is wrong; else whoever runs the server has to renew it.",
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    "The certificate is for other names: use one of those as the address, or ask who runs the server for a certificate with this one.",
  ],
  [
    /^(EPROTO|ERR_SSL_)/,
    "The server may not speak TLS at that port: for plain HTTP write http:// before the address or set admin.insecure.",
  ],
  [
    /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS_)/,
    "If its authority is your own, name the authority's PEM file: admin.caCertFilePath, FLYTE_ADMIN_CACERTFILEPATH or SSL_CERT_FILE. To try something out, admin.insecureSkipVerify takes any certificate.",
  ],
];

/** The mend for an error of TLS, from the error itself or what caused it; undefined for any other error. */
export function tlsHint(error: unknown): string | undefined {
  for (let one = error, depth = 0; one && depth < 5; one = (one as { cause?: unknown }).cause, depth++) {
    const { code } = one as { code?: unknown };
    const [, mend] = (typeof code === "string" && MENDS.find(([codes]) => codes.test(code))) || [];
    if (mend !== undefined) return mend;
  }
  return undefined;
}
