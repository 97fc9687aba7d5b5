import type { Secrets } from '#sources/contract'

import { intakeOf, type IntakeKind } from './config.ts'
import type { IntakeOf, Way } from './way.ts'
import { bucketWay } from './bucket/index.ts'
import { syslogWay } from './syslog/index.ts'
import { tailWay } from './tail/index.ts'
import { webhookWay } from './webhook/index.ts'

export const ways: { readonly [Kind in IntakeKind]: Way<Kind> } = {
  webhook: webhookWay,
  tail: tailWay,
  syslog: syslogWay,
  bucket: bucketWay,
}

export const wayOf = <Kind extends IntakeKind>(intake: IntakeOf<Kind> & { kind: Kind }): Way<Kind> => ways[intake.kind]

/** Origins that a source's `Http` must allow for its intake. */
export function intakeOrigins(config: unknown): string[] {
  const intake = intakeOf(config)
  return intake === undefined ? [] : (wayOf(intake).origins?.(intake) ?? [])
}

/**
 * Of a source's secrets those that core needs to receive for it, by the way its configuration says. INVARIANT: no others
 * leave hands here, and none of a source without an intake.
 */
export function lentOf(config: unknown, see: Secrets): Secrets {
  const intake = intakeOf(config)
  const names = intake === undefined ? [] : wayOf(intake).lent
  return Object.fromEntries(Object.entries(see).filter(([name]) => names.includes(name)))
}
