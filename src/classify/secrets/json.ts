import { parseOwnJson } from '#kit'

import { nameStrength, type NameStrength } from './names.ts'
import {
  canonicalSecret,
  hasCandidate,
  scrub,
  type FoundSecret,
  type Scrubbed,
  type SecretFingerprint,
} from './scrub.ts'
import { isSecretValue } from './value.ts'

const literal = /"(?:[^"\\]|\\.)*"/g
const numberAfterColon = /\s*:\s*(-?\d{4,}(?:\.\d+)?)(?=\s*[,}\]])/y
/** Fields that only hold what another field names: `{"name": "DB_PASSWORD", "value": "…"}`. */
const namingFields = new Set(['name', 'key', 'field', 'variable', 'parameter', 'header', 'Name', 'Key'])
const holdingFields = new Set(['value', 'Value', 'plaintext', 'current', 'new', 'old', 'data', 'string', 'stringValue'])

/**
 * Scrubs one JSON text and changes nothing else in it: numbers too long for JavaScript, repeated names and white space
 * stay. A secret is found behind escapes, in names as in values, and by the name of its field. The text must be valid JSON.
 */
export function scrubJson(json: string, fingerprint: SecretFingerprint): Scrubbed {
  if (!hasCandidate(json, true)) return { text: json, found: [] }
  const found: FoundSecret[] = []
  let out = ''
  let at = 0
  let before = 0
  /** What the name in force says of the values that follow. */
  let strength: NameStrength = 'none'
  let named: NameStrength = 'none'
  let isNaming = false
  for (const match of json.matchAll(literal)) {
    const start = match.index
    const end = start + match[0].length
    const gap = json.slice(before, start)
    before = end
    const text = match[0].includes('\\') ? parseOwnJson<string>(match[0]) : match[0].slice(1, -1)
    if (isName(json, end)) {
      const own = nameStrength(text)
      if (own !== 'none') strength = own
      else if (holdingFields.has(text)) strength = named !== 'none' ? named : /:\s*\{\s*$/.test(gap) ? strength : 'none'
      else strength = 'none'
      if (/\}/.test(gap)) named = 'none'
      isNaming = namingFields.has(text)
    } else {
      if (/[}\]]/.test(gap)) strength = 'none'
      if (isNaming) named = nameStrength(text)
      isNaming = false
    }
    const done = isName(json, end)
      ? scrub(text, fingerprint)
      : scrubValue(text, /[}\]]/.test(gap) ? 'none' : strength, fingerprint)
    if (done.found.length > 0) {
      found.push(...done.found)
      out += json.slice(at, start) + JSON.stringify(done.text)
      at = end
    }
    if (isName(json, end) && strength === 'password') {
      numberAfterColon.lastIndex = end
      const number = numberAfterColon.exec(json)
      if (number?.[1] !== undefined) {
        const secret = { kind: 'password', fingerprint: fingerprint.ofValue(number[1]) }
        found.push(secret)
        out += `${json.slice(at, end + number[0].length - number[1].length)}"fp:${secret.fingerprint}"`
        at = end + number[0].length
      }
    }
  }
  return { text: out + json.slice(at), found }
}

function scrubValue(text: string, strength: NameStrength, fingerprint: SecretFingerprint): Scrubbed {
  const inner = scrub(text, fingerprint)
  if (strength === 'none' || !isSecretValue(text, strength, true)) return inner
  // A provider's token in the field keeps its own kind and fingerprint when it is the whole value.
  const only = inner.found[0]
  if (inner.found.length === 1 && only !== undefined && inner.text === `fp:${only.fingerprint}`) return inner
  const kind = strength === 'password' ? 'password' : 'assigned-secret'
  const secret = { kind, fingerprint: fingerprint.ofValue(canonicalSecret(kind, text)) }
  return { text: `fp:${secret.fingerprint}`, found: [secret] }
}

function isName(json: string, end: number): boolean {
  for (let i = end; i < json.length; i++) {
    const unit = json.charCodeAt(i)
    if (unit === 58) return true
    if (unit !== 32 && unit !== 9 && unit !== 10 && unit !== 13) return false
  }
  return false
}
