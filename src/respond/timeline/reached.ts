import { formatTime } from '#kit'
import type { EntityId, Exposure, ExposureRole, Impact, ReasonStep, TouchedResource } from '#model'

import type { EventSeen, Moment } from './types.ts'

const spoken: Record<ExposureRole, string> = {
  trigger: 'in other hands',
  readable: 'could be read',
  session: 'could be used',
  descendant: 'was made',
}

/** From when on each member could be used, by the newest plan. */
export function reachedMoments({ hosts, credentials, descendants }: Exposure): Moment[] {
  const moment = (entity: EntityId, what: string, atSeconds: number, reason: readonly ReasonStep[]): Moment => {
    const by = reason.at(-1)
    return {
      key: entity,
      atMs: atSeconds * 1000,
      arrivedAtMs: null,
      kind: 'reached',
      what,
      says: `\`${entity}\` ${what}${by === undefined || by.src === entity ? '' : ` (${by.type} of \`${by.src}\`)`}`,
      entity,
      ref: null,
      evidence: by === undefined ? [] : [by.evidence],
    }
  }
  return [
    ...hosts.map(({ host, since, reason }) => moment(host, 'was bad', since, reason)),
    ...credentials
      .filter(({ conditional }) => !conditional)
      .map(({ credential, epoch, role, reason }) => moment(credential, spoken[role], epoch, reason)),
    ...descendants.map(({ entity, epoch, reason }) => moment(entity, spoken.descendant, epoch, reason)),
  ]
}

/** What was done with what is exposed, a resource at a time, at its first act. */
export const touchedMoments = ({ didTouch, didChange }: Impact): Moment[] => [
  ...didTouch.map((touched) => touchedMoment('touched', touched)),
  ...didChange.map((touched) => touchedMoment('changed', touched)),
]

function touchedMoment(kind: 'touched' | 'changed', touched: TouchedResource): Moment {
  const { resource, verbs, firstAtMs, lastAtMs, records, by, evidence } = touched
  const how = [
    ...(records === null ? [] : [`${records.toLocaleString('en-US')} records`]),
    ...(by[0] === undefined ? [] : [`by \`${by[0]}\`${by.length === 1 ? '' : ` and ${by.length - 1} more`}`]),
    ...(lastAtMs === firstAtMs ? [] : [`until ${formatTime(lastAtMs)}`]),
  ]
  return {
    key: resource,
    atMs: firstAtMs,
    arrivedAtMs: null,
    kind,
    what: verbs.join(', '),
    says: `${verbs.join(', ')} \`${resource}\`${how.length === 0 ? '' : `: ${how.join(', ')}`}`,
    entity: resource,
    ref: null,
    evidence: evidence.slice(0, 1),
  }
}

/** Each with when Cordon was told, where its evidence is known. */
export const withArrival = (moments: readonly Moment[], seen: ReadonlyMap<number, EventSeen>): Moment[] =>
  moments.map((moment) => ({
    ...moment,
    arrivedAtMs: moment.arrivedAtMs ?? seen.get(moment.evidence[0] ?? 0)?.arrivedAtMs ?? null,
  }))
