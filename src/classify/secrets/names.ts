/** How much a name says about its value: `password` any value is one · `token` a value that looks made by a machine is. */
export type NameStrength = 'password' | 'token' | 'none'

const passwordWords = new Set([
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'pwd',
  'pass',
  'pw',
  'passwort',
  'cookie',
])
const tokenWords = new Set([
  'secret',
  'secrets',
  'token',
  'tokens',
  'credential',
  'credentials',
  'jwt',
  'apikey',
  'authorization',
])
const gluedKeys = /(?:api|access|secret|private|auth|account|signing|encryption|master|client|license)keys?$/
const gluedWords = /(?:secret|token|password|passwd|passphrase|credential)s?$/

/** What makes a `key` one that opens something. `public_key`, `primary_key`, `cache_key` are names, not secrets. */
const keyOwners = new Set(
  `api access secret private auth encryption signing signature master account shared storage subscription service admin
  root client app application webhook deploy ssh license token crypto hmac aes session vault server`.split(/\s+/),
)
/** `next_token` turns a page and `max_tokens` counts; neither opens anything. */
const innocentOwners = new Set(
  `next page continuation pagination sync resume max min total prompt completion input output num count cached reasoning
  stop eos bos pad unk special used remaining public cancellation cancel byte csrf xsrf antiforgery per`.split(/\s+/),
)
/** Words after the telling one that leave it a secret. */
const openTails = new Set(
  'value values prod production dev test live staging base64 b64 text plain raw hash digest'.split(' '),
)

/** Words that the scanner looks for; each may open an assignment. */
export const nameWords: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'passwort',
  'pwd',
  '_pass',
  '-pass',
  '.pass',
  'dbpass',
  '_pw',
  'secret',
  'token',
  'credential',
  'jwt',
  'cookie',
  'apikey',
  'api-key',
  'api key',
  // A bare `key` is everywhere: only where a value may follow, or a name goes on.
  'key"',
  "key'",
  'key=',
  'key:',
  'key =',
  'key :',
  'key\\',
  'key>',
  'keys"',
  '_key',
  'key_',
]

/** Names longer than this are text. */
export const nameUnitsMax = 80
const knownNamesMax = 5_000
const known = new Map<string, NameStrength>()

/** `dbPassword` and `X-Api-Key` say much; `password_reset_at`, `token_type`, `nextToken` and `primary_key` do not. */
export function nameStrength(name: string): NameStrength {
  if (name.length > nameUnitsMax) return 'none'
  let strength = known.get(name)
  if (strength === undefined) {
    strength = judge(name)
    if (known.size >= knownNamesMax) known.clear()
    known.set(name, strength)
  }
  return strength
}

function judge(name: string): NameStrength {
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '' && !/^\d+$/.test(part))
  while (parts.length > 1 && openTails.has(parts.at(-1) ?? '')) parts.pop()
  const last = parts.at(-1)
  if (last === undefined) return 'none'
  const owner = parts.at(-2) ?? ''
  if (passwordWords.has(last)) return last === 'pass' && parts.length === 1 ? 'token' : 'password'
  if (innocentOwners.has(owner)) return 'none'
  if (tokenWords.has(last)) return 'token'
  if (/^keys?$/.test(last)) return keyOwners.has(owner) || gluedWords.test(owner) ? 'token' : 'none'
  if (gluedKeys.test(last)) return 'token'
  if (/(?:password|passwd|passphrase)s?$/.test(last)) return 'password'
  if (gluedWords.test(last)) return innocentOwners.has(last.replace(gluedWords, '')) ? 'none' : 'token'
  return 'none'
}
