import { defineConnector, type CredentialUse, type Role } from '#sources/contract'

import { beliefOf } from './belief.ts'
import { peopleConfig, type PeopleConfig } from './config.ts'
import { normalize } from './normalize.ts'
import { peopleStreamOf, readExport } from './stream.ts'
import { quoteIdent, readingStatements } from './view.ts'

export type { PeopleConfig } from './config.ts'

function role({ sql }: PeopleConfig, use: CredentialUse): Role | undefined {
  if (use !== 'see' || sql === undefined) return undefined
  const statements = [`create role ${quoteIdent(sql.user)} login;`, ...readingStatements(sql)]
  return {
    scopes: [{ name: 'SELECT', why: 'read the view of people, and nothing else of the database' }],
    text: [...statements, `\\password ${quoteIdent(sql.user)}`],
    json: { statements },
  }
}

/** Who works here, for whom and until when, from a file or a view of yours; `folders`: where files may lie. */
export const peopleConnectorIn = (folders: readonly string[]) =>
  defineConnector<PeopleConfig>({
    id: 'people',
    version: 1,
    title: 'People (staff and contractors, from a CSV file or a SQL view)',
    config: peopleConfig,
    example: peopleConfig.parse({
      authority: 'people.example.com',
      sql: { host: 'hr-db.example.com', database: 'hr', user: 'cordon_people', view: 'cordon.people' },
      columns: {
        person: 'employee_id',
        mail: 'work_mail',
        worker: 'kind',
        project: 'project',
        customer: 'customer',
        end: 'end_date',
      },
    }),
    secrets: { see: ['password'], contain: [] },
    streams: [peopleStreamOf(folders)],
    coverage: () => ({
      sees: ['identities'],
      logged: [],
      blind: [
        'whom the export leaves out: everybody else is not known to work here',
        "an account is joined to a person by the whole work address, by the employer's number, or by a name the export gives; one with none of these is joined to nobody",
        'who can write the export can make people leave; a crowd that leaves at once is held',
      ],
    }),
    role,
    async check(context) {
      const people = await readExport(context, folders)
      const nowMs = context.clock.nowMs()
      const { here } = beliefOf(people, nowMs)
      const withEnd = people.filter(({ endAtMs }) => typeof endAtMs === 'number').length
      const mails = people.filter(({ mail }) => typeof mail === 'string').length
      const percent = (count: number): string => `${Math.round((count / people.length) * 100)} %`
      return {
        authority: context.config.authority,
        missing: [],
        excess: [],
        says: [
          `${people.length} people: ${here} here, ${people.length - here} ended`,
          `${percent(mails)} have a work address, ${percent(withEnd)} an end`,
        ],
      }
    },
    normalize,
  })
