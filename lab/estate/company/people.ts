import { drawOf, type Draw } from '../draw.ts'
import {
  dayMs,
  type Admin,
  type Customer,
  type Person,
  type Project,
  type Size,
  type Team,
  type Vendor,
} from './model.ts'

export const domain = 'brightwater.example'

/** Plants and placeholders: no name here is anybody's. */
const given =
  'Alder Briar Clover Dahlia Elder Fern Gorse Hazel Iris Ivy Juniper Laurel Maple Myrtle Rowan Sage Sorrel Tansy Willow Yarrow'.split(
    ' ',
  )
const families = 'Example Placeholder Sample Specimen Fiction Invented Nobody Madeup'.split(' ')
const labs = 'Aster Birch Cedar Dahlia Elder Fern Gorse Hazel Iris Juniper Kelp Larch'.split(' ')
/** Where the work is done; a night shift is at night there. */
export const countries = { DE: 1, FR: 1, IN: 5.5, KE: 3, PH: 8, US: -6 } as const

export const teams: readonly Team[] = [
  ['platform', true],
  ['data', true],
  ['security', true],
  ['operations', false],
  ['quality', false],
  ['people', false],
  ['finance', false],
  ['sales', false],
].map(([slug, engineers]) => ({
  slug: String(slug),
  name: `Team ${String(slug)}`,
  engineers: engineers === true,
}))
/** Of a hundred staff, so many in each team. */
const shares = [16, 12, 4, 26, 18, 8, 6, 10]

export const makeCustomers = ({ customers }: Size): Customer[] =>
  labs.slice(0, customers).map((lab, n) => ({ n, name: `Lab ${lab}`, slug: `lab-${lab.toLowerCase()}` }))

export function makeProjects(seed: number, customers: readonly Customer[], yearMs: number): Project[] {
  const draw = drawOf(seed, 'projects')
  const works = ['rating', 'interviews', 'code'] as const
  return customers.flatMap(({ n: customer, slug }) =>
    works.slice(0, 2 + draw.int(2)).map((work, at) => {
      const fromMs = yearMs + (30 + draw.int(250)) * dayMs
      const surge = draw.chance(0.4) ? { fromMs, toMs: fromMs + (14 + draw.int(28)) * dayMs } : null
      return { n: customer * 3 + at, slug: `${slug}-${work}`, customer, work, surge }
    }),
  )
}

const leaversAlive: readonly Vendor[] = [
  'okta',
  'github',
  'google',
  'slack',
  'aws',
  'openai',
  'anthropic',
  'crowdstrike',
  'fleet',
  'entra',
]

/** Staff first, then contractors; both with the ones who left within the year. */
export function makePeople(
  seed: number,
  size: Size,
  { projects, nowMs, yearMs }: { projects: readonly Project[]; nowMs: number; yearMs: number },
): Person[] {
  const staffLeft = Math.max(leaversAlive.length * weaknessesOfLeavers(size) + 1, Math.round(size.staff * 0.12))
  const crewLeft = Math.max(size.weaknesses, Math.round(size.contractors * 0.35))
  const people: Person[] = []
  const draw = drawOf(seed, 'people')
  const add = (kind: Person['kind'], hasLeft: boolean): void => {
    const n = people.length
    const isStaff = kind === 'staff'
    const group = isStaff ? byShare(draw) : projects.indexOf(draw.pick(projects))
    const project = isStaff ? undefined : projects[group]
    const [first, last] = [draw.pick(given), draw.pick(families)]
    const startMs = startOf(draw, { isStaff, hasLeft, surge: project?.surge ?? null, nowMs, yearMs })
    const endMs = hasLeft ? Math.min(nowMs - dayMs, startMs + (20 + draw.int(300)) * dayMs) : null
    people.push({
      n,
      employeeId: `BW-${String(n + 1).padStart(6, '0')}`,
      given: first,
      family: last,
      email: isStaff
        ? `${first}.${last}.${n + 1}@${domain}`.toLowerCase()
        : `crew.${String(n + 1).padStart(5, '0')}@${domain}`,
      kind,
      group,
      country: isStaff ? draw.pick(['DE', 'FR', 'US']) : draw.pick(Object.keys(countries)),
      startMs,
      endMs,
      shift: draw.chance(isStaff ? 0.03 : 0.2) ? 'night' : 'day',
      factor: isStaff ? (draw.chance(0.9) ? 'strong' : 'weak') : draw.pick(['weak', 'weak', 'none']),
      admin: null,
      leftAlive: null,
    })
  }
  for (let n = 0; n < size.staff; n++) add('staff', false)
  for (let n = 0; n < staffLeft; n++) add('staff', true)
  for (let n = 0; n < size.contractors; n++) add('contractor', false)
  for (let n = 0; n < crewLeft; n++) add('contractor', true)
  appointAdmins(people, size)
  leaveAlive(people, size)
  return people
}

function byShare(draw: Draw): number {
  let left = draw.int(100)
  const found = shares.findIndex((share) => (left -= share) < 0)
  return Math.max(found, 0)
}

/** Surges bring their people at once; the others come all the time, staff for years. */
function startOf(
  draw: Draw,
  at: { isStaff: boolean; hasLeft: boolean; surge: Project['surge']; nowMs: number; yearMs: number },
): number {
  const anyMs = draw.unit()
  if (at.surge !== null && draw.chance(0.5)) return at.surge.fromMs + draw.int(5) * dayMs
  // Who left within the year came early enough to be there, and the others by yesterday.
  const spanMs = at.hasLeft ? (at.nowMs - at.yearMs) * 0.8 : at.nowMs - at.yearMs - 2 * dayMs
  const yearsBefore = at.isStaff ? 4 : 1
  const fromMs = at.yearMs - (draw.chance(0.7) ? yearsBefore * 365 * dayMs : 0)
  return Math.round(fromMs + anyMs * (at.yearMs + spanMs - fromMs))
}

/** Two owners, and some of each other kind; the seeded ones among them have no strong factor. */
function appointAdmins(people: Person[], size: Size): void {
  const staff = people.filter(({ kind, endMs }) => kind === 'staff' && endMs === null)
  const count = Math.max(6, size.weaknesses + 4, Math.round(size.staff / 60))
  const kinds: Admin[] = ['owner', 'owner', 'identity', 'helpdesk', 'apps']
  staff.slice(0, count).forEach((person, at) => {
    person.admin = kinds[at] ?? kinds[2 + (at % 3)] ?? 'helpdesk'
    person.factor = at >= 2 && at < 2 + size.weaknesses ? (at % 2 === 0 ? 'weak' : 'none') : 'strong'
  })
}

function leaveAlive(people: Person[], size: Size): void {
  const engineers = people.filter(
    ({ kind, endMs, group }) => kind === 'staff' && endMs !== null && teams[group]?.engineers === true,
  )
  const others = people.filter(({ kind, endMs }) => kind === 'staff' && endMs !== null)
  for (const vendor of leaversAlive) {
    const from = vendor === 'github' || vendor === 'aws' ? [...engineers, ...others] : others
    for (const person of from.filter(({ leftAlive }) => leftAlive === null).slice(0, weaknessesOfLeavers(size)))
      person.leftAlive = vendor
  }
  const ended = people.filter(({ kind, endMs }) => kind === 'contractor' && endMs !== null)
  for (const person of ended.slice(0, size.weaknesses)) person.leftAlive = 'okta'
}
export const weaknessesOfLeavers = ({ weaknesses }: Size): number => Math.max(1, Math.floor(weaknesses / 2))
