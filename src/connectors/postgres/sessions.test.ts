import assert from 'node:assert/strict'
import { test } from 'node:test'

import { PostgresError } from './client.ts'
import { blindTo, readBehind } from './sessions.ts'

const name = { schema: null, name: 'answers' }
const named = (...databases: string[]) => new Map(databases.map((database) => [database, [name]]))
const closed: string[] = []
/** Each database holds the relation; some let nobody in, or refuse the look. */
const openOf =
  (refusing: readonly string[], mute: readonly string[] = []) =>
  (database: string) => {
    if (refusing.includes(database)) throw new PostgresError('ERR_POSTGRES_LOGIN', `\`${database}\` was refused`)
    return Promise.resolve({
      query: () =>
        mute.includes(database)
          ? Promise.reject(new PostgresError('ERR_POSTGRES_QUERY', 'the server answered nothing', { retryable: true }))
          : Promise.resolve([{ schema: 'public', name: 'answers', oid: 20_000 }]),
      close: () => Promise.resolve(void closed.push(database)),
    })
  }

test('a database that refuses the look behind a statement is named, and takes no other with it', async () => {
  const { reads, unread } = await readBehind(named('shop', 'vault', 'hr'), 'shop', async (one) =>
    openOf(['vault'])(one),
  )
  assert.deepEqual([...reads.keys()], ['shop', 'hr'])
  assert.deepEqual([...unread], [['vault', '`vault` was refused']])
  const [blind] = blindTo(unread)
  assert.match(blind?.says ?? '', /read in the database `vault` is not told: `vault` was refused$/)
  assert.deepEqual(blindTo(new Map()), [], 'nothing refused, nothing said')
})

test('a look that fails half way is named too, and its connection closed; at home it ends the run', async () => {
  closed.length = 0
  const { unread } = await readBehind(named('hr', 'vault'), 'shop', async (one) => openOf(['vault'], ['hr'])(one))
  assert.deepEqual(closed, ['hr'])
  assert.match(blindTo(unread)[0]?.says ?? '', /`hr` is not told: the server answered nothing; nor in 1 more$/)
  await assert.rejects(
    readBehind(named('hr'), 'hr', async (one) => openOf([], ['hr'])(one)),
    { code: 'ERR_POSTGRES_QUERY' },
  )
})

test('databases beyond the bound are said not to be looked into', async () => {
  const many = Array.from({ length: 18 }, (_, n) => `db${n}`)
  const { reads, unread } = await readBehind(named(...many), 'db0', async (one) => openOf([])(one))
  assert.equal(reads.size, 16)
  assert.match(blindTo(unread)[0]?.says ?? '', /`db16` is not told: no more than 16 .*; nor in 1 more$/)
})
