import type { IntakeKind } from './config.ts'
import type { IntakeOf, Way } from './way.ts'
import { syslogWay } from './syslog/index.ts'
import { tailWay } from './tail/index.ts'
import { webhookWay } from './webhook/index.ts'

export const ways: { readonly [Kind in IntakeKind]: Way<Kind> } = {
  webhook: webhookWay,
  tail: tailWay,
  syslog: syslogWay,
}

export const wayOf = <Kind extends IntakeKind>(intake: IntakeOf<Kind> & { kind: Kind }): Way<Kind> => ways[intake.kind]

const lent = new Set(Object.values(ways).flatMap((way) => way.lent))

/** Of a source's secrets those that core needs to receive for it. INVARIANT: no others leave hands by this way. */
export const lentOf = (see: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(see).filter(([name]) => lent.has(name)))
