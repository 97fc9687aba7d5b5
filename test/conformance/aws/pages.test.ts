import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isObject, type JsonObject } from '#kit'
import { awsConnector, type AwsConfig } from '#connectors/aws'
import type { PullContext, SnapshotRows, SnapshotStream } from '#sources/contract'

import { foundCompany, openCordon } from './company.ts'

const [inventory] = awsConnector.streams.filter(
  (stream): stream is SnapshotStream<AwsConfig> => stream.name === 'inventory' && 'lists' in stream,
)
const secretsMade = 60
/** Things whose own policies are asked for in one page. */
const thingsPerPage = 50

/** An account with more secrets and users than one page of rights tells of. */
async function open() {
  const company = await foundCompany()
  const { state, clock } = company
  const reads = { Statement: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' }] }
  for (let n = 0; n < secretsMade; n++) state.addSecret(`s${n}`, clock.nowMs(), 'EXAMPLE')
  for (let n = 0; n < 105; n++) state.addUser(`u${n}`, clock.nowMs(), n % 30 === 0 ? { reads } : {})
  return { company, cordon: openCordon(company) }
}

/** Every page of a list. `contextOf`: of each page; a fresh one is a process that died before it. */
async function pagesOf(list: string, contextOf: () => PullContext<AwsConfig>): Promise<JsonObject[][]> {
  const pages: JsonObject[][] = []
  let next: string | null = null
  do {
    const page: SnapshotRows | undefined = await inventory?.page(contextOf(), list, next)
    assert.ok(page !== undefined && page.next !== next && pages.length < 100)
    pages.push(page.rows.filter((row) => isObject(row)))
    next = page.next
  } while (next !== null)
  return pages
}
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const keyOf = (row: JsonObject): string => JSON.stringify(row)
const ofKind = (pages: readonly JsonObject[][], of: string): JsonObject[] =>
  pages.flat().filter((row) => row['of'] === of)

test('what lies in an account, and who may what with it, comes in pages, and goes on after a death at any of them', async (t) => {
  const { company, cordon } = await open()
  t.after(async () => {
    cordon.close()
    await company.close()
  })
  const context = cordon.pullContext()
  const resources = await pagesOf('resources', () => context)
  assert.equal(new Set(ofKind(resources, 'secret').map((row) => row['arn'])).size, secretsMade + 1)

  const pages = await pagesOf('rights', () => context)
  assert.ok(pages.length >= 2 + Math.ceil(secretsMade / thingsPerPage), `${pages.length} pages`)
  for (const rows of pages) {
    const things = rows.filter(({ of, to }) => of === 'right' && textOf(to).includes(':secret:'))
    assert.ok(new Set(things.map(({ to }) => to)).size <= thingsPerPage)
  }
  const rights = ofKind(pages, 'right')
  assert.equal(new Set(rights.map(keyOf)).size, rights.length, 'each right is told once')
  // Of all four who may read every secret, each with each.
  const readers = rights.filter(
    ({ type, to, note }) =>
      type === 'CAN_READ' && textOf(to).includes(':secret:') && textOf(note).includes('GetSecretValue'),
  )
  assert.equal(readers.length % (secretsMade + 1), 0)
  assert.ok(readers.length >= 4 * (secretsMade + 1))
  const mortal = await pagesOf('rights', () => cordon.pullContext())
  assert.deepEqual(
    mortal.map((rows) => rows.map(keyOf)),
    pages.map((rows) => rows.map(keyOf)),
  )
})

test('a place that AWS knows no more is no end: the list is begun anew', async (t) => {
  const { company, cordon } = await open()
  t.after(async () => {
    cordon.close()
    await company.close()
  })
  const at = { kind: 'secrets', region: 'us-east-1', token: 'of another day' }
  await assert.rejects(async () => inventory?.page(cordon.pullContext(), 'resources', JSON.stringify(at)), {
    code: 'ERR_VENDOR_CURSOR',
  })
  await assert.rejects(
    async () =>
      inventory?.page(cordon.pullContext(), 'resources', JSON.stringify({ ...at, region: 'us-west-9', token: '' })),
    { code: 'ERR_VENDOR_CURSOR' },
  )
})
