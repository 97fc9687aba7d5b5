import { formatTime } from '#kit'
import type { ResponseOf } from '#api/contract'

import { plural, table } from './table.ts'

/** Plain-text forms of what the API says of identities. Pure. */
type Listed = ResponseOf<'identity.list'>
type Shown = ResponseOf<'identity.show'>
type One = Listed['identities'][number]

export const dayCell = (ms: number | null): string => (ms === null ? '-' : formatTime(ms).slice(0, 10))
export const byText = ({ by }: One['means']): string =>
  Object.entries(by)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')

export function ownerText({ kind, owner }: Pick<One, 'kind' | 'owner'>): string {
  if (owner === null) return kind === 'human' ? 'themselves' : 'NOBODY'
  const named = owner.name ?? owner.owner
  return owner.left ? `NOBODY (${named} has left)` : named
}

/** Beside an owner that there is not: whom Cordon asks. */
export function askingText({ asking }: Pick<One, 'asking'>): string {
  if (asking === null) return '-'
  if (asking.state === 'waits') return 'nobody is left to ask'
  return `${asking.state} ${dayCell(asking.sinceMs)}: ${asking.who}`
}

export const renderIdentities = (rows: readonly One[]): string =>
  table(
    ['name', 'kind', 'owner', 'asking', 'made', 'last use', 'credentials', 'reaches', 'identity'],
    rows.map((one) => [
      one.name ?? '-',
      one.kind,
      ownerText(one),
      askingText(one),
      dayCell(one.createdAtMs),
      dayCell(one.lastUsedAtMs),
      String(one.means.credentials),
      plural(one.means.reach.resources, 'resource'),
      one.identity,
    ]),
  )

export function renderCounts({ counts, unowned }: Pick<Listed, 'counts' | 'unowned'>): string {
  const told = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`)
  return `${told.join(', ')}; nobody answers for ${unowned}`
}

export function renderIdentity({ identity: one, likely, chain, asked }: Shown): string[] {
  const { means, owner } = one
  const called = (entity: string): string =>
    chain.names[entity] === undefined ? entity : `${entity} (${chain.names[entity]})`
  return [
    `${one.identity}  ${one.kind}: ${one.why}`,
    ...(one.also.length === 0 ? [] : [`  acts there as ${one.also.join(', ')}`]),
    `name ${one.name ?? '-'}   purpose ${one.purpose ?? '-'}   made ${dayCell(one.createdAtMs)}   last use ${dayCell(one.lastUsedAtMs)}`,
    `owner ${ownerText(one)}${owner === null ? '' : `${owner.name === null ? '' : `  ${owner.owner}`} (${owner.by === null ? owner.says : `said by ${owner.by} on ${dayCell(owner.atMs)}`})`}`,
    `proves itself by ${byText(means) || 'nothing that a source tells'}${means.endless > 0 ? `; ${means.endless} without an end` : ''}`,
    `reaches ${plural(means.reach.resources, 'resource')}, ${plural(means.reach.dataSets, 'data set')} of ${plural(means.reach.people, 'person', 'people')}, at most`,
    ...likely.map(({ who, why }) => `may know whose it is: ${who}, who ${why}`),
    ...(one.asking === null ? [] : [`asking through ${one.asking.source}: ${askingText(one)}`]),
    ...(asked === null
      ? []
      : [`asked on ${dayCell(asked.atMs)}: ${asked.who ?? 'nobody by name'} (${asked.incident})`]),
    '',
    'WHO ACTS THROUGH WHAT',
    ...chain.links.map(
      ({ src, says, dst, inferred, evidence }) =>
        `  ${called(src)} ${says} ${called(dst)}  [event at ${evidence}${inferred ? ', by likeness' : ''}]`,
    ),
    ...chain.ends.map((end) => `  evidence ends: ${end}`),
  ]
}
