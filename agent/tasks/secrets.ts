// Masks secrets in reported errors. Libraries put whole requests and configurations into their errors (axios: its
// `config` with the Authorization header), and an error is printed on a caller's terminal and in a deploy's log.

const MASK = "[masked]";
/** The least length of a value that is masked because of its name: a shorter one may be an ordinary word. */
const SHORTEST = 6;

const WORDS =
  "authorization|cookie|password|passwd|passphrase|pwd|secret|credentials?|(?:api|access|private|secret)[-_]?key|(?:access|refresh|auth|id|bearer|session|csrf|xsrf)[-_]?token|token";
/** Matches the last word of a property's name, as in `clientSecret`, `x-api-key` or `set-cookie`. */
const SECRET_NAME = new RegExp(`(?:^|[-_]|[a-z](?=[A-Z]))(?:${WORDS})$`, "i");

/**
 * Matches name and value as libpq, addresses, headers and `util.inspect` write them. A quoted value may continue in
 * more pieces.
 */
const QUOTED = `'(?:[^'\\\\]|\\\\.){0,65536}'|"(?:[^"\\\\]|\\\\.){0,65536}"|\`(?:[^\`\\\\]|\\\\.){0,65536}\``;
const PIECES = `(?:${QUOTED})(?:\\s*\\+\\s*(?:${QUOTED})){0,1000}`;
const NAMED = new RegExp(
  `((?:[\\w-]{0,64}[-_]|\\b|(?<=[a-z]))(?:${WORDS})['"]?(?:\\s*(?:=>|:)\\s*|\\s*=\\s*|',\\s*))(\\[\\s*${PIECES}\\s*\\]|${PIECES}|[^\\s'"\`,;&)\\]}]{1,8192})`,
  "gi",
);

const PATTERNS: readonly [RegExp, string][] = [
  // In a database's address, an unencoded password may contain anything but white space: it ends at the last "@".
  [/(\bhttps?:\/\/[^\s:/@'"`]{0,256}):[^\s/@'"`]{1,512}@/gi, `$1:${MASK}@`],
  [/(\b(?!https?:)[a-z][a-z\d+.-]{1,30}:\/\/[^\s:/@'"`]{0,256}):[^\s'"`]{1,512}@/gi, `$1:${MASK}@`],
  [/\b(Bearer|Basic|Digest|Token)\s+(?=[\w.~+/=-]{0,512}[A-Z\d=])[\w.~+/=-]{8,8192}/g, `$1 ${MASK}`],
  [/\beyJ[\w-]{5,8192}\.[\w-]{5,8192}\.[\w-]{0,8192}/g, MASK], // a JSON web token
];

/** The text with masks in place of anything that looks like a secret, and of secrets from the environment. */
export function maskText(text: string, env: NodeJS.ProcessEnv = process.env): string {
  let masked = text;
  for (const secret of secretsOf(env)) masked = masked.replaceAll(secret, MASK);
  for (const [pattern, replacement] of PATTERNS) masked = masked.replaceAll(pattern, replacement);
  return masked.replaceAll(NAMED, (whole, name: string, value: string) =>
    isWorthMasking(value) ? `${name}${MASK}` : whole,
  );
}

/** The same for plain data. Values of properties with a secret's name are masked too. */
export function maskData(value: unknown, name = ""): unknown {
  if (isSecretName(name) && (typeof value === "string" || typeof value === "number")) {
    return String(value).length >= SHORTEST ? MASK : value;
  }
  if (typeof value === "string") return maskText(value);
  if (Array.isArray(value)) return value.map((item: unknown) => maskData(item, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskData(item, key)]));
}

/** True when a property with this name holds a secret: `password`, `clientSecret`, `set-cookie`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** The values of variables whose names mean a secret, and the passwords in addresses, encoded and decoded. */
function secretsOf(env: NodeJS.ProcessEnv): string[] {
  const found = new Set<string>();
  for (const [name, value = ""] of Object.entries(env)) {
    if (/(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)(?:_[A-Z]{1,8})?$/i.test(name))
      found.add(value);
    if (value.includes("://") && URL.canParse(value)) found.add(new URL(value).password);
  }
  const decoded = [...found].map((secret) => tryDecode(secret));
  return [...found, ...decoded].filter((secret) => secret.length >= SHORTEST).sort((a, b) => b.length - a.length);
}

function tryDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone "%"
  }
}

function isWorthMasking(value: string): boolean {
  return value.length >= SHORTEST && !/^(?:undefined|\[Function|\[Object|\[Array|\[masked\])/.test(value);
}
