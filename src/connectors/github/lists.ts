import { z } from 'zod'

import type { Json, JsonObject } from '#kit'
import { listStart, offsetOf, readAnswer, readOn, type Place } from '#sources/contract'

import { call, nextQuery, pageRows, type Access, type Query } from './api.ts'
import { GithubError } from './config.ts'

/** Pages of a list inside a list (members of one team, keys of one repository): beyond it the snapshot fails by name. */
export const innerPagesMax = 200

type Asked = {
  query?: Query
  token?: string
  /** Where the list lies in an answer that is an object. */
  field?: string
  /** Rows of a page at most. */
  size?: number
  /** The list may be missing as a whole (404), and is empty then. */
  isOptional?: boolean
}
type Listed<Row> = { rows: Row[]; next: Query | null; isAnew: boolean }

/**
 * A page of a list, and where it is read on; null: the end. Most lists are read by page numbers, which shift when a row in
 * front is deleted: those are read with a seam (decision 008). The others are read behind the cursor in their link.
 * `isAnew`: the list had shifted and is begun anew; rows so far count no more where they are all that is asked for.
 */
export async function listPage<Row>(
  access: Access,
  path: string,
  row: z.ZodType<Row>,
  what: string,
  { query: fixed = {}, token, field, size = pageRows, isOptional = false }: Asked,
  cursor: Query,
): Promise<Listed<Row>> {
  const known = placeOf(cursor)
  const asked = known === null ? { per_page: size, ...cursor } : windowAt(offsetOf(known), size)
  const query: Query = { ...fixed, ...asked }
  const response = await call(access, 'GET', path, { query, ...(token === undefined ? {} : { token }) })
  if (isOptional && response.status === 404) return { rows: [], next: null, isAnew: false }
  const rows = readAnswer(listOf(row, field), response, what)
  const next = nextQuery(response)
  const isNumbered = next === null ? known !== null : next['page'] !== undefined
  if (!isNumbered) return { rows, next, isAnew: false }
  const keys = readAnswer(listOf(record, field), response, what).map(keyOf)
  const start = (Number(query['page'] ?? 1) - 1) * Number(query['per_page'])
  const read = readOn(known ?? { ...listStart, at: start }, {
    rows: rows.map((one, n) => ({ row: one, key: keys[n] ?? '' })),
    start,
    isMore: () => next !== null,
    keyOf: ({ key }) => key,
    what,
  })
  return {
    rows: read.rows.map((one) => one.row),
    next: read.next === null ? null : queryOf(read.next),
    isAnew: read.next !== null && read.next.restarts > (known?.restarts ?? 0),
  }
}

/** A list to its end. */
export async function listAll<Row>(
  access: Access,
  path: string,
  row: z.ZodType<Row>,
  what: string,
  asked: Asked = {},
): Promise<Row[]> {
  const rows: Row[] = []
  let at: Query | null = {}
  for (let pages = 0; at !== null; pages++) {
    if (pages >= innerPagesMax) {
      throw new GithubError('ERR_GITHUB_BOUND', `${what} has more than ${innerPagesMax} pages`)
    }
    const page: Listed<Row> = await listPage(access, path, row, what, asked, at)
    if (page.isAnew) rows.length = 0
    else rows.push(...page.rows)
    at = page.next
  }
  return rows
}

/**
 * The page by number that holds `offset` and reaches furthest behind it. Pages begin at multiples of their size: no size gives
 * every offset, so of the sizes from half the greatest on the best is taken: with a hundred a page, a seventh more requests.
 */
export function windowAt(offset: number, sizeMax: number): { per_page: number; page: number } {
  let best = { per_page: sizeMax, page: Math.floor(offset / sizeMax) + 1 }
  for (let size = sizeMax - 1; size > sizeMax / 2; size--) {
    const page = Math.floor(offset / size) + 1
    if (page * size > best.page * best.per_page) best = { per_page: size, page }
  }
  return best
}

const record = z.record(z.string(), z.json())

/** `field`: where the list lies in an answer that is an object. */
const listOf = <Row>(row: z.ZodType<Row>, field: string | undefined): z.ZodType<Row[]> =>
  field === undefined ? z.array(row) : z.object({ [field]: z.array(row) }).transform((answer) => answer[field] ?? [])

/** What tells a row of any list from its neighbours. */
function keyOf(row: JsonObject): string {
  const { id, number, credential_id: credential, credential_type: type, name } = row
  const key: Json = id ?? number ?? (credential === undefined ? name : [type ?? null, credential]) ?? row
  return JSON.stringify(key)
}

/** A place among the parameters of a query, which GitHub's own links have no `at` among. */
const queryOf = ({ at, last, restarts }: Place): Query => ({ at, restarts, ...(last === null ? {} : { last }) })
function placeOf({ at, last, restarts }: Query): Place | null {
  if (at === undefined) return null
  return { at: Number(at), last: last === undefined ? null : String(last), restarts: Number(restarts) }
}
