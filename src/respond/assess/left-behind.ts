import type { EntityId, Exposure } from '#model'

import type { PlanMember } from './members.ts'

/** Things named in one task. */
const namedMax = 20

/**
 * Of an offboarding: the credentials that programs work by, and the accounts they belong to. INVARIANT: no step acts on
 * one of them; they are survivors, by name, until somebody has handed over what works by them.
 */
export function inUseOf({ accounts = [], credentials }: Exposure): ReadonlySet<EntityId> {
  return new Set([
    ...accounts.filter(({ usedBy }) => usedBy.length > 0).map(({ account }) => account),
    ...credentials.filter(({ usedBy = [] }) => usedBy.length > 0).map(({ credential }) => credential),
  ])
}

/** Tasks for people: to give what works by a leaver's key a successor, and what they own another owner. */
export function leftBy(
  { accounts = [], credentials }: Exposure,
  members: readonly PlanMember[],
): { target: EntityId; serves: PlanMember[]; effects: string[]; owner?: EntityId }[] {
  const memberOf = new Map(members.map((member) => [member.entity, member]))
  const serving = (entity: EntityId): PlanMember[] => {
    const member = memberOf.get(entity)
    return member === undefined ? [] : [member]
  }
  return [
    ...credentials.flatMap(({ credential, usedBy = [] }) =>
      usedBy.length === 0
        ? []
        : [
            {
              target: credential,
              serves: serving(credential),
              effects: [
                `its owner leaves, and ${list(usedBy)} work${usedBy.length === 1 ? 's' : ''} by it: give a successor under an identity that is nobody's own`,
                'then offboard again: until then neither it nor its account is ended',
              ],
            },
          ],
    ),
    ...accounts.flatMap(({ account, owns }) =>
      owns.length === 0
        ? []
        : [
            {
              target: account,
              serves: serving(account),
              effects: [`it owns ${list(owns)}: somebody else must answer for ${owns.length === 1 ? 'it' : 'them'}`],
            },
          ],
    ),
  ]
}

export const list = (entities: readonly EntityId[]): string =>
  entities.length <= namedMax
    ? entities.join(', ')
    : `${entities.slice(0, namedMax).join(', ')} and ${entities.length - namedMax} more`
