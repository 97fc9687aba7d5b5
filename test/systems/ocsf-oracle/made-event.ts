import { assert, isObject, seededInt } from '#kit'

import { attributeFlags, readTables, type OcsfTables } from '../../../src/model/ocsf/tables.ts'

type Random = () => number
type Row = OcsfTables['attributes'][number]
type Node = Record<string, unknown>

const tables = readTables()
const rows = tables.attributes
const classes = Object.entries(tables.classes)
const depthMax = 3

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[seededInt(random, values.length)]
  assert(value !== undefined, 'something to pick from')
  return value
}
const rowsOf = ({ attributes }: { attributes: number[] }): Row[] =>
  attributes.flatMap((place) => (rows[place] === undefined ? [] : [rows[place]]))

const samples: Record<string, readonly unknown[]> = {
  ip_t: ['192.0.2.7', '2001:db8::7', '::1', '::ffff:192.0.2.7'],
  mac_t: ['00:11:22:33:44:55', '00-11-22-AA-bb-55'],
  email_t: ['ada@example.com', 'a.b+c@mail.example.org'],
  uuid_t: ['123e4567-e89b-12d3-a456-426614174000'],
  datetime_t: ['2026-03-24T12:00:00Z', '2026-03-24t12:00:00.123456+01:00'],
  bytestring_t: ['', 'AAAA', 'QUI='],
  subnet_t: ['192.0.2.0/24'],
  port_t: [0, 443, 65_535],
  boolean_t: [true, false],
  integer_t: [0, -1, 7, 2_147_483_648],
  long_t: [0, -5, 1_774_353_600_000],
  timestamp_t: [1_774_353_600_000],
  float_t: [0, 1.5, -2],
  json_t: [null, 1, 'x', { a: [1] }],
}
/** No value of these types, or of none. An IP address of two parts is left out: there we are stricter on purpose. */
const rubbish: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  65_536,
  '',
  'rubbish',
  'x'.repeat(60),
  '00:11:22:33:44',
  'ada@example',
  '2026-03-24',
  [],
  ['x'],
  [7],
  {},
  { name: 'x' },
]

function valueOf(random: Random, [, type, flags, values]: Row, depth: number): unknown {
  const one = (): unknown => {
    if (typeof type === 'string') return nodeOf(random, tables.objects[type] ?? { attributes: [] }, depth + 1)
    const known = tables.enums[values]
    return known === undefined
      ? pick(random, samples[tables.types[type]?.name ?? ''] ?? ['x', 'EXAMPLE'])
      : pick(random, known)
  }
  return (flags & attributeFlags.array) === 0 ? one() : Array.from({ length: seededInt(random, 3) }, one)
}

function nodeOf(random: Random, table: OcsfTables['objects'][string], depth: number, profiles: number[] = []): Node {
  const node: Node = {}
  const all = rowsOf(table)
  const wanted = new Set([
    ...(table.atLeastOne ?? []).slice(0, 1),
    ...(table.justOne ?? []).slice(0, seededInt(random, 3)),
  ])
  for (const row of all) {
    const [name, type, flags, , , of] = row
    const isActive = of.length === 0 || of.some((profile) => profiles.includes(profile))
    const isNeeded = isActive && ((flags & attributeFlags.required) !== 0 || wanted.has(name))
    const isTooDeep = depth >= depthMax && typeof type === 'string'
    if (isNeeded ? depth < 2 * depthMax : isActive && !isTooDeep && random() < 0.08)
      node[name] = valueOf(random, row, depth)
  }
  return node
}

/** An object somewhere in the event, the event itself included. */
function somewhere(random: Random, event: Node): Node {
  const nodes: Node[] = []
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk)
    else if (isObject(value)) {
      nodes.push(value)
      Object.values(value).forEach(walk)
    }
  }
  walk(event)
  return pick(random, nodes)
}

/** Few sets: the oracle makes a schema for each class and set. */
const profileSets = [
  [],
  tables.profiles.flatMap((name, at) => (['cloud', 'host', 'datetime'].includes(name) ? [at] : [])),
]

const kept = new Set(['class_uid', 'metadata', 'profiles', 'version'])

const addable = rows.map(([name]) => name).filter((name) => !kept.has(name))

/** A valid event of any class, as far as one can be made at random; every second one is then damaged. */
export function madeEvent(random: Random): Node {
  const [classUid, table] = pick(random, classes)
  const profiles = pick(random, profileSets)
  const event = nodeOf(random, table, 0, profiles)
  Object.assign(event, {
    class_uid: Number(classUid),
    category_uid: table.categoryUid,
    type_uid: Number(classUid) * 100 + Number(event['activity_id']),
    metadata: {
      version: tables.version,
      product: { name: 'lab' },
      profiles: profiles.map((at) => tables.profiles[at]),
    },
  })
  if (random() < 0.5) return event
  const node = somewhere(random, event)
  const keys = Object.keys(node).filter((key) => !kept.has(key))
  const key = pick(random, keys.length === 0 ? ['added'] : keys)
  const change = random()
  if (change < 0.25) delete node[key]
  else if (change < 0.5) node[pick(random, addable)] = pick(random, ['x', 7])
  else if (change < 0.75) node[key] = pick(random, rubbish)
  else node[key] = seededInt(random, 120)
  return event
}
