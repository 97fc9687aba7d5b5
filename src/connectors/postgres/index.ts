import type { LeaseAction } from '#respond/contract'
import { defineConnector } from '#sources/contract'

import { check, coverage } from './check.ts'
import { postgresConfig, type PostgresConfig } from './config.ts'
import { resolvePeople } from './contacts.ts'
import { createFeed } from './feed.ts'
import { createRdsFeed } from './rds-feed.ts'
import { rdsAuth, rdsLimits } from './rds-files.ts'
import { inventory } from './inventory.ts'
import { membershipLend } from './membership-lend.ts'
import { normalize } from './normalize.ts'
import { people } from './people.ts'
import { role } from './role.ts'
import { sessions } from './sessions.ts'
import { signIn } from './sign-in.ts'

/** What is lent for a time. */
export const postgresLeases: readonly LeaseAction<PostgresConfig>[] = [membershipLend]
export { postgresActions } from './actions.ts'
export { postgresOrigins, type PostgresConfig } from './config.ts'

export const postgres = defineConnector({
  id: 'postgres',
  version: 1,
  title: 'PostgreSQL',
  config: postgresConfig,
  example: postgresConfig.parse({
    host: 'db.example.com',
    port: 5432,
    database: 'postgres',
    user: 'cordon_see',
    containUser: 'cordon_contain',
    ssl: 'verify-full',
    logs: { format: 'jsonlog', path: '/var/log/postgresql/*.json' },
    people: { database: 'people', view: 'cordon.people' },
    successors: [{ role: 'shop', standby: 'shop_b', place: 'resource:CLUSTER:kv/secret/prod/shop' }],
  }),
  secrets: { see: ['password', 'contactsPassword', 'awsAccessKeyId', 'awsSecretAccessKey'], contain: ['password'] },
  auth: rdsAuth,
  limits: rdsLimits,
  streams: [createFeed(), createRdsFeed(), sessions, inventory, signIn, people],
  coverage,
  role,
  survives: [
    { what: 'prepared transactions of a role', until: 'the role or a superuser finishes them' },
    { what: 'work by a background worker, logical replication or pg_cron', until: 'a superuser stops it' },
    { what: 'rows that were copied out', until: 'nobody can say' },
  ],
  check,
  people: {
    realm: ({ people: mapped }, authority) =>
      mapped?.contacts === undefined ? undefined : (mapped.authority ?? authority),
    resolve: resolvePeople,
  },
  normalize,
})
