import { hashId } from '#kit'
import { authorityOf, type EntityId } from '#model'
import { paged, type EstateView } from '#estate'

import { personKey } from '../attribute.ts'
import { breather } from '../breathe.ts'
import {
  evidenceMax,
  grantsFrom,
  isOwnOrSpared,
  nameIn,
  noticing,
  peopleBehind,
  rulesDecideFor,
  untoldRules,
  type CannotTell,
  type Draft,
  type Scene,
} from '../gap-scene.ts'
import type { Right } from '../rights.ts'
import { askOf, either, type Ask, type Book, type Truth } from './book.ts'
import { judge, type Change, type Subject } from './judge.ts'

type Kind = 'factor' | 'condition'
/** Changes by their key, each with those whom it keeps from what. */
type Found = Map<string, { change: Change | null; of: EntityId; protects: Map<EntityId, Set<number>> }>

/** Who signs in by rules, and what each of them is in. The same for every kind of gap. */
export type Comers = Awaited<ReturnType<typeof comersIn>>

export async function comersIn(view: EstateView, scene: Scene) {
  const subjects = await subjectsIn(view, scene)
  return { subjects, isInOf: await membersOf(view, scene, subjects) }
}

/**
 * Where rules of sign-in let somebody in who is on no network and no device of one's own: `factor` by a password alone (of a
 * login of a database, which has nothing else: by nothing at all, from whatever network), `condition` by whatever they ask for. Each gap is the rule
 * that, made stricter, closes it. `open`: to whom they open what.
 */
export async function signInGaps(
  scene: Scene,
  { subjects, isInOf }: Comers,
  kind: Kind,
  cannotTell: CannotTell,
): Promise<{ found: Draft[]; open: Map<EntityId, ReadonlySet<EntityId>> }> {
  const breathe = breather()
  const found: Found = new Map()
  const open = new Map<EntityId, ReadonlySet<EntityId>>()
  const judged = new Map<string, ReturnType<typeof judge>>()
  const opensPeople = new Map<EntityId, boolean>()
  /** Most of what somebody may sign in to opens nobody's data, and needs no verdict. */
  const isToPeople = (right: Right): boolean => {
    const known = opensPeople.get(right.on) ?? peopleBehind(scene, [right]).size > 0
    opensPeople.set(right.on, known)
    return known
  }
  for (const { entity, isLogin } of subjects) {
    await breathe()
    const mine = grantsFrom(scene.matter, entity).filter(isToPeople)
    if (mine.length === 0) continue
    const authority = authorityOf(entity)
    const book = scene.books.get(authority)
    if (book === undefined) {
      // Of who has nothing enrolled the factor is told all the same.
      if (kind === 'condition') cannotTell(kind, authority, untoldRules)
      continue
    }
    const enough = enoughFor(kind, isLogin)
    const subject: Subject = {
      isIn: isInOf(entity, book),
      isGuest: scene.matter.rights.facts.get(entity)?.['external'] === true,
    }
    const verdictAt = (on: EntityId): ReturnType<typeof judge> => {
      const target = new Set([on, ...scene.matter.containersOf(on)])
      const key = JSON.stringify([
        authority,
        enough,
        subject.isGuest,
        [...subject.isIn].filter(([one]) => book.mentioned.has(one)),
        [...target].filter((one) => book.mentioned.has(one)),
      ])
      const known = judged.get(key) ?? judge(book, subject, target, enough, isLogin && kind === 'factor')
      judged.set(key, known)
      return known
    }
    const verdicts = new Map([...new Set(mine.map(({ on }) => on))].map((on) => [on, verdictAt(on)]))
    const are = (verdict: string): Right[] => mine.filter(({ on }) => verdicts.get(on)?.verdict === verdict)
    open.set(entity, new Set(are('open').map(({ on }) => on)))
    if (peopleBehind(scene, are('untold')).size > 0) cannotTell(kind, authority, undecided)
    noteOpen(scene, found, entity, are('open'), verdicts)
  }
  return { found: [...found].flatMap(([key, one]) => draftOf(scene, kind, key, one)), open }
}

const undecided =
  'its rules of sign-in depend on what nobody can say beforehand (a risk, an expression, an outside service)'
const enoughFor = (kind: Kind, isLogin: boolean): Ask =>
  askOf(kind === 'condition' ? 'refused' : isLogin ? 'password' : 'factor')

/** Humans, and logins of databases, where rules of sign-in decide. */
async function subjectsIn(view: EstateView, scene: Scene): Promise<{ entity: EntityId; isLogin: boolean }[]> {
  const humans = await view.find('identity', { kind: 'human' })
  const logins = await view.find('identity', { kind: 'role', canLogin: true })
  return [
    ...humans.map((entity) => ({ entity, isLogin: false })),
    ...logins.map((entity) => ({ entity, isLogin: true })),
  ].filter(({ entity }) => rulesDecideFor(scene, entity) && !isOwnOrSpared(scene, entity))
}

/** What somebody is in, of all that rules name; by a membership under a condition perhaps. */
async function membersOf(view: EstateView, scene: Scene, subjects: readonly { entity: EntityId }[]) {
  const above = new Map<EntityId, { to: EntityId; truth: Truth }[]>()
  const seen = new Set(subjects.flatMap(({ entity }) => (scene.books.has(authorityOf(entity)) ? [entity] : [])))
  for (let page = [...seen]; page.length > 0;) {
    const edges = await paged(page, (some) => view.edgesFrom(some, { types: ['MEMBER_OF'] }))
    page = []
    for (const { src, dst, conditional } of edges) {
      const known = above.get(src) ?? []
      above.set(src, known)
      known.push({ to: dst, truth: conditional ? 1 : 2 })
      if (seen.has(dst)) continue
      seen.add(dst)
      page.push(dst)
    }
  }
  return (entity: EntityId, { mentioned }: Book): Map<EntityId, Truth> => {
    const isIn = new Map<EntityId, Truth>([[entity, 2]])
    for (const [one, truth] of isIn) {
      for (const { to, truth: step } of above.get(one) ?? []) {
        const through = Math.min(truth, step) === 2 ? 2 : 1
        const known = isIn.get(to)
        // A way for sure that is found later goes on from there anew.
        if (known === undefined || either(known, through) !== known) {
          isIn.delete(to)
          isIn.set(to, through)
        }
      }
    }
    return new Map([...isIn].filter(([one]) => mentioned.has(one)).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

function noteOpen(
  scene: Scene,
  found: Found,
  entity: EntityId,
  grants: readonly Right[],
  verdicts: ReadonlyMap<EntityId, ReturnType<typeof judge>>,
): void {
  const note = (key: string, change: Change | null, of: EntityId, behind: readonly Right[]): void => {
    const numbers = peopleBehind(scene, behind)
    if (numbers.size === 0) return
    const known = found.get(key) ?? { change, of, protects: new Map<EntityId, Set<number>>() }
    known.protects.set(entity, numbers)
    found.set(key, known)
  }
  const closed = new Map<string, { change: Change; behind: Right[] }>()
  const unclosed: Right[] = []
  for (const grant of grants) {
    const closers = verdicts.get(grant.on)?.closers ?? []
    if (closers.length === 0) unclosed.push(grant)
    for (const change of closers) {
      const key = `${change.rule.entity} ${change.how}`
      const one = closed.get(key) ?? { change, behind: [] }
      one.behind.push(grant)
      closed.set(key, one)
    }
  }
  for (const [key, { change, behind }] of closed) note(key, change, change.rule.entity, behind)
  note(entity, null, entity, unclosed)
}

function draftOf(
  scene: Scene,
  kind: Kind,
  key: string,
  { change, of, protects }: Found extends Map<string, infer One> ? One : never,
): Draft[] {
  const { matter, tenant, isIn } = scene
  const lastBy = new Map<EntityId, number>()
  const days = new Set<number>()
  for (const holder of protects.keys()) {
    const active = [...(matter.use.active.get(personKey(matter.rights, holder)) ?? [])].filter(isIn)
    for (const day of active) days.add(day)
    if (active.length > 0) lastBy.set(holder, Math.max(...active))
  }
  const isLogin = [...protects.keys()].every((one) => matter.rights.facts.get(one)?.['kind'] === 'role')
  return [
    {
      protects,
      gap: {
        id: hashId('gap', tenant, `sign-in ${kind} ${key}`),
        kind,
        of,
        name: change === null ? nameIn(matter, of) : change.rule.name,
        on: null,
        onName: null,
        deed: null,
        change: wordsFor(kind, change, isLogin),
        daysUsed: days.size,
        ...noticing(matter, lastBy, isIn),
        evidence: change === null ? [] : change.rule.evidence.slice(0, evidenceMax),
      },
    },
  ]
}

function wordsFor(kind: Kind, change: Change | null, isLogin: boolean): string {
  const asks =
    kind === 'condition'
      ? 'lets in from your own networks or devices alone'
      : isLogin
        ? 'asks for a password at least'
        : 'asks for a second factor'
  if (change === null) return `each of the rules by which they come in ${asks}`
  if (change.how === 'on') return 'it is switched on'
  if (change.how === 'all') return 'it leaves nobody out'
  return change.rule.isDefault ? `a rule for them ${asks}` : `it ${asks}`
}
