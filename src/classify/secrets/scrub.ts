import { assert, fromHex } from '#kit'

import { assignedSpan, nameAround, type Span } from './assignment.ts'
import { detectors, type Detector } from './detectors.ts'
import { nameStrength, nameWords } from './names.ts'
import { shannonEntropy } from './value.ts'
import { urlPasswordSpan } from './url-password.ts'
import { WordScanner } from './words.ts'

/** What stands in for a secret: the vault's `Fingerprinter` fits. */
export type SecretFingerprint = { ofValue(value: string): string; ofSha256(hash: Uint8Array): string }
export type FoundSecret = { kind: string; fingerprint: string }
export type Scrubbed = { text: string; found: FoundSecret[] }

type Probe = { kind: 'detector'; detector: Detector } | { kind: 'name' | 'url' | 'sha256' | 'aws' | 'escape' }

const probes: Probe[] = []
const words: string[] = []
const watch = (word: string, probe: Probe): void => {
  words.push(word)
  probes.push(probe)
}
for (const detector of detectors) for (const word of detector.words) watch(word, { kind: 'detector', detector })
for (const word of nameWords) watch(word, { kind: 'name' })
watch('://', { kind: 'url' })
watch(':\\/\\/', { kind: 'escape' })
watch('\\u00', { kind: 'escape' })
watch('sha256:', { kind: 'sha256' })
watch('akia', { kind: 'aws' })
watch('asia', { kind: 'aws' })
const scanner = new WordScanner(words)

const isAlnum = (unit: number): boolean =>
  (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 57)

/** A word starts here: nothing alphanumeric before, unless that is the letter of an escape (`\n`). */
function isLeftEdge(text: string, at: number): boolean {
  if (at === 0 || !isAlnum(text.charCodeAt(at - 1))) return true
  return text[at - 2] === '\\'
}

/** Reused between calls: no allocation for texts of ordinary size. Nothing is read beyond what was just written. */
const scratch = Buffer.alloc(1024 * 1024)
function bytesOf(text: string): Buffer {
  if (text.length > scratch.length) return Buffer.from(text, 'latin1')
  scratch.write(text, 'latin1')
  return scratch
}

/** Something in the text deserves a full look. `isEscaped`: the text is JSON, where escapes may hide a word. */
export function hasCandidate(text: string, isEscaped: boolean): boolean {
  let isFound = false
  scanner.scan(bytesOf(text), text.length, (word, start) => {
    const probe = probes[word]
    assert(probe !== undefined, 'every word has a probe')
    if (probe.kind === 'escape') isFound = isEscaped
    else if (probe.kind === 'name') isFound = nameMayTell(text, start, words[word] ?? '')
    else if (probe.kind === 'detector') isFound = probe.detector.isInfix === true || isLeftEdge(text, start)
    else if (probe.kind === 'url') isFound = urlPasswordSpan(text, start + 3) !== undefined
    else if (probe.kind === 'aws') isFound = awsSecretSpan(text, start) !== undefined
    else isFound = sha256Span(text, start) !== undefined
    return isFound
  })
  return isFound
}

/** Spans of secrets, in order, none overlapping. Linear in the text but for bounded looks around each word. */
export function secretSpans(text: string): Span[] {
  const spans: Span[] = []
  let coveredTo = 0
  scanner.scan(bytesOf(text), text.length, (word, start) => {
    const probe = probes[word]
    assert(probe !== undefined, 'every word has a probe')
    const span = spanAt(text, probe, words[word] ?? '', start, coveredTo)
    if (span !== undefined) {
      spans.push(span)
      coveredTo = Math.max(coveredTo, span.end)
    }
    return false
  })
  return spans.length < 2 ? spans : withoutOverlap(spans)
}

function spanAt(text: string, probe: Probe, word: string, start: number, coveredTo: number): Span | undefined {
  switch (probe.kind) {
    case 'detector':
      return detectedSpan(text, probe.detector, start)
    case 'name':
      return start < coveredTo ? undefined : assignedSpan(text, ...wordOf(start, word))
    case 'url':
      return urlPasswordSpan(text, start + 3)
    case 'sha256':
      return sha256Span(text, start)
    case 'aws':
      return awsSecretSpan(text, start)
    case 'escape':
      return undefined
  }
}

const namePart = new Map(nameWords.map((word) => [word, /^[._-]?[a-z]+(?:[- ][a-z]+)*/.exec(word)?.[0] ?? word]))

/** The scanner's words may carry a mark after the name (`key"`); the name alone counts. */
function wordOf(start: number, word: string): [start: number, end: number] {
  const name = namePart.get(word) ?? word
  return [word.startsWith('.') ? start + 1 : start, start + name.length]
}

function nameMayTell(text: string, start: number, word: string): boolean {
  const [from, end] = wordOf(start, word)
  return nameStrength(nameAround(text, from, end).name) !== 'none'
}

function detectedSpan(text: string, detector: Detector, start: number): Span | undefined {
  const at = start - (detector.back ?? 0)
  if (at < 0 || (detector.isInfix !== true && !isLeftEdge(text, at))) return undefined
  detector.pattern.lastIndex = at
  const match = detector.pattern.exec(text)
  if (match === null) return undefined
  const value = match[1] ?? match[0]
  if (detector.entropy !== undefined && shannonEntropy(value) < detector.entropy) return undefined
  if (/^(?:fp:|\*{3}|x{6}|X{6})/.test(value)) return undefined
  const from = match[1] === undefined ? at : at + match[0].lastIndexOf(value)
  return { start: from, end: from + value.length, kind: detector.kind }
}

const sha256Form = /sha256:([0-9a-f]{64})(?![0-9a-f])/iy
/** A hash made on a host. An image's digest (`name@sha256:…`) is a name, not a secret's hash. */
function sha256Span(text: string, start: number): Span | undefined {
  if (!isLeftEdge(text, start) || text[start - 1] === '@') return undefined
  sha256Form.lastIndex = start
  const match = sha256Form.exec(text)
  return match === null ? undefined : { start, end: start + match[0].length, kind: 'sha256' }
}

const awsId = /A(?:KI|SI)A[A-Z2-7]{16}(?![A-Za-z0-9])/y
const awsSecret = /(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/g
const awsReach = 240
/** An access key id is a name and stays; the 40 characters near it are its secret. */
function awsSecretSpan(text: string, start: number): Span | undefined {
  awsId.lastIndex = start
  if (!awsId.test(text)) return undefined
  const from = Math.max(0, start - awsReach)
  const near = text.slice(from, start + awsReach)
  for (const match of near.matchAll(awsSecret)) {
    if (shannonEntropy(match[0]) < 3.8 || /^[0-9a-f]+$/i.test(match[0])) continue
    return { start: from + match.index, end: from + match.index + 40, kind: 'aws-secret-key' }
  }
  return undefined
}

/** The wider of two spans stays, the more telling kind of two alike; spans that cross become one. */
function withoutOverlap(spans: Span[]): Span[] {
  spans.sort((a, b) => a.start - b.start || b.end - a.end)
  const kept: Span[] = []
  for (const span of spans) {
    const last = kept.at(-1)
    if (last === undefined || span.start >= last.end) {
      kept.push(span)
      continue
    }
    if (isGeneral(last.kind) && !isGeneral(span.kind) && span.end <= last.end) {
      // The provider's own token inside a general one keeps its own fingerprint when little else is around it.
      if (
        (span.end - span.start) * 2 >= last.end - last.start &&
        last.end - last.start - (span.end - span.start) < 12
      ) {
        kept[kept.length - 1] = span
        continue
      }
    }
    last.end = Math.max(last.end, span.end)
  }
  return kept
}

const general = new Set(['password', 'assigned-secret', 'bearer-token', 'authorization', 'secret-key', 'curl-password'])
const isGeneral = (kind: string): boolean => general.has(kind)

/**
 * The one form of a secret that is hashed, so that a key file on a host and the same key in an event give one fingerprint:
 * of a private key the text between its two lines without any white space, of basic credentials the password.
 */
export function canonicalSecret(kind: string, value: string): string {
  if (kind === 'private-key') {
    const body = /PRIVATE KEY(?: BLOCK)?-----(.*?)(?:-----END|$)/s.exec(value)?.[1] ?? value
    return body.replaceAll(/\\[nrt]|\s/g, '')
  }
  if (kind === 'basic-credentials') {
    const pair = Buffer.from(value, 'base64').toString('utf8')
    const colon = pair.indexOf(':')
    return colon === -1 || colon + 1 === pair.length ? value : pair.slice(colon + 1)
  }
  return value
}

export function fingerprintOf(kind: string, value: string, fingerprint: SecretFingerprint): FoundSecret {
  const print =
    kind === 'sha256'
      ? fingerprint.ofSha256(fromHex(value.slice('sha256:'.length).toLowerCase()))
      : fingerprint.ofValue(canonicalSecret(kind, value))
  return { kind, fingerprint: print }
}

/**
 * Replaces every secret in plain text by `fp:<fingerprint>`, and every `sha256:<64 hex>` by the fingerprint of the value
 * it is the hash of. For JSON use `scrubJson`, which looks through its escapes and field names.
 */
export function scrub(text: string, fingerprint: SecretFingerprint): Scrubbed {
  const spans = secretSpans(text)
  if (spans.length === 0) return { text, found: [] }
  const found: FoundSecret[] = []
  let out = ''
  let at = 0
  for (const span of spans) {
    const secret = fingerprintOf(span.kind, text.slice(span.start, span.end), fingerprint)
    found.push(secret)
    out += `${text.slice(at, span.start)}fp:${secret.fingerprint}`
    at = span.end
  }
  return { text: out + text.slice(at), found }
}
