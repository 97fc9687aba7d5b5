import { defineConnector } from '#sources/contract'

import { check, coverage } from './check.ts'
import { postgresConfig } from './config.ts'
import { resolvePeople } from './contacts.ts'
import { createFeed } from './feed.ts'
import { inventory } from './inventory.ts'
import { normalize } from './normalize.ts'
import { people } from './people.ts'
import { sessions } from './sessions.ts'

export { postgresActions } from './actions.ts'
export type { PostgresConfig } from './config.ts'

export const postgres = defineConnector({
  id: 'postgres',
  version: 1,
  title: 'PostgreSQL',
  config: postgresConfig,
  secrets: { see: ['password', 'contactsPassword'], contain: ['password'] },
  streams: [createFeed(), sessions, inventory, people],
  coverage,
  check,
  people: {
    realm: ({ people: mapped }, authority) =>
      mapped?.contacts === undefined ? undefined : (mapped.authority ?? authority),
    resolve: resolvePeople,
  },
  normalize,
})
