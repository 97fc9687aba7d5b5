import { toSecondsDown } from '#kit'
import type {
  EntityId,
  ExposedCredential,
  Exposure,
  LeavingAccount,
  OffboardedPerson,
  ReasonStep,
  Window,
} from '#model'
import type { EstateView } from '#estate'
import { leftBehind, waysInto, type Way } from '#people'

import { credentialKindOf } from './credential-kind.ts'
import { notAssessed } from './not-assessed.ts'

/**
 * What must die when people leave: their accounts, and the credentials that are the accounts' own. Unlike after a theft,
 * what they could read or had made stays: colleagues and programs work by it. Pure, as `expose` is.
 */
export async function exposeLeaving(
  view: EstateView,
  trigger: { kind: 'offboarding'; people: readonly OffboardedPerson[] },
  window: Window,
  nowMs: number,
  blindSpots: readonly string[],
): Promise<Exposure> {
  const personOf = new Map<EntityId, EntityId>()
  // An account named under two people is the first one's: it dies once.
  for (const { person, accounts } of trigger.people) {
    for (const account of accounts) if (!personOf.has(account)) personOf.set(account, person)
  }
  const names = [...personOf.keys()].sort()
  const ways = await waysInto(view, names, nowMs)
  const left = await leftBehind(view, names, ways, nowMs)
  const epoch = toSecondsDown(window.fromMs)
  const usedBy = new Map([...left.values()].flatMap(({ used }) => used.map(({ entity, by }) => [entity, by] as const)))
  return {
    trigger: { kind: 'offboarding', people: [...trigger.people] },
    window,
    asOf: view.asOf,
    hosts: [],
    credentials: ways.map((way): ExposedCredential => {
      const used = usedBy.get(way.credential)
      return {
        credential: way.credential,
        kind: credentialKindOf(way.credential, [way.kind]),
        identity: way.account,
        role: way.isDerived ? 'session' : 'readable',
        epoch,
        reason: reasonOf(way),
        conditional: false,
        ...(way.aliases.length === 0 ? {} : { aliases: way.aliases }),
        ...(used === undefined ? {} : { usedBy: used }),
      }
    }),
    descendants: [],
    accounts: names.map((account): LeavingAccount => {
      const { things = [], used = [] } = left.get(account) ?? {}
      const by = [...new Set(used.flatMap((one) => one.by))].sort()
      return { account, person: personOf.get(account) ?? account, epoch, usedBy: by, owns: things }
    }),
    impact: notAssessed(
      blindSpots,
      'an offboarding does not ask whose data somebody touched: `cordon recall` on one account does',
    ),
  }
}

/** From the account to the credential. */
const reasonOf = ({ by }: Way): ReasonStep[] =>
  by
    .map(({ src, type, dst, validFrom, validTo, evidence }) => ({ src, type, dst, validFrom, validTo, evidence }))
    .toReversed()
