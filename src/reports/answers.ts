import { authorityOf, kindOf, type EntityFact, type EntityId } from '#model'
import { paged, pagedFacts, type EstateView } from '#estate'

import { evidenceOf, evidenceOr, section, type Document, type Line } from './document.ts'
import { holdingOf } from './scene.ts'
import { between, count, moment } from './words.ts'

export const questions = ['how-stored', 'third-parties', 'audits'] as const
export type Question = (typeof questions)[number]

const titles: Readonly<Record<Question, string>> = {
  'how-stored': 'How the data is stored',
  'third-parties': 'Which third parties’ tools touch the data',
  audits: 'Which controls are held, and since when',
}

export type Asked = { atMs: number; customer: EntityId | null; customerName: string | null; lacking: readonly string[] }

const answer = (question: Question, { atMs, customer, customerName, lacking }: Asked, asOf: number): Document => ({
  kind: 'answer',
  about: question,
  title: titles[question],
  subject: customer === null ? 'all customers' : (customerName ?? customer),
  atMs,
  asOf,
  figures: [],
  times: [],
  sections: [],
  unknown: [...lacking],
})

const wholeAt = (asOf: number) => evidenceOf('estate', [asOf])

/** Things that hold people's data: what they are, where, of which class, who may read them by themselves. */
export async function howStored(view: EstateView, asked: Asked): Promise<Document> {
  const resources = await view.find('resource', {})
  const postings = new Map(await paged(resources, async (page) => [...(await view.people(page))]))
  const edges = await paged(resources, (page) => view.edgesFrom(page, { types: ['CLASSIFIED_AS', 'BELONGS_TO'] }))
  const into = await paged([...postings.keys()], (page) => view.edgesTo(page, { types: ['CONTAINS'] }))
  const held = await heldFor(view, asked.customer, resources, postings, edges)
  const facts = new Map<EntityId, EntityFact['attributes']>()
  for await (const [entity, told] of pagedFacts(view, [...held.keys()])) facts.set(entity, told)
  const classes = Map.groupBy(
    edges.filter(({ type }) => type === 'CLASSIFIED_AS'),
    ({ src }) => src,
  )
  const above = Map.groupBy(into, ({ dst }) => dst)
  const lines = [...held]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([resource, people]): Line => {
      const told = facts.get(resource) ?? {}
      const of = classes.get(resource) ?? []
      const words = [
        `${text(told['name']) ?? resource}: ${text(told['kind']) ?? 'a thing'} at ${authorityOf(resource)}`,
        `data of ${count(people, 'person', 'people')}`,
        ...(of.length === 0 ? [] : [`classified as ${of.map(({ dst }) => dst.split(':').at(-1)).join(', ')}`]),
        ...(text(told['region']) === undefined ? [] : [`in ${text(told['region'])}`]),
        ...(told['rowSecurity'] === true ? ['row security on'] : []),
        ...(typeof told['public'] === 'boolean' ? [told['public'] ? 'open to everybody' : 'not public'] : []),
      ]
      const offsets = [...of, ...(above.get(resource) ?? [])].map(({ evidence }) => evidence)
      return {
        says: words.join('; '),
        evidence: [...evidenceOf('entity', [resource]), ...evidenceOf('event', offsets)],
      }
    })
  const people = new Set([...held.keys()].flatMap((one) => [...(postings.get(one) ?? [])]))
  const theirs = asked.customer === null ? people.size : await peopleOf(view, asked.customer, people)
  const unclassified = [...held.keys()].filter((one) => !classes.has(one)).length
  const unplaced = [...facts.values()].filter(({ region }) => region === undefined).length
  return {
    ...answer('how-stored', asked, view.asOf),
    figures: [
      {
        label: 'things hold the data',
        unit: 'things',
        atLeast: held.size,
        atMost: held.size,
        evidence: evidenceOr(evidenceOf('entity', [...held.keys()]), wholeAt(view.asOf)),
      },
      {
        label: 'people',
        unit: 'people',
        atLeast: theirs,
        atMost: theirs,
        evidence: evidenceOr(evidenceOf('entity', [...held.keys()]), wholeAt(view.asOf)),
      },
    ],
    sections: [section('Where it lies', lines)],
    unknown: [
      ...asked.lacking,
      ...(held.size === 0 ? ['no source says of anything that it holds this data'] : []),
      ...(unclassified === 0 ? [] : [`${count(unclassified, 'thing')} nobody has classified`]),
      ...(unplaced === 0 ? [] : [`of ${count(unplaced, 'thing')} no source tells the region`]),
      'encryption at rest, backups and how long data is kept: no source tells them',
      'copies that nobody has mapped: a thing is known to hold people’s data where a mapping says so',
    ],
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

async function heldFor(
  view: EstateView,
  customer: EntityId | null,
  resources: readonly EntityId[],
  postings: ReadonlyMap<EntityId, Uint32Array>,
  edges: readonly { src: EntityId; type: string; dst: EntityId }[],
): Promise<ReadonlyMap<EntityId, number>> {
  if (customer !== null) {
    const held = await holdingOf(view, customer, resources, edges)
    return new Map([...held].map(([resource, numbers]) => [resource, numbers.length]))
  }
  return new Map([...postings].map(([resource, numbers]) => [resource, numbers.length]))
}

const peopleOf = async (view: EstateView, customer: EntityId, numbers: ReadonlySet<number>): Promise<number> =>
  (await view.customersOf(Uint32Array.from(numbers).toSorted())).get(customer)?.length ?? 0

export type VendorTold = {
  vendor: EntityId
  name: string
  apps: number
  ai: boolean
  people: { atLeast: number; atMost: number }
  held: { atLeast: number; atMost: number }
  lastUsedAtMs: number | null
  claims: number
  customers: readonly EntityId[]
  classes: readonly EntityId[]
}

/** Vendors whose tools reach people's data. For one customer the numbers of all customers' people stay out. */
export function thirdParties(vendors: readonly VendorTold[], asked: Asked, asOf: number): Document {
  const { customer } = asked
  const touching = vendors.filter(({ people, customers }) =>
    customer === null ? people.atMost > 0 : customers.includes(customer),
  )
  const lines = touching.map((one): Line => {
    const words = [
      `${one.name}${one.ai ? ' (AI)' : ''}: ${count(one.apps, 'app')}`,
      ...(customer === null
        ? [`reaches data of ${between(one.people)} people, may hold that of ${between(one.held)}`]
        : []),
      ...(one.classes.length === 0 || customer !== null
        ? []
        : [`classes ${one.classes.map((of) => of.split(':').at(-1)).join(', ')}`]),
      one.lastUsedAtMs === null ? 'last use not told' : `last used ${moment(one.lastUsedAtMs).slice(0, 10)}`,
      one.claims === 0 ? 'no attestation on file' : `${count(one.claims, 'attestation')} on file, claims of its own`,
    ]
    return { says: words.join('; '), evidence: evidenceOf('entity', [one.vendor]) }
  })
  return {
    ...answer('third-parties', asked, asOf),
    figures: [
      {
        label: 'vendors whose tools reach the data',
        unit: 'vendors',
        atLeast: touching.length,
        atMost: null,
        evidence: evidenceOr(
          evidenceOf(
            'entity',
            touching.map(({ vendor }) => vendor),
          ),
          wholeAt(asOf),
        ),
      },
    ],
    sections: [section('Tools of others', lines)],
    unknown: [
      ...asked.lacking,
      'tools that no connected source lists; so there is no upper bound',
      'what a vendor does with data it has read: no source tells that',
    ],
  }
}

export type ControlTold = { framework: string; control: string; state: string; open: number; excepted: number }
export type AuditsTold = {
  frameworks: readonly { id: string; title: string; edition: string }[]
  controls: readonly ControlTold[]
  days: readonly { day: string; digest: string }[]
  checkpoint: { size: number; rootHash: string } | null
}

/** What is measured of each framework, and since when; never that a framework is fulfilled. The same for every customer. */
export function audits({ frameworks, controls, days, checkpoint }: AuditsTold, asked: Asked, asOf: number): Document {
  const lines = frameworks.map(({ id, title, edition }): Line => {
    const mine = controls.filter(({ framework }) => framework === id)
    const states = [...Map.groupBy(mine, ({ state }) => state)].map(([state, all]) => `${all.length} ${state}`)
    return {
      says: `${title} ${edition}: of ${count(mine.length, 'control')} ${states.join(', ')}`,
      evidence: evidenceOr(
        evidenceOf(
          'control',
          mine.map(({ control }) => `${id} ${control}`),
          mine.length,
        ),
        wholeAt(asOf),
      ),
    }
  })
  const open = controls.filter(({ state }) => state === 'unmet')
  const [first, last] = [days[0], days.at(-1)]
  return {
    ...answer('audits', asked, asOf),
    figures: [
      {
        label: 'controls met or answered for',
        unit: 'controls',
        atLeast: controls.filter(({ state }) => state === 'met' || state === 'excepted').length,
        atMost: controls.filter(({ state }) => state === 'met' || state === 'excepted').length,
        evidence: evidenceOr(
          evidenceOf(
            'control',
            controls.map(({ framework, control }) => `${framework} ${control}`),
          ),
          wholeAt(asOf),
        ),
      },
      {
        label: 'controls measured',
        unit: 'controls',
        atLeast: controls.length,
        atMost: controls.length,
        evidence: evidenceOr(
          evidenceOf(
            'control',
            controls.map(({ framework, control }) => `${framework} ${control}`),
          ),
          wholeAt(asOf),
        ),
      },
      {
        label: 'days noted in the ledger',
        unit: 'days',
        atLeast: days.length,
        atMost: days.length,
        evidence: evidenceOr(
          evidenceOf(
            'control',
            days.slice(-2).map(({ digest }) => digest),
          ),
          wholeAt(asOf),
        ),
      },
    ],
    sections: [
      section('Frameworks', lines),
      section(
        'What speaks against one',
        open.map(({ framework, control, open: against }) => ({
          says: `${framework} ${control}: ${count(against, 'finding')} open`,
          evidence: evidenceOf('control', [`${framework} ${control}`]),
        })),
      ),
      section('How it is kept', [
        ...(first === undefined || last === undefined
          ? []
          : [
              {
                says: `noted every day from ${first.day} to ${last.day}; the newest has the digest ${last.digest}`,
                evidence: evidenceOf('control', [last.digest]),
              },
            ]),
        ...(checkpoint === null
          ? []
          : [
              {
                says: `the ledger holds ${count(checkpoint.size, 'leaf', 'leaves')} under the root ${checkpoint.rootHash}`,
                evidence: evidenceOf('checkpoint', [`${checkpoint.size} ${checkpoint.rootHash}`]),
              },
            ]),
      ]),
    ],
    unknown: [
      ...asked.lacking,
      'certificates and reports of auditors: they are not kept here, ask for them',
      'what is measured bears on a part of each control; whether it is fulfilled an auditor says',
      ...(days.length === 0 ? ['no day has been noted yet'] : []),
    ],
  }
}

export const isCustomer = (entity: EntityId): boolean => kindOf(entity) === 'customer'
