import { assert, type JsonObject } from '#kit'
import { kindOf, type EntityId } from '#model'

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const risc = 'https://schemas.openid.net/secevent/risc/event-type/'
const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/'

export const sessionRevoked = `${caep}session-revoked`
export const credentialChange = `${caep}credential-change`
export const accountDisabled = `${risc}account-disabled`
export const changeRequired = `${risc}account-credential-change-required`
export const verification = `${ssf}verification`
/** What Cordon says of others. Claims of tokens are not read, so token-claims-change is never said. */
export const eventsSupported: readonly string[] = [sessionRevoked, credentialChange, accountDisabled, changeRequired]
/** `session-revoked` → its whole type; a name without one is a fault of ours. */
export const eventsNamed = (names: readonly string[]): string[] =>
  names.map((name) => {
    const type = eventsSupported.find((known) => known.endsWith(`/${name}`))
    assert(type !== undefined, 'the contract names what is supported')
    return type
  })

/** A step whose effect is proven, as the response noted it. */
export type ProvenStep = {
  action: string
  incident: string
  generation: number
  verb: string
  phase: string
  target: EntityId
  provenAtMs: number
}
export type SaidEvent = { type: string; event: JsonObject }

/** CAEP's own words for kinds of credentials; others are called as the estate calls them. */
const credentialTypes: Readonly<Record<string, string>> = { password: 'password', certificate: 'x509', factor: 'app' }

/**
 * What a proven step means to others; undefined where they have no word for it (a host isolated, an app blocked, a
 * membership taken away). `kind` is what the estate says the target is.
 */
export function eventOf(
  { verb, phase, target, provenAtMs }: ProvenStep,
  kind: string | undefined,
): SaidEvent | undefined {
  const event = {
    event_timestamp: Math.floor(provenAtMs / 1000),
    initiating_entity: 'policy',
    // The interoperability profile and Okta refuse an event that gives no reason.
    reason_admin: { en: 'contained after an incident' },
  }
  if (
    phase === 'end-sessions' ||
    kind === 'session' ||
    /\.(sessions?|user)\.(end|invalidate|terminate|reset|revoke)$/.test(verb)
  ) {
    return { type: sessionRevoked, event }
  }
  if (/\.password\.(expire|replace)$/.test(verb)) return { type: changeRequired, event: {} }
  if (kindOf(target) === 'identity') {
    const isOff = phase === 'revoke' && /\.(suspend|deactivate|disable|deny|quarantine|remove)$/.test(verb)
    return isOff ? { type: accountDisabled, event: { reason: 'hijacking' } } : undefined
  }
  if (kindOf(target) !== 'credential' || (phase !== 'revoke' && phase !== 'remove-descendants')) return undefined
  const credentialType = credentialTypes[kind ?? ''] ?? kind ?? 'credential'
  return { type: credentialChange, event: { ...event, credential_type: credentialType, change_type: 'revoke' } }
}
