import type { OcsfActivity, Severity } from '#model'

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const risc = 'https://schemas.openid.net/secevent/risc/event-type/'
const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/'

export type Meaning = {
  ocsf:
    | { class: 'account_change'; activity: OcsfActivity<'account_change'> }
    | { class: 'authentication'; activity: OcsfActivity<'authentication'> }
    | { class: 'base_event'; activity: OcsfActivity<'base_event'> }
  /** The identity works, or does not, from now on. */
  enabled?: boolean
  /** Ends the session it names. */
  endsSession?: true
  /** Says that somebody else may hold the account; `when` reads the event's own words, absent: always. */
  alarm?: { severity: Severity; says: string; when?(event: Readonly<Record<string, unknown>>): boolean }
  /** About the stream itself, not about anybody. */
  ofStream?: true
}

const account = (activity: OcsfActivity<'account_change'>, more: Partial<Meaning> = {}): Meaning => ({
  ocsf: { class: 'account_change', activity },
  ...more,
})
const session = (activity: OcsfActivity<'authentication'>, more: Partial<Meaning> = {}): Meaning => ({
  ocsf: { class: 'authentication', activity },
  ...more,
})
const plain = (more: Partial<Meaning> = {}): Meaning => ({ ocsf: { class: 'base_event', activity: 'other' }, ...more })

const isHijacked = ({ reason }: Readonly<Record<string, unknown>>): boolean => reason === 'hijacking'
const isByPolicy = ({ initiating_entity: by }: Readonly<Record<string, unknown>>): boolean =>
  by === 'policy' || by === 'system'

/**
 * Every event of CAEP 1.0 and RISC 1.0, and SSF's own two. What is not here is kept, counted as debt, and starts nothing.
 * Severity is what the sender's words alone carry: an administrator's revocation is work, a policy's is a suspicion.
 */
export const meanings: Readonly<Record<string, Meaning>> = {
  [`${caep}session-revoked`]: session('logoff', {
    endsSession: true,
    alarm: { severity: 'low', says: 'revoked a session by policy', when: isByPolicy },
  }),
  [`${caep}token-claims-change`]: plain(),
  [`${caep}credential-change`]: account('other'),
  [`${caep}assurance-level-change`]: plain(),
  [`${caep}device-compliance-change`]: plain({
    alarm: {
      severity: 'low',
      says: 'reports a device that no longer complies',
      when: ({ current_status: now }) => now === 'not-compliant',
    },
  }),
  [`${caep}session-established`]: session('logon'),
  [`${caep}session-presented`]: session('other'),
  [`${caep}risk-level-change`]: plain({
    alarm: { severity: 'medium', says: 'reports a high risk', when: ({ current_level: now }) => now === 'HIGH' },
  }),
  [`${risc}account-credential-change-required`]: account('other', {
    alarm: { severity: 'medium', says: 'requires a new credential' },
  }),
  [`${risc}account-purged`]: account('delete', { enabled: false }),
  [`${risc}account-disabled`]: account('disable', {
    enabled: false,
    alarm: { severity: 'high', says: 'disabled a hijacked account', when: isHijacked },
  }),
  [`${risc}account-enabled`]: account('enable', { enabled: true }),
  [`${risc}identifier-changed`]: account('other'),
  [`${risc}identifier-recycled`]: account('other', {
    alarm: { severity: 'medium', says: 'gave an address to somebody else' },
  }),
  [`${risc}credential-compromise`]: account('other', {
    alarm: { severity: 'high', says: 'reports a compromised credential' },
  }),
  [`${risc}opt-in`]: plain(),
  [`${risc}opt-out-initiated`]: plain(),
  [`${risc}opt-out-cancelled`]: plain(),
  [`${risc}opt-out-effective`]: plain(),
  [`${risc}recovery-activated`]: account('password_reset'),
  [`${risc}recovery-information-changed`]: account('other'),
  [`${risc}sessions-revoked`]: session('logoff'),
  [`${ssf}verification`]: plain({ ofStream: true }),
  [`${ssf}stream-updated`]: plain({ ofStream: true }),
}

export const shortName = (type: string): string => type.split('/').at(-1) ?? type
export const streamUpdatedType = `${ssf}stream-updated`
/** What is asked of a transmitter; SSF's own events come unasked. */
export const wantedTypes: readonly string[] = Object.entries(meanings).flatMap(([type, { ofStream }]) =>
  ofStream === true ? [] : [type],
)
