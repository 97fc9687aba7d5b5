import { z } from 'zod'

import {
  closeEdge,
  nothingNormalized,
  ocsfEvent,
  openEdge,
  toldFact,
  type EntityId,
  type Normalized,
  type OcsfEvent,
  type SubjectRef,
} from '#model'
import type { NormalizeInput } from '#sources/contract'

import { meanings, shortName, streamUpdatedType, type Meaning } from './event-types.ts'
import { naming, readSubject, type Subject } from './subject.ts'

const record = z.object({
  set: z.looseObject({
    jti: z.string(),
    iat: z.number(),
    sub_id: z.unknown().optional(),
    events: z.record(z.string(), z.record(z.string(), z.unknown())),
  }),
  names: naming,
})
type Told = {
  type: string
  event: Record<string, unknown>
  subject: Subject
  atMs: number
  jti: string
  issuer: string
}

const product = { name: 'Shared Signals' }
/** An event may be told late; one dated outside of this is dated by its token. */
const eventAgeMsMax = 90 * 24 * 3_600_000

/** A verified token → OCSF, what it changes in the estate, and what is suspected. Debt: types and subjects nobody here knows. */
export function normalize({ raw, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = record.safeParse(raw)
  if (!parsed.success) {
    out.ocsf.push(ocsfEvent('base_event', 'unknown', eventAtMs ?? arrivedAtMs, product, {}))
    return { ...out, unmapped: 'signals' }
  }
  const { set, names } = parsed.data
  const debt: string[] = []
  for (const [type, event] of Object.entries(set.events)) {
    const meaning = meanings[type]
    // Transmitters older than SSF 1.0 put the subject into the event.
    const about = set.sub_id ?? event['subject']
    const subject = meaning?.ofStream === true ? noSubject() : readSubject(about, names)
    const told = { type, event, subject, atMs: timeOf(event, set.iat), jti: set.jti, issuer: names.issuer }
    out.ocsf.push(describe(told, meaning))
    if (meaning === undefined) debt.push(`event ${type}`)
    else addEffects(out, told, meaning)
    debt.push(...subject.debt)
  }
  return debt.length === 0 ? out : { ...out, unmapped: debt.join('; ').slice(0, debtCharsMax) }
}
const debtCharsMax = 1_000

const noSubject = (): Subject => ({ refs: [], session: null, app: null, debt: [] })

function timeOf({ event_timestamp: at }: Record<string, unknown>, iat: number): number {
  const issuedMs = Math.floor(iat * 1000)
  if (typeof at !== 'number') return issuedMs
  // CAEP says seconds; RISC of old sent milliseconds.
  const ms = Math.floor(at > 100_000_000_000 ? at : at * 1000)
  return ms > issuedMs + 60_000 || ms < issuedMs - eventAgeMsMax ? issuedMs : ms
}

const entityOf = ({ refs }: Subject): EntityId | undefined =>
  refs.flatMap((ref) => ('entity' in ref ? [ref.entity] : []))[0]

function addEffects(out: Normalized, told: Told, meaning: Meaning): void {
  const { subject, atMs, event, type, issuer } = told
  const identity = entityOf(subject)
  if (identity !== undefined) {
    out.facts.push(
      toldFact(identity, atMs, { enabled: meaning.enabled, lastSignal: shortName(type), lastSignalAtMs: atMs }),
    )
  }
  if (subject.session !== null) {
    out.facts.push(toldFact(subject.session, atMs, { kind: 'session' }))
    if (identity !== undefined) {
      const state = meaning.endsSession === true ? closeEdge : openEdge
      out.edges.push(state(subject.session, 'AUTHENTICATES_AS', identity, atMs))
    }
  }
  const { alarm } = meaning
  if (alarm === undefined || alarm.when?.(event) === false) return
  const subjects: SubjectRef[] = subject.refs.length > 0 ? subject.refs : others(subject)
  if (subjects.length === 0) return
  const { severity, says } = alarm
  out.signals = [
    ...(out.signals ?? []),
    { what: shortName(type), severity, title: `${new URL(issuer).host} ${says}`, subjects, atMs },
  ]
}

const others = ({ session, app }: Subject): SubjectRef[] =>
  [session, app].flatMap((entity) => (entity === null ? [] : [{ entity }]))

function describe({ type, event, subject, atMs, jti }: Told, meaning: Meaning | undefined): OcsfEvent {
  const message = reasonOf(event)
  const common = { uid: jti, ...(message === undefined ? {} : { message }) }
  const uid = entityOf(subject) ?? subject.session ?? 'unknown'
  const user = { uid, type_id: 1 as const }
  const activity_name = shortName(type)
  const { ocsf } = meaning ?? {}
  if (ocsf?.class === 'account_change') {
    const named = ocsf.activity === 'other' ? { activity_name } : {}
    return ocsfEvent('account_change', ocsf.activity, atMs, product, { ...common, user, ...named })
  }
  if (ocsf?.class === 'authentication') {
    return ocsfEvent('authentication', ocsf.activity, atMs, product, {
      ...common,
      user,
      service: { name: 'shared signals' },
      ...(subject.session === null ? {} : { session: { uid: subject.session } }),
      ...(ocsf.activity === 'other' ? { activity_name } : {}),
    })
  }
  const said = type === streamUpdatedType ? `stream ${statusOf(event)}` : activity_name
  return ocsfEvent('base_event', 'other', atMs, product, { ...common, activity_name: said })
}

const statusOf = ({ status }: Record<string, unknown>): string =>
  status === 'paused' || status === 'disabled' ? status : 'enabled'

/** CAEP's reasons are texts by language; the administrator's, else the user's, English first. */
function reasonOf({ reason_admin: admin, reason_user: user }: Record<string, unknown>): string | undefined {
  for (const reason of [admin, user]) {
    const texts = z.record(z.string(), z.string()).safeParse(reason)
    if (!texts.success) continue
    const text = texts.data['en'] ?? Object.values(texts.data)[0]
    if (text !== undefined) return text.slice(0, reasonCharsMax)
  }
  return undefined
}
const reasonCharsMax = 500
