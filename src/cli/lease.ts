import { formatTime } from '#kit'
import type { ResponseOf } from '#api/contract'

import { duration, plural, table } from './table.ts'

/** Plain-text form of what the API says of leases. Pure. */
type Lease = ResponseOf<'lease.show'>

const called = (entity: string, name: string | null): string => (name === null ? entity : `${name}  ${entity}`)
const untilOf = ({ untilMs, forMs }: Lease): string =>
  untilMs === null ? `${duration(forMs)} from when it is given` : formatTime(untilMs)

const words: Record<Lease['state'], string> = {
  asked: 'waits for approval',
  granting: 'is being given',
  held: 'stands',
  ending: 'is being taken',
  ended: 'is over, proven gone',
  survivor: 'IS OVER AND NOT PROVEN GONE',
  failed: 'was never given',
  refused: 'is refused',
  withdrawn: 'was withdrawn',
}

export function renderLeases(leases: readonly Lease[]): string[] {
  if (leases.length === 0) return ['no leases']
  const rows = leases.map((one) => [
    one.id,
    one.state,
    one.memberName ?? one.member,
    one.thingName ?? one.thing,
    untilOf(one),
    one.askedBy,
  ])
  return [table(['id', 'state', 'who', 'what', 'until', 'asked by'], rows), '', plural(leases.length, 'lease')]
}

export function renderLease(lease: Lease): string[] {
  const { id, state, member, memberName, thing, thingName, why, askedBy, askedAtMs, approvals, proof, lastError } =
    lease
  return [
    `${id} ${words[state]}`,
    `who:      ${called(member, memberName)}`,
    `what:     ${called(thing, thingName)}`,
    `until:    ${untilOf(lease)}`,
    `why:      ${why}`,
    `asked by: ${askedBy}, ${formatTime(askedAtMs)}`,
    ...(lease.verb === null ? [] : [`by:       ${lease.verb} (${lease.source ?? ''}), ${lease.action ?? ''}`]),
    ...(proof === null ? [] : [`proof:    ${proof.kind}, ${formatTime(proof.atMs)}: ${proof.says}`]),
    ...(lastError === null ? [] : [`last:     ${lastError}`]),
    ...nextOf(lease, approvals),
  ]
}

function nextOf({ id, state, incident, plan, decidedBy, member, thing }: Lease, approvals: number | null): string[] {
  switch (state) {
    case 'asked':
      return [
        `Approve:  cordon contain ${incident} --approve ${plan ?? 'HASH'}  (${plural(approvals ?? 1, 'approval')}, not of whoever asked or whom it is for)`,
        `Withdraw: cordon lease end ${id}`,
      ]
    case 'granting':
    case 'held':
      return [`End now:  cordon lease end ${id}`]
    case 'survivor':
      return [`Next:     take ${thing} from ${member} by hand; cordon task list`]
    case 'refused':
      return [`Why:      ${decidedBy.length === 0 ? 'no connected source can give it' : decidedBy.join(', ')}`]
    case 'ending':
    case 'ended':
    case 'failed':
    case 'withdrawn':
      return []
  }
}
