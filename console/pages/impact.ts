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
const linesOf = ({ couldReach, didTouch, didChange, unknown, people, customers }: Impact): Line[] => [
  {
    name: 'could reach',
    resources: couldReach.length,
    people: interval(people.couldReach),
    customers: customers.filter((one) => one.couldReach).length,
  },
  {
    name: 'did touch',
    resources: didTouch.length,
    people: interval(people.didTouch),
    customers: customers.filter((one) => one.didTouch).length,
  },
  {
    name: 'did change',
    resources: didChange.length,
    people: interval(people.didChange),
    customers: customers.filter((one) => one.didChange).length,
  },
  {
    name: 'cannot tell',
    resources: unknown.length,
    people: interval(people.unknown),
    customers: customers.filter((one) => one.unknown).length,
  },
]

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
