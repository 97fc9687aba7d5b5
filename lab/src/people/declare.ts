import { entityId, type EntityId } from 'cordon/model'

import { audiences, type Access, type PeopleApi } from './api.ts'
import { customers, customerSlug, membersOf, type Table } from './records.ts'

/** What Brightwater Data tells Cordon of its people API, in the words of the `declared` connector. */
export const peopleAuthority = 'people.brightwater.example'
export const personsPerRecord = 1000
const tables = ['contractors', 'payouts', 'interviews'] as const satisfies readonly Table[]

export const nameTable = (table: Table): EntityId => entityId('resource', peopleAuthority, `table/${table}`)
export const nameCustomer = (name: string): EntityId => entityId('customer', 'cordon', customerSlug(name))
const nameApi = (issuer: string, table: Table): EntityId => entityId('resource', issuer, `api/${audiences[table]}`)
const dataClasses: Record<Table, string> = { contractors: 'contact', payouts: 'bank-details', interviews: 'video' }

/** Tables behind each audience, their data class, and whose data they hold. `issuer` is its authority. */
export function holdings({ contractors }: Pick<PeopleApi, 'contractors'>, issuer: string): unknown[] {
  return [
    {
      facts: [
        ...tables.map((table) => ({ entity: nameTable(table), attributes: { name: table, personPerRecord: true } })),
        ...customers.map((name) => ({ entity: nameCustomer(name), attributes: { name } })),
      ],
      edges: tables.flatMap((table) => [
        { src: nameApi(issuer, table), type: 'CONTAINS', dst: nameTable(table), fromMs: 0 },
        {
          src: nameTable(table),
          type: 'CLASSIFIED_AS',
          dst: entityId('class', 'cordon', dataClasses[table]),
          fromMs: 0,
        },
      ]),
    },
    ...tables.flatMap((table) => {
      const persons = membersOf(table, contractors).map(({ id, customer }) => ({
        person: entityId('person', peopleAuthority, id),
        customer: nameCustomer(customer),
      }))
      return Array.from({ length: Math.ceil(persons.length / personsPerRecord) }, (_, part) => ({
        people: [
          {
            resource: nameTable(table),
            complete: false,
            persons: persons.slice(part * personsPerRecord, (part + 1) * personsPerRecord),
          },
        ],
      }))
    }),
  ]
}

/** One record of the API's access log. */
export const accessRecord = (access: Access, issuer: string): unknown => ({
  touches: [
    {
      identity: entityId('identity', issuer, access.subject),
      credential: access.token,
      resource: nameTable(access.table),
      verb: 'read',
      atMs: access.atMs,
      records: access.records,
      origin: access.ip,
    },
  ],
})
