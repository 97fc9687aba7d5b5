import { createHmac, timingSafeEqual } from 'node:crypto'

import { concatBytes, fromBase64, sha256, toBase64, toHex, utf8, type RandomBytes } from '#kit'

import { IntakeError } from '../error.ts'
import type { IntakeOf } from '../way.ts'

/** How far a sender's clock may be off, and how long a captured call is good for: Standard Webhooks' own figure. */
export const toleranceMs = 5 * 60_000
const idCharsMax = 256
const signaturesMax = 16

export type HookHeader = (name: string) => string | undefined
/** What a call says of itself, before its body is read: signed text ahead of the body, and the signatures to compare. */
export type HookClaim = { prefix: string; id: string | null; signatures: readonly string[]; sentAtMs: number | null }
type Style = IntakeOf<'webhook'>['signature']

/** Reads the headers. Throws ERR_INTAKE_SIGNATURE when they cannot be a signed call: no body is read for it. */
export function readClaim(style: Style, header: HookHeader): HookClaim {
  const claim = claims[style](header)
  if (claim === undefined) throw unsigned('the call is not signed')
  return claim
}

/**
 * Throws ERR_INTAKE_SIGNATURE unless one of the secrets made one of the signatures; then, told only to who signed,
 * ERR_INTAKE_REPLAY when the call's time is outside the tolerance. Answers what names this call for good: the signed id
 * where the style has one, else the body itself, since an unsigned id could be changed at will.
 */
export function verifyHook(
  style: Style,
  claim: HookClaim,
  body: Uint8Array,
  secrets: readonly string[],
  nowMs: number,
): string {
  const made = secrets.map((secret) => signatureOf(style, secret, claim.prefix, body))
  if (!claim.signatures.some((given) => made.some((ours) => isSame(given, ours)))) {
    throw unsigned('no secret of this source made the signature')
  }
  if (claim.sentAtMs !== null && Math.abs(nowMs - claim.sentAtMs) > toleranceMs) {
    const says = claim.sentAtMs < nowMs ? 'is older than' : 'is ahead of this clock by more than'
    throw new IntakeError('ERR_INTAKE_REPLAY', `the call ${says} ${toleranceMs / 60_000} minutes`, {
      hint: "set the sender's clock right, or let it sign anew when it tries again",
      place: 'header',
    })
  }
  return claim.id ?? toHex(sha256(body)).slice(0, 32)
}

/** What a sender makes of the same text and secret; every signature given is held against it. */
export function signatureOf(style: Style, secret: string, prefix: string, body: Uint8Array): string {
  const digest = createHmac('sha256', keyOf(style, secret))
    .update(concatBytes(utf8(prefix), body))
    .digest()
  return style === 'standard' ? toBase64(digest) : toHex(digest)
}

export const secretPrefix = 'whsec_'
const secretBytes = 32

/** Standard Webhooks: 24 to 64 random bytes. */
export const newHookSecret = (random: RandomBytes): string => `${secretPrefix}${toBase64(random(secretBytes))}`

/** What is wrong with a secret that somebody gave, in words; undefined when it can be used. */
export function faultOfSecret(style: Style, secret: string): string | undefined {
  if (style !== 'standard') return secret.length < 16 ? 'it is shorter than 16 characters' : undefined
  const text = secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return 'it is no base64 after `whsec_`'
  return fromBase64(text).length < 24 ? 'it has less than 24 bytes' : undefined
}

const keyOf = (style: Style, secret: string): Uint8Array =>
  style === 'standard' ? fromBase64(secret.replace(secretPrefix, '')) : utf8(secret)

const claims: Record<Style, (header: HookHeader) => HookClaim | undefined> = {
  standard(header) {
    const id = header('webhook-id') ?? ''
    const time = header('webhook-timestamp') ?? ''
    const signatures = (header('webhook-signature') ?? '')
      .split(' ', signaturesMax)
      .flatMap((one) => (one.startsWith('v1,') ? [one.slice(3)] : []))
    const sentAtMs = secondsOf(time)
    if (!isWord(id) || sentAtMs === undefined || signatures.length === 0) return undefined
    return { prefix: `${id}.${time}.`, id, signatures, sentAtMs }
  },
  /** It says no time: what was captured stays good, but the same body is the same event. */
  github(header) {
    const signature = /^sha256=([\da-f]{64})$/.exec(header('x-hub-signature-256') ?? '')?.[1]
    return signature === undefined ? undefined : { prefix: '', id: null, signatures: [signature], sentAtMs: null }
  },
  slack(header) {
    const signature = /^v0=([\da-f]{64})$/.exec(header('x-slack-signature') ?? '')?.[1]
    const time = header('x-slack-request-timestamp') ?? ''
    const sentAtMs = secondsOf(time)
    if (signature === undefined || sentAtMs === undefined) return undefined
    return { prefix: `v0:${time}:`, id: null, signatures: [signature], sentAtMs }
  },
}

const isWord = (id: string): boolean => id.length <= idCharsMax && /^[\x21-\x7e]+$/.test(id)
const secondsOf = (text: string): number | undefined => (/^\d{1,12}$/.test(text) ? Number(text) * 1000 : undefined)

/** Takes as long for a near miss as for a far one. */
const isSame = (given: string, ours: string): boolean => timingSafeEqual(sha256(given), sha256(ours))

/** INVARIANT: one answer for an unknown source, a missing signature and a wrong one; why is told in the source's health. */
export const unsigned = (cause: string): IntakeError =>
  new IntakeError('ERR_INTAKE_SIGNATURE', 'not a signed call of a source of this Cordon', {
    hint: 'see that URL, secret and way of signing are those that `cordon source add` printed',
    cause: new Error(cause),
  })
