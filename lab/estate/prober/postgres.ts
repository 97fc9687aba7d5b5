import { pgSignIn, type PgSession } from './pg-wire.ts'
import { namesIn, type Found, type Prober } from './types.ts'

const denied = '42501'

/** Each meets no row, and the server asks for the right all the same. Every table of the estate has an `id`. */
const tableChanges = (table: string): string[] => [
  `update ${table} set id = default where false`,
  `insert into ${table} select where false`,
  `delete from ${table} where false`,
]
/** What a view shows is changed by whoever may define it anew. */
const viewChanges = (view: string): string[] => [`alter view ${view} reset (security_barrier)`]

/** A login's password: signs in, and tries to read and to change each table and view by its name; nothing is changed. */
export const postgres: Prober = async (target, { value, with: { role } }) => {
  const found: Found = { opens: [], makes: [] }
  if (role === undefined) return found
  const { hostname: host, port, pathname } = new URL(target.url)
  const at = { host, port: Number(port), database: pathname.slice(1) }
  const session = await pgSignIn({ ...at, user: role, password: value })
  if (session === undefined) return found
  try {
    if (session.isSuper) {
      found.opens.push({ system: 'postgres', what: 'server', right: 'admin' })
      found.makes.push('postgres role')
    }
    for (const [kind, changes] of [
      ['tables', tableChanges],
      ['views', viewChanges],
    ] as const)
      for (const name of namesIn(target, kind)) {
        const what = `table/${name}`
        if (await isLet(session, [`select 1 from ${name} limit 1`]))
          found.opens.push({ system: 'postgres', what, right: 'read' })
        if (await isLet(session, changes(name))) found.opens.push({ system: 'postgres', what, right: 'write' })
      }
  } finally {
    session.close()
  }
  return found
}

/** Any of these, each taken back. A statement that fails for another reason proves nothing about the right. */
async function isLet(session: PgSession, statements: readonly string[]): Promise<boolean> {
  for (const sql of statements) {
    await session.ask('begin')
    const { state, says } = await session.ask(sql)
    await session.ask('rollback')
    if (state === '') return true
    if (state !== denied) throw new Error(`\`${sql}\` failed: ${state} ${says}`)
  }
  return false
}
