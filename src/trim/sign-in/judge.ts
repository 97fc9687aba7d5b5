import type { EntityId } from '#model'

import { askOf, both, isNamed, type Ask, type Book, type Condition, type Names, type Rule, type Truth } from './book.ts'

/** Somebody as rules see them: what they are in, themselves among it. */
export type Subject = { isIn: ReadonlyMap<EntityId, Truth>; isGuest: boolean }
/** What is opened: the thing and all that it lies in. */
export type Target = ReadonlySet<EntityId>

/** A rule made stricter. `on`: switched on; `all`: it leaves nobody out any more; `raise`: it asks for more. */
export type Change = { rule: Rule; how: 'on' | 'all' | 'raise' }

/** `open`: there is a way to come in by less, whatever nobody can say; `held`: there is none, whatever nobody can say. */
export type Verdict = 'held' | 'open' | 'untold'

/** One somebody at one thing: which rules are about them. `all`: if the rule left nobody out. */
type Case = Pick<Book, 'ways'> & { book: Book; isAbout: readonly Truth[]; all: readonly Truth[] }

/**
 * Whether somebody outside who holds the password comes in by less than `enough`, and each one rule that, made stricter,
 * leaves no such way (with `isOwnNetworkMeant` nor somebody in a network of one's own): for sure before perhaps, and rules that somebody made before a vendor's default.
 */
export function judge(
  book: Book,
  subject: Subject,
  target: Target,
  enough: Ask,
  isOwnNetworkMeant = false,
): { verdict: Verdict; closers: Change[] } {
  const about = (leavesNobodyOut: boolean): Truth[] =>
    book.rules.map(({ conditions }) =>
      both(...conditions.map((condition) => isAbout(condition, subject, target, leavesNobodyOut))),
    )
  const ways = isOwnNetworkMeant ? [...book.ways, ...book.ownWays] : book.ways
  const one: Case = { book, ways, isAbout: about(false), all: about(true) }
  const verdict = verdictOn(one, enough)
  if (verdict !== 'open') return { verdict, closers: [] }
  const changes = book.rules.flatMap((rule): Change[] =>
    one.all[rule.index] === 0
      ? []
      : rule.enabled
        ? [
            { rule, how: 'all' },
            { rule, how: 'raise' },
          ]
        : [{ rule, how: 'on' }],
  )
  const after = new Map(changes.map((change) => [change, verdictOn(one, enough, change)]))
  const made = (is: Verdict, isDefault: boolean): Change[] =>
    changes.filter((change) => after.get(change) === is && change.rule.isDefault === isDefault)
  const closing = [made('held', false), made('held', true), made('untold', false), made('untold', true)]
  return { verdict, closers: onceEach(closing.find(({ length }) => length > 0) ?? []) }
}

/** Of two ways to change one rule the first. */
const onceEach = (changes: readonly Change[]): Change[] =>
  changes.filter(({ rule }, at) => changes.findIndex((other) => other.rule === rule) === at)

function verdictOn(one: Case, enough: Ask, change?: Change): Verdict {
  let isHeld = true
  for (const way of one.ways) {
    let [least, most] = [0, 0]
    // All chains have to be passed: what the strictest asks.
    for (const chain of one.book.chains) {
      const asked = askedBy(one, chain, way, enough, change)
      least = Math.max(least, asked.least)
      most = Math.max(most, asked.most)
    }
    if (most < enough) return 'open'
    isHeld &&= least >= enough
  }
  return isHeld ? 'held' : 'untold'
}

/** The first rule that matches decides; where nobody can say whether it does, the next may. */
function askedBy(
  { isAbout, all }: Case,
  chain: readonly Rule[],
  way: readonly Truth[],
  enough: Ask,
  change: Change | undefined,
): { least: Ask; most: Ask } {
  const asked = { least: askOf('refused'), most: askOf('nothing') }
  const mayBe = (least: Ask, most: Ask): void => {
    asked.least = Math.min(asked.least, least)
    asked.most = Math.max(asked.most, most)
  }
  for (const rule of chain) {
    const how = change?.rule === rule ? change.how : undefined
    if (!rule.enabled && how !== 'on') continue
    const matches = both((how === 'all' ? all : isAbout)[rule.index] ?? 1, way[rule.index] ?? 1)
    if (matches === 0) continue
    const to = how === 'raise' ? enough : 0
    mayBe(Math.max(rule.asks.least, to), Math.max(rule.asks.most, to))
    if (matches === 2) return asked
  }
  const otherwise = chain[0]?.otherwise ?? 0
  mayBe(otherwise, otherwise)
  return asked
}

function isAbout(
  { who, guests, on, outsider }: Condition,
  subject: Subject,
  target: Target,
  leavesNobodyOut: boolean,
): Truth {
  return both(
    isWho(who, guests, subject, leavesNobodyOut),
    isNamed(on, (one) => (target.has(one) ? 2 : 0)),
    outsider === 'never' ? 0 : outsider === 'untold' ? 1 : 2,
  )
}

function isWho(who: Names, guests: string, { isIn, isGuest }: Subject, leavesNobodyOut: boolean): Truth {
  const names = leavesNobodyOut ? { ...who, not: new Set<EntityId>() } : who
  const isOne = (one: EntityId): Truth => isIn.get(one) ?? 0
  if (!isGuest || guests === 'plain' || (guests === 'not' && leavesNobodyOut)) return isNamed(names, isOne)
  if (guests === 'not') return 0
  return guests === 'in' ? isNamed({ ...names, of: 'all' }, isOne) : 1
}
