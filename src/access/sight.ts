import { authorityOf, type EntityId, type TouchVerb } from '#model'

/**
 * What this Cordon sees. `byAuthority`: verbs that its sources log, and their own sentences about what they cannot see.
 * `late`: sentences of sources that were never reached, or have not delivered for a while.
 */
export type Sight = {
  byAuthority: Readonly<Record<string, { readonly logged: readonly TouchVerb[]; readonly blind: readonly string[] }>>
  late: readonly string[]
}

/** Every answer names the sources it lacked, and the limits of those it had. */
export type Lacks = { lacking: string[]; limits: string[] }

export function lacksOf(sight: Sight, entities: readonly EntityId[], isPast: boolean): Lacks {
  const authorities = [...new Set(entities.map(authorityOf))].filter((authority) => authority !== 'fp').sort()
  const uncovered = authorities.filter((authority) => sight.byAuthority[authority] === undefined)
  return {
    lacking: [
      ...uncovered.map((authority) => `no source covers \`${authority}\`: rights and acts there are not known`),
      ...sight.late,
    ],
    limits: [
      ...authorities.flatMap((authority) =>
        (sight.byAuthority[authority]?.blind ?? []).map((sentence) => `\`${authority}\`: ${sentence}`),
      ),
      ...(isPast
        ? ['rights that had ended before Cordon first looked are not known; names and states are those of now']
        : []),
    ],
  }
}

/** Do the sources of all these authorities log such acts? Where one does not, silence is no word. */
export const logs = (sight: Sight, authorities: readonly string[], verb: TouchVerb): boolean =>
  authorities.every((authority) => sight.byAuthority[authority]?.logged.includes(verb) === true)
