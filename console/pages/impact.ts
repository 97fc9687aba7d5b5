import { h, type ComponentChild } from 'preact'

import type { ResponseOf } from '#api/contract'

import { interval } from '../entity.ts'
import { Entity } from '../parts/entity.ts'
import { PagedTable } from '../parts/paged-table.ts'
import { tableOf, type Column } from '../parts/table.ts'

type Impact = ResponseOf<'incident.impact'>['impact']
type Customer = Impact['customers'][number]
type Line = { name: string; resources: number; people: string; customers: number }

/** Four answers, never merged. */
const answers = [
  ['couldReach', 'could reach'],
  ['didTouch', 'did touch'],
  ['didChange', 'did change'],
  ['unknown', 'cannot tell'],
] as const

const linesOf = (impact: Impact): Line[] =>
  answers.map(([answer, name]) => ({
    name,
    resources: impact[answer].length,
    people: interval(impact.people[answer]),
    customers: impact.customers.filter((one) => one[answer]).length,
  }))

const lineColumns: readonly Column<Line>[] = [
  { head: 'They', isHead: true, cell: ({ name }) => name },
  { head: 'Resources', isNumber: true, cell: ({ resources }) => resources.toLocaleString('en') },
  { head: 'People', isNumber: true, cell: ({ people }) => people },
  { head: 'Customers', isNumber: true, cell: ({ customers }) => customers.toLocaleString('en') },
]

const customerColumns: readonly Column<Customer>[] = [
  { head: 'Customer', isHead: true, cell: ({ customer }) => h(Entity, { id: customer }) },
  {
    head: 'Their data',
    cell: ({ couldReach, didTouch, didChange, unknown }) =>
      [
        couldReach && 'could be reached',
        didTouch && 'was touched',
        didChange && 'was changed',
        unknown && 'cannot be told in part',
      ]
        .filter((text) => text !== false)
        .join(', '),
  },
  { head: 'People', isNumber: true, cell: ({ people }) => interval(people) },
]

export function WhoseData({ impact }: { impact: Impact }): ComponentChild {
  return [
    h('h2', null, 'Whose data'),
    tableOf<Line>({
      caption: 'As the estate knows it now',
      columns: lineColumns,
      rows: linesOf(impact),
      keyOf: ({ name }) => name,
      empty: '',
    }),
    impact.customers.length === 0
      ? null
      : h(PagedTable<Customer>, {
          caption: 'Customers',
          columns: customerColumns,
          rows: impact.customers,
          keyOf: ({ customer }) => customer,
          empty: '',
        }),
  ]
}
