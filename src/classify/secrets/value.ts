import type { NameStrength } from './names.ts'

const counts = new Uint32Array(256)

/** Bits per character, over the low byte of each. */
export function shannonEntropy(text: string): number {
  counts.fill(0)
  for (let i = 0; i < text.length; i++) counts[text.charCodeAt(i) & 255]!++
  let bits = 0
  for (const count of counts) {
    if (count === 0) continue
    const share = count / text.length
    bits -= share * Math.log2(share)
  }
  return bits
}

/** Not a value: a reference to one, a mask, a gap to fill in, or one of our own fingerprints. */
const stands = [
  /^(?:fp:|sha256:)/,
  /^[$%@#]?[{(<[]/,
  /^\$[A-Za-z_(]/,
  /^%[A-Za-z_]+%$/,
  /^&[a-z]+;/,
  /^(.)\1*$/,
  /^[*x.•#-]+$/i,
  /\*{4}|\.{3}$|x{8}|X{8}/,
  /^(?:true|false|null|none|nil|undefined|yes|no|on|off|unknown|required|optional|string|text|hidden|redacted|masked|empty)$/i,
  /^(?:password|passwd|passphrase|secret|token|pass|pwd|user|username|apikey|api_key|access_token|bearer)$/i,
  /^(?:your|my|the|some|insert|enter|replace)[-_ ]/i,
  /^(?:process\.env|os\.environ|env\.|secrets?\.|vault:|ref:|arn:aws:|projects\/|op:\/\/|file:|env:)/,
]
/** Things that stand where a token could, and open nothing. */
const names = [
  /^[a-z][a-z0-9+.-]*:\/\//i,
  /^\.{0,2}\//,
  /^[A-Z]:\\/,
  /^[A-Za-z_$][\w$]{0,30}(?:\.[A-Za-z_$][\w$]{0,19})+(?:\(.*)?$/,
  /^A(?:KI|SI)A[A-Z2-7]{16}$/,
  /\.(?:pem|key|crt|cer|json|ya?ml|txt|p12|pfx|jks|local|com|net|org|io|js|ts)$/i,
  /^\d{4}-\d\d-\d\d(?:[T ]|$)/,
  /^[\w.+-]+@[\w-]+\.[\w.]+$/,
  /^[a-z]+(?:[-_][a-z]+)*$/,
  /^[A-Z]+(?:[-_][A-Z]+)*$/,
  /^[a-z]+(?:[A-Z][a-z]+)*$/,
  /^(?:[A-Z][a-z]+)+$/,
  /^\d{1,9}$/,
]

const hasDigit = /\d/
const classes = [/[a-z]/, /[A-Z]/, hasDigit, /[^A-Za-z0-9]/]
const variety = (value: string): number => classes.filter((kind) => kind.test(value)).length

/**
 * Whether a value behind a telling name is to go. In doubt it goes: a name lost from a log costs a look, a secret kept
 * there costs the house. `isCertain`: the name is a field of a record, not a word in prose.
 */
export function isSecretValue(value: string, strength: NameStrength, isCertain: boolean): boolean {
  if (strength === 'none' || value.length < 3 || stands.some((pattern) => pattern.test(value))) return false
  if (strength === 'password') {
    if (isCertain) return true
    if (value.length < 6) return false
    return (
      (variety(value) > 1 && !/^[A-Z]?[a-z]+[.!?]?$/.test(value)) || (value.length >= 16 && shannonEntropy(value) > 3.3)
    )
  }
  if (value.length < 8 || /\s/.test(value) || names.some((pattern) => pattern.test(value))) return false
  if (value.length >= 20) return shannonEntropy(value) >= (hasDigit.test(value) ? 2.8 : 3.9)
  return hasDigit.test(value) && variety(value) > 1 && shannonEntropy(value) >= 2.7
}
