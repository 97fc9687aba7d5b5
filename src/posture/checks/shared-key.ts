import { authorityOf, hostAuthority, type Edge, type EntityId } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { replaceKey } from '../fixes.ts'
import type { Scene } from '../scene.ts'
import { isOn, wordsOf } from '../words.ts'

/** More is refused by the estate, never cut. */
const hostsMax = 1_000_000

export const sharedKey: Check = {
  kind: 'shared-key',
  title: 'one key on the machines of several people',
  rule: 'as the last report of each host, the same key lies on machines of which no one person uses all; machines that nobody uses count for nobody',
  severity: 'medium',
  needs: ['keys-on-hosts', 'host-users'],
  untold: 'some of the hosts they lie on nobody tells who uses',
  async look(scene) {
    const hosts = (await scene.view.find('host', {}, hostsMax)).filter(isReporter)
    const stored = [...(await scene.from(hosts, 'STORES')).values()].flat()
    const places = Map.groupBy(stored, ({ dst }) => dst)
    const several = [...places].filter(([, at]) => new Set(at.map(({ src }) => src)).size > 1)
    const facts = await scene.facts(several.map(([key]) => key))
    const machines = await machinesOf(scene, [...new Set(several.flatMap(([, at]) => at.map(({ src }) => src)))])
    const out = outcomeOf(places.size)
    for (const [key, at] of several) {
      const told = facts.get(key) ?? {}
      if (told['own'] === true || told['kind'] === 'file' || !isOn(told, scene.atMs)) continue
      const users = at.map(({ src }) => machines.get(src))
      const ofPeople = users.filter((one) => one !== undefined && one.size > 0)
      if (isOfSeveral(ofPeople))
        out.say({
          on: key,
          sinceMs: Math.max(...at.map(({ validFrom }) => validFrom)) * 1_000,
          why: `it lies on ${ofPeople.length} machines that no one person uses: who of them acts by it nobody can tell, and the weakest machine gives it away`,
          evidence: at,
          fix: replaceKey(key),
        })
      else if (ofPeople.length < users.length && users.includes(undefined)) out.cannotTell(authorityOf(key))
    }
    return out
  },
}

const isOfSeveral = ([first, ...others]: readonly (ReadonlySet<string> | undefined)[]): boolean =>
  first !== undefined &&
  others.length > 0 &&
  ![...first].some((person) => others.every((users) => users?.has(person) === true))

/**
 * Who uses each host, as whoever manages the same machine tells it. Absent: nobody who tells of users knows the machine.
 * By its hardware a host is that machine; the first who bore a name of it keeps it, as everywhere.
 */
async function machinesOf(scene: Scene, hosts: readonly EntityId[]): Promise<Map<EntityId, ReadonlySet<string>>> {
  const bears = await scene.from(hosts, 'SAME_AS')
  const names = [...new Set([...bears.values()].flat().map(({ dst }) => dst))]
  const borne = await scene.to(names, 'SAME_AS')
  const managed = [...new Set([...borne.values()].flat().map(({ src }) => src))]
  const facts = await scene.facts([...managed, ...hosts])
  const found = new Map<EntityId, ReadonlySet<string>>()
  for (const host of hosts) {
    const same = (bears.get(host) ?? []).flatMap(({ dst }) => {
      const bearers = borne.get(dst) ?? []
      return firstReporter(bearers) === host ? bearers.map(({ src }) => src) : []
    })
    const known = new Set([host, ...same])
    const telling = [...known].filter((one) => scene.tells(authorityOf(one), 'host-users'))
    if (telling.length > 0) found.set(host, new Set(telling.flatMap((one) => wordsOf(facts.get(one) ?? {}, 'usedBy'))))
  }
  return found
}

/** Hosts that speak for themselves. */
const isReporter = (host: EntityId): boolean => authorityOf(host) === hostAuthority
/** In the order of the log, which no sender can date back: who owns one host can name the hardware of another. */
const firstReporter = (bearers: readonly Edge[]): EntityId | undefined =>
  bearers.filter(({ src }) => isReporter(src)).toSorted((a, b) => a.evidence - b.evidence)[0]?.src
