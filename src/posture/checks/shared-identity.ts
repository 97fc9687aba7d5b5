import { networkOf } from '#kit'
import { authorityOf, type EntityId } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import type { Scene, SharedAccounts } from '../scene.ts'
import { openSignIns } from '../sign-ins.ts'
import { dayMs, dayOf, isOn } from '../words.ts'

const lookedBackMs = 7 * dayMs
const togetherMs = 3_600_000
/** A laptop in the office, a phone on its own network and a home line are three places of one person within an hour. */
const placesFine = 3
/** Once may be a day of travel. */
const daysFine = 1
const keptMs = 15 * 60_000

type Seen = {
  /** Within an hour after the last one looked at, newest first. */
  recent: { atMs: number; place: string; offset: number }[]
  /** By day: log offsets of sign-ins from too many places. */
  days: Map<string, number[]>
}

export const sharedIdentity: Check = {
  kind: 'shared-identity',
  title: 'an account that several people use',
  rule: 'a human account was signed in to from 4 or more networks (/24, or /48 in IPv6) within one hour, on 2 or more of the last 7 days',
  severity: 'medium',
  needs: ['sign-in-places'],
  historyDays: 7,
  untold: 'no source tells from where somebody signs in',
  async look(scene) {
    const accounts = (await scene.find('identity', { kind: 'human' })).filter(({ facts }) => isOn(facts, scene.atMs))
    const out = outcomeOf(accounts.length)
    const { shared, cut } = await sharedOf(scene)
    for (const { entity } of accounts) {
      if (!scene.tells(authorityOf(entity), 'sign-in-places')) {
        out.cannotTell(authorityOf(entity))
        continue
      }
      const days = shared.get(entity)
      if (days === undefined) continue
      const first = [...days.keys()].toSorted()[0] ?? ''
      out.say({
        on: entity,
        sinceMs: Date.parse(first),
        why: `it is signed in to from ${placesFine + 1} or more networks within an hour, on ${days.size} of the last 7 days: who of them does what nobody can tell`,
        records: [...days.values()].flat(),
        fix: {
          kind: 'task',
          target: entity,
          preview: 'everybody who uses it gets an account of their own, and then this one is switched off',
          undo: 'the account is switched on again',
        },
      })
    }
    return { ...out, cut }
  },
}

/** Who signs in from too many places, by the days of it. A million sign-ins take seconds, so it is asked for seldom. */
function sharedOf(scene: Scene): Promise<SharedAccounts> {
  const { memory, atMs } = scene
  const { sharedAccounts: kept } = memory
  if (kept !== undefined && atMs - kept.atMs < keptMs && atMs >= kept.atMs) return kept.all
  const all = readShared(scene)
  memory.sharedAccounts = { atMs, all }
  all.catch(() => delete memory.sharedAccounts)
  return all
}

async function readShared(scene: Scene): Promise<SharedAccounts> {
  const seen = new Map<EntityId, Seen>()
  const { newestFirst, isCut } = openSignIns(scene, scene.atMs - lookedBackMs)
  let lookedToMs = scene.atMs
  for await (const { identity, origin, atMs, offset } of newestFirst()) {
    lookedToMs = atMs
    if (identity === null || origin === null) continue
    const one = seen.get(identity) ?? { recent: [], days: new Map() }
    seen.set(identity, one)
    note(one, { atMs, place: networkOf(origin) ?? origin, offset })
  }
  const all = [...seen].flatMap(([entity, { days }]) => (days.size > daysFine ? [[entity, days] as const] : []))
  const from = `looked back to ${dayOf(lookedToMs)} alone: there are more sign-ins than one look reads`
  return { shared: new Map(all), cut: isCut() ? [from] : [] }
}

/** INVARIANT: sign-ins come newest first. */
function note({ recent, days }: Seen, signIn: Seen['recent'][number]): void {
  while (recent[0] !== undefined && recent[0].atMs > signIn.atMs + togetherMs) recent.shift()
  const known = recent.findIndex(({ place }) => place === signIn.place)
  if (known >= 0) recent.splice(known, 1)
  recent.push(signIn)
  const day = dayOf(signIn.atMs)
  if (recent.length > placesFine && !days.has(day))
    days.set(
      day,
      recent.map(({ offset }) => offset),
    )
}
