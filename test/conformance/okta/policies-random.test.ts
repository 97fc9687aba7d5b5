import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isObject, seededInt, seededRandom, type Json, type JsonObject } from '#kit'

import { apps, assertDescribed, id, members, orgOf, saidOf, type Policy } from './sign-on.ts'
import { assurance, groups, network, ofApps, people, session, signon, user, zones, type Draft } from './sign-on-rows.ts'

/** Random orgs of a plain run. */
const rounds = Number(process.env['CORDON_POLICY_ROUNDS'] ?? 20)

// A plain look at Okta's own rows: from each place and on each platform that somebody outside may choose, the rule that decides.
type Way = { place: string | null; platform: string }
const outside = [null, 'wide', 'abroad'].flatMap((place) =>
  ['IOS', 'ANDROID', 'WINDOWS', 'MACOS', 'none of these'].map((platform): Way => ({ place, platform })),
)
const systems: Record<string, string[]> = { MOBILE: ['IOS', 'ANDROID'], DESKTOP: ['WINDOWS', 'MACOS'] }
const at = (from: Json | undefined, ...path: string[]): Json =>
  path.reduce<Json>((found, key) => (isObject(found) ? (found[key] ?? null) : null), from ?? null)
const listed = (from: Json): Json[] => (Array.isArray(from) ? from : [])
const ids = (from: Json): string[] => listed(from).filter((one) => typeof one === 'string')

function fits(conditions: Json | undefined, name: string, { place, platform }: Way): boolean {
  const mine = [user(name), ...groups(...(members[name] ?? []))]
  const included = ['users', 'groups'].flatMap((kind) => ids(at(conditions, 'people', kind, 'include')))
  const excluded = ['users', 'groups'].flatMap((kind) => ids(at(conditions, 'people', kind, 'exclude')))
  if (included.length > 0 && !included.some((one) => mine.includes(one))) return false
  if (excluded.some((one) => mine.includes(one))) return false
  if (at(conditions, 'device', 'registered') === true) return false
  const here = place === null ? null : id('nzo', place)
  const into = listed(at(conditions, 'network', 'include'))
  if (into.length > 0 && !into.includes(here)) return false
  if (here !== null && listed(at(conditions, 'network', 'exclude')).includes(here)) return false
  const some = listed(at(conditions, 'platform', 'include')).flatMap((one) => {
    const [type, os] = ids([at(one, 'type'), at(one, 'os', 'type')])
    return os === 'ANY' ? (systems[type ?? ''] ?? []) : [os]
  })
  return some.length === 0 || some.includes(platform)
}
const byPriority = (rows: readonly JsonObject[]): JsonObject[] =>
  rows.filter(({ status }) => status === 'ACTIVE').toSorted((a, b) => Number(a['priority']) - Number(b['priority']))
/** 0: a password; 1: more than that; 2: refused. */
function levelOf({ actions }: JsonObject): number {
  if ([at(actions, 'signon', 'access'), at(actions, 'appSignOn', 'access')].includes('DENY')) return 2
  const isMore = at(actions, 'signon', 'requireFactor') === true
  return isMore || at(actions, 'appSignOn', 'verificationMethod', 'factorMode') === '2FA' ? 1 : 0
}
function levelFor(policies: readonly Policy[], name: string, app: string, way: Way): number {
  const rulesOf = (row: JsonObject) => byPriority(policies.find((one) => one.row === row)?.rules ?? [])
  const decides = (rows: readonly JsonObject[]): JsonObject | undefined =>
    byPriority(rows)
      .filter((row) => row['system'] === true || fits(row['conditions'], name, way))
      .flatMap(rulesOf)
      .find((rule) => fits(rule['conditions'], name, way))
  const sessions = policies.filter(({ of }) => of === undefined).map(({ row }) => row)
  const own = policies.filter(({ of }) => of?.includes(app) === true).map(({ row }) => row)
  return Math.max(...[sessions, own].map((rows) => levelOf(decides(rows) ?? {})))
}

function drawn(seed: number): Policy[] {
  const unit = seededRandom(seed)
  const pick = <T>(from: readonly T[]): T | undefined => from[seededInt(unit, from.length)]
  const maybe = (share: number, make: () => JsonObject): JsonObject => (unit() < share ? make() : {})
  const some = <T>(from: readonly T[]): T[] => from.filter(() => unit() < 0.5)
  const when = (isOfApp: boolean): JsonObject => ({
    ...maybe(0.4, () =>
      people({ exclude: some(['ada', 'bo', 'cy'].map(user)) }, { include: some(groups('staff', 'emergency')) }),
    ),
    ...maybe(0.2, () =>
      people({ include: some(['ada', 'bo', 'cy'].map(user)) }, { exclude: some(groups('emergency')) }),
    ),
    ...maybe(0.4, () => network(some(zones('office', 'lines', 'wide', 'abroad')), some(zones('lines', 'abroad')))),
    ...maybe(isOfApp ? 0.2 : 0, () => ({ device: { registered: true, managed: unit() < 0.5 } })),
    ...maybe(isOfApp ? 0.3 : 0, () => ({
      platform: {
        include: [
          pick([
            { type: 'MOBILE', os: { type: 'ANY' } },
            { type: 'DESKTOP', os: { type: 'ANY' } },
            { type: 'MOBILE', os: { type: 'IOS' } },
            { type: 'DESKTOP', os: { type: 'MACOS' } },
          ]) ?? {},
        ],
      },
    })),
  })
  const ofSession = [signon(false), signon(false), signon(true), signon(true, 'DENY')]
  const ofApp = [assurance('1FA'), assurance('1FA'), assurance('2FA'), { appSignOn: { access: 'DENY' } }]
  const drafts = (asks: readonly JsonObject[]): Draft[] => [
    ...Array.from({ length: seededInt(unit, 4) }, () => ({
      asks: pick(asks) ?? {},
      when: when(asks === ofApp),
      status: unit() < 0.2 ? 'INACTIVE' : 'ACTIVE',
    })),
    { asks: pick(asks) ?? {} },
  ]
  // The last rule of a policy that is not Okta's own need not fit everybody.
  const narrow = session(drafts(ofSession).slice(0, -1), groups('staff'), {
    status: pick(['ACTIVE', 'INACTIVE']) ?? '',
  })
  const same = unit() < 0.5
  return [
    session(drafts(ofSession)),
    narrow,
    ...(same ? [apps] : apps.map((app) => [app])).map((of) => ofApps(drafts(ofApp), of)),
  ]
}

test('what is said is what a plain look at every place and platform finds, whatever the policies', async () => {
  const seen = new Map<string, number>()
  for (let seed = 1; seed <= rounds; seed++) {
    const policies = drawn(seed)
    assertDescribed(policies)
    for (const [kind, enough] of [
      ['factor', 1],
      ['condition', 2],
    ] as const) {
      const found = await saidOf(kind, orgOf(policies))
      for (const [name, word] of Object.entries(found)) {
        const open = apps.filter((app) => outside.some((way) => levelFor(policies, name, app, way) < enough))
        assert.equal(word, ['held', 'in part', 'open'][open.length], `${kind} of ${name}, seed ${seed}`)
        seen.set(`${kind} ${word}`, (seen.get(`${kind} ${word}`) ?? 0) + 1)
      }
    }
  }
  for (const kind of ['factor', 'condition'])
    for (const word of ['held', 'in part', 'open']) assert.ok((seen.get(`${kind} ${word}`) ?? 0) > 0, `${kind} ${word}`)
})
