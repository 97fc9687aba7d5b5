import { CordonError, type Clock } from '#kit'
import { offboardedPeopleMax, type EntityId, type OffboardedPerson, type TenantId } from '#model'
import {
  aliveAccounts,
  endedActive,
  hasEnded,
  leftBehind,
  namesOf,
  readPeople,
  readRegister,
  waysInto,
  type AccountJoin,
  type People,
  type Person,
} from '#people'
import { usingView, type EstateView } from '#estate'
import type { PeopleDesk, ReceiptOf } from '#api'
import type { ResponseOf } from '#api/contract'
import type { ResponseCore } from '#respond'
import type { Source } from '#sources'

import type { Feed } from './feed.ts'

type ShownPerson = ResponseOf<'people.show'>['person']
type Resolved = { known: People; atMs: number }
type Listed = { asOf: number; atMs: number; people: ShownPerson[] }

/** Pages of one list are of one moment: whoever asks for the next within this time, sees on from there. */
const listKeptMs = 60_000

/** What `people.believe` writes in place of a cursor; the connector `people` reads it. */
const believePrefix = 'believe '
const peopleStream = 'people'

export type PeopleParts = {
  tenant: TenantId
  clock: Clock
  view(): Promise<EstateView>
  responder: Pick<ResponseCore, 'open'>
  sources(): readonly Source[]
  feed: Feed
  receipt: ReceiptOf
}

/** People as registers name them, with their accounts: looked up, and offboarded in batches. */
export function createPeopleDesk(parts: PeopleParts): PeopleDesk {
  const { tenant, clock } = parts
  const resolved = <Result>(work: (resolved: Resolved, view: EstateView) => Promise<Result>): Promise<Result> =>
    usingView(parts.view(), async (view) => {
      const atMs = clock.nowMs()
      return work({ known: await readPeople(view, atMs), atMs }, view)
    })

  let listed: Listed | undefined
  const readList = (): Promise<Listed> =>
    usingView(parts.view(), async (view) => {
      const atMs = clock.nowMs()
      const { people } = await readRegister(view)
      return { asOf: view.asOf, atMs, people: people.map((person) => shown(person, atMs)).sort(byKey) }
    })

  return {
    async list({ state, after, max }) {
      if (after === undefined || listed === undefined || clock.nowMs() - listed.atMs >= listKeptMs)
        listed = await readList()
      const { asOf, people: all } = listed
      const ended = all.filter((person) => person.ended).length
      const people = all
        .filter((person) => state === undefined || person.ended === (state === 'ended'))
        .filter(({ person }) => after === undefined || person > after)
        .slice(0, max)
      return { asOf, people, here: all.length - ended, ended }
    },
    ended: () =>
      resolved(async ({ known, atMs }, view) => {
        const { ended, ambiguous } = await endedActive(view, atMs, known)
        const list = ended.map(({ person, alive }) => ({ person: shown(person, atMs), alive }))
        const people = known.register.people.length
        return { asOf: view.asOf, people, ended: list, ambiguous: ambiguous.map(copy) }
      }),
    show: (named) =>
      resolved(async ({ known: { register, join }, atMs }, view) => {
        const person = finderIn(register.people)(named)
        const joined = join.of.get(person.person) ?? []
        const names = namesOf(joined)
        const ways = await waysInto(view, names, atMs)
        const alive = await aliveAccounts(view, joined, ways, atMs)
        const left = await leftBehind(view, names, ways, atMs)
        return {
          asOf: view.asOf,
          person: shown(person, atMs),
          accounts: joined.map(
            ({ account: { account }, way }) =>
              alive.get(account) ?? { account, way, signsIn: false, credentials: [], evidence: [] },
          ),
          left: [...left].map(([account, what]) => ({ account, ...what })),
          ambiguous: ambiguousOf(join, [person.person]),
        }
      }),
    offboard: async ({ people, dryRun }, by) => {
      const { leaving, without, ambiguous } = await resolved(async ({ known, atMs }, view) => {
        const { register, join } = known
        if (register.people.length === 0) throw noRegister()
        const who =
          people === 'ended'
            ? (await endedActive(view, atMs, known)).ended.map(({ person }) => person)
            : [...new Set(people.map(finderIn(register.people)))]
        const accountsOf = ({ person }: Person): EntityId[] => namesOf(join.of.get(person) ?? []).sort()
        const all = who.map((person): OffboardedPerson => ({ person: person.person, accounts: accountsOf(person) }))
        return {
          leaving: all.filter(({ accounts }) => accounts.length > 0).sort(byKey),
          without: all.filter(({ accounts }) => accounts.length === 0).map(({ person }) => person),
          ambiguous: ambiguousOf(
            join,
            all.map(({ person }) => person),
          ),
        }
      })
      const batches: Awaited<ReturnType<PeopleDesk['offboard']>>['batches'] = []
      for (let at = 0; at < leaving.length; at += offboardedPeopleMax) {
        const some = leaving.slice(at, at + offboardedPeopleMax)
        batches.push(dryRun ? { incident: null, plan: null, people: some } : await open(some, by))
      }
      return { batches, without, ambiguous }
    },
    async believe(id, digest, by) {
      const source = parts.sources().find((one) => one.id === id)
      if (source?.connector !== 'people') {
        throw new CordonError('ERR_SOURCE_UNKNOWN', `there is no source of people \`${id}\``, {
          hint: '`cordon source list` shows them',
        })
      }
      const cursor = { stream: peopleStream, value: `${believePrefix}${digest}` }
      await parts.feed({ tenant, source: id, arrivedAtMs: clock.nowMs(), events: [], cursor }, [
        parts.receipt('people.export-believed', { source: id, digest }, { by }),
      ])
    },
  }

  /** Opened and planned in one; what needs no approval by policy and ladder starts, the rest waits. */
  async function open(people: OffboardedPerson[], by: string) {
    const { id, plan } = await parts.responder.open({
      tenant,
      title: people.length === 1 ? 'somebody leaves' : `${people.length} people leave`,
      severity: 'medium',
      trigger: { kind: 'offboarding', people },
      window: { fromMs: clock.nowMs(), toMs: null },
      trust: { origin: 'person', sources: [by], confinedTo: null },
      findings: [],
      containBy: by,
    })
    return { incident: id, plan, people }
  }
}

const byKey = (a: { person: EntityId }, b: { person: EntityId }): number => (a.person < b.person ? -1 : 1)

const copy = ({ account, people, why }: AccountJoin['ambiguous'][number]) => ({ account, people: [...people], why })
const ambiguousOf = (join: AccountJoin, people: readonly EntityId[]) => {
  const asked = new Set(people)
  return join.ambiguous.filter((one) => one.people.some((person) => asked.has(person))).map(copy)
}

function shown(person: Person, atMs: number): ShownPerson {
  const { isVanished, number: _, status: __, accounts: ___, ...told } = person
  return { ...told, ended: hasEnded(person, atMs), vanished: isVanished }
}

/** INVARIANT: that nobody ended is never said where nothing says who works here. */
const noRegister = (): CordonError =>
  new CordonError('ERR_PEOPLE_UNKNOWN', 'nobody can say who ended: no register of people was read', {
    hint: '`cordon source list` shows what was read; docs/people.md says how to connect a register',
  })

/**
 * By id, whole work address or number; read once, so that thousands may be named. INVARIANT: what two people answer to names
 * nobody.
 */
function finderIn(people: readonly Person[]): (named: string) => Person {
  const byName = new Map<string, Set<Person>>()
  for (const one of people) {
    for (const name of [one.person, one.mail, one.number])
      if (name !== null) byName.set(name, (byName.get(name) ?? new Set()).add(one))
  }
  return (named) => {
    const found = new Set([...(byName.get(named) ?? []), ...(byName.get(named.toLowerCase()) ?? [])])
    const [only] = found
    if (only !== undefined && found.size === 1) return only
    throw new CordonError(
      'ERR_PEOPLE_UNKNOWN',
      only === undefined ? `no register names \`${named}\`` : `${found.size} people answer to \`${named}\``,
      {
        hint:
          only === undefined
            ? 'give an id, a whole work address or an employee number; `cordon people list` shows them'
            : `give one of their ids: ${[...found].map(({ person }) => person).join(', ')}`,
      },
    )
  }
}
