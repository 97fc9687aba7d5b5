import { defineFormat } from '#sources/contract'

import { nativeOf, product, read, timeMs } from './normalize.ts'
import { withoutLiterals } from './scrub.ts'
import { sorts } from './sigma.ts'

/** Rows of Snowflake's ACCOUNT_USAGE views as JSON: sign-ins, queries, what they read and wrote, grants, transfers. */
export const snowflakeConnector = defineFormat({
  id: 'snowflake',
  version: 1,
  title: 'Snowflake',
  product,
  // ACCOUNT_USAGE: LOGIN_HISTORY up to 2 hours late, QUERY_HISTORY 45 minutes, ACCESS_HISTORY 3 hours.
  delayMs: { typical: 2_700_000, worst: 10_800_000 },
  covers: ['logins', 'reads', 'writes', 'admin'],
  logs: ['login', 'read', 'write'],
  blind: [
    'ACCESS_HISTORY is of the Enterprise edition: without it what a query read is not told',
    'values in the text of a query are taken out before it is stored',
    'a query does not name its address: the sign-in of its session does',
  ],
  sorts,
  unpack: (record) => [withoutLiterals(record)],
  timeMs,
  nativeOf,
  read,
})
