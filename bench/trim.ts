// npm run bench:trim [SIZE [SEED…]]: rights that `cordon access trim` would take away after 90 days of use, held against the
// 30 days after that, which it never saw; beside it the plain rule "not used in 90 days" in the same run. What was used is
// the warehouse's own word (lab/estate/warehouse), and so is who may still do it once the rights are gone.
import { defaultTenant, entityId } from '#model'
import { trim, type Telling, type TrimOptions } from '#trim'

import { makeCompany, storyMs } from '../lab/estate/company/company.ts'
import { dayMs, type SizeName } from '../lab/estate/company/model.ts'
import { warehouseAuthority } from '../lab/estate/warehouse/records.ts'
import { doneOn, makeWarehouse, mayAt, type Done } from '../lab/estate/warehouse/warehouse.ts'
import { deadOf, missedWithout, openWarehouse, takenOf } from '../test/conformance/estate/warehouse.ts'

const sizes: readonly SizeName[] = ['mini', 'tiny', 'small', 'full']
const [asked = 'small', ...rest] = process.argv.slice(2)
const size = sizes.find((one) => one === asked)
if (size === undefined) throw new Error(`\`${asked}\` is no size: ${sizes.join(', ')}`)
/** Guards were written and set with seeds 1 and 2; these are measured on. */
const seeds = rest.length > 0 ? rest.map(Number) : [3001, 3002, 3003, 3004, 3005]
const windowMs = 90 * dayMs
const horizonMs = 30 * dayMs
const knownDays = 600

const told: Telling = {
  logged: ['read', 'write', 'delete', 'share', 'admin', 'login'],
  partly: {},
  sinceMs: 0,
  gaps: [],
  late: null,
}
const sum = {
  taken: 0,
  missed: 0,
  uses: 0,
  expected: 0,
  most: 0,
  plain: 0,
  plainMissed: 0,
  plainUses: 0,
  rights: 0,
  dead: 0,
  deadTaken: 0,
  deadPlain: 0,
  used: 0,
}
const show = (name: string, values: readonly (string | number)[]): void =>
  console.log(name.padEnd(8) + values.map((value) => String(value).padStart(9)).join(''))
show('seed', [
  'rights',
  'used',
  'taken',
  'stated',
  'at most',
  'missed',
  'uses',
  'plain',
  'missed',
  'uses',
  'dead',
  'taken',
  'plain',
  'events',
  's',
])

for (const seed of seeds) {
  const startedMs = performance.now()
  const company = makeCompany(seed, size)
  const atMs = storyMs - horizonMs
  const house = makeWarehouse(company, Math.floor((atMs - knownDays * dayMs) / dayMs) * dayMs)
  const { view, events, close } = await openWarehouse(house, atMs)
  const options: TrimOptions = {
    tenant: defaultTenant,
    atMs,
    windowMs,
    horizonMs,
    tells: new Map([[warehouseAuthority, { ...told, sinceMs: house.fromMs }]]),
    spared: new Set([entityId('identity', warehouseAuthority, `role/${house.breakGlass}`)]),
    withPartly: false,
  }
  const found = await trim(view, options)
  const may = mayAt(house)
  const done: Done[] = []
  for (let day = Math.floor(atMs / dayMs) * dayMs; day <= storyMs; day += dayMs)
    done.push(...doneOn(house, may, day).filter((one) => one.atMs > atMs && one.atMs <= atMs + horizonMs))
  const ours = missedWithout(house, found.proposals, done)
  // What comes with owning a thing no rule can take.
  const plain = [...found.proposals, ...found.held.filter(({ why }) => why !== 'inherent')]
  const theirs = missedWithout(house, plain, done)
  const dead = deadOf(house, atMs)
  const { rate, rights, used } = found
  const seconds = (performance.now() - startedMs) / 1000
  show(String(seed), [
    rights,
    used,
    found.proposals.length,
    rate.expected?.toFixed(1) ?? '-',
    rate.most ?? '-',
    ours.rights.size,
    ours.uses.size,
    plain.length,
    theirs.rights.size,
    theirs.uses.size,
    dead.size,
    takenOf(dead, found.proposals).length,
    takenOf(dead, plain).length,
    events,
    seconds.toFixed(0),
  ])
  sum.taken += found.proposals.length
  sum.missed += ours.rights.size
  sum.uses += ours.uses.size
  sum.expected += rate.expected ?? 0
  sum.most += rate.most ?? 0
  sum.plain += plain.length
  sum.plainMissed += theirs.rights.size
  sum.plainUses += theirs.uses.size
  sum.dead += dead.size
  sum.deadTaken += takenOf(dead, found.proposals).length
  sum.deadPlain += takenOf(dead, plain).length
  sum.rights += rights
  sum.used += used
  close()
}
show('all', [
  sum.rights,
  sum.used,
  sum.taken,
  sum.expected.toFixed(1),
  sum.most,
  sum.missed,
  sum.uses,
  sum.plain,
  sum.plainMissed,
  sum.plainUses,
  sum.dead,
  sum.deadTaken,
  sum.deadPlain,
])
