import { z } from 'zod'

import type { EntityId } from '#model'
import type { ActionContext, Applied, Probed, ReadBack } from '#respond/contract'

import { ask, connect, inTransaction, PostgresError, quoteIdent } from './client.ts'
import type { PostgresConfig } from './config.ts'
import { refused, requireReach, roleState, sessionsOf, type Site } from './contain.ts'
import { passwordId } from './ids.ts'

type Context = ActionContext<PostgresConfig>

/**
 * NOLOGIN refuses every new session however it authenticates; VALID UNTIL also kills the password should someone give
 * LOGIN back. The role is looked up again after the change: a rename in between rolls everything back.
 */
export async function disableLogin(site: Site, target: EntityId, oid: number): Promise<Applied> {
  return inTransaction(site.query, false, async () => {
    const before = await roleState(site.query, oid)
    if (before === undefined) return { says: 'the role no longer exists' }
    requireReach(site, target, before)
    await site.query(`alter role ${quoteIdent(before.name)} nologin valid until 'now'`)
    await requireSame(site, target, oid, before.name)
    return {
      says: `role ${before.name} may no longer log in and its password has expired`,
      undoState: { canLogin: before.canLogin, validUntil: before.validUntil },
    }
  })
}

async function requireSame(site: Site, target: EntityId, oid: number, name: string): Promise<void> {
  const [after] = await ask(
    site.query,
    z.object({ oid: z.number() }),
    'select oid::int8::float8 as oid from pg_roles where rolname = $1',
    [name],
  )
  if (after?.oid !== oid) throw refused(target, 'now names something else')
}

export async function enableLogin(
  site: Site,
  target: EntityId,
  oid: number,
  before: Applied['undoState'],
): Promise<void> {
  const canLogin = before?.['canLogin']
  const validUntil = before?.['validUntil']
  if (
    typeof canLogin !== 'boolean' ||
    typeof validUntil !== 'string' ||
    !/^(?:infinity|[-\d :.+]{1,40})$/.test(validUntil)
  ) {
    throw new PostgresError('ERR_POSTGRES_TARGET', `what \`${target}\` was before is not known`, {
      hint: 'set LOGIN and VALID UNTIL by hand',
    })
  }
  await inTransaction(site.query, false, async () => {
    const now = await roleState(site.query, oid)
    if (now === undefined) throw refused(target, 'no longer exists')
    requireReach(site, target, now)
    await site.query(`alter role ${quoteIdent(now.name)} ${canLogin ? 'login' : 'nologin'} valid until '${validUntil}'`)
    await requireSame(site, target, oid, now.name)
  })
}

export async function loginReadBack(site: Site, oid: number): Promise<ReadBack> {
  const state = await roleState(site.query, oid)
  return state === undefined || !state.canLogin ? 'landed' : 'absent'
}

/** `sessionsToo`: dead only when no session of the role is left either. */
export async function probeLogin(site: Site, context: Context, oid: number, sessionsToo: boolean): Promise<Probed> {
  const state = await roleState(site.query, oid)
  const open = await sessionsOf(site.query, oid)
  if (state?.canLogin === true) return { verdict: 'alive', says: `role ${state.name} may log in` }
  const what = state === undefined ? 'the role no longer exists' : `role ${state.name} may not log in`
  if (sessionsToo && open > 0) return { verdict: 'alive', says: `${what}, but ${open} of its sessions are open` }
  const rest =
    (open > 0 ? `; ${open} sessions are still open` : '; no session of it is open') +
    (state !== undefined && state.prepared > 0
      ? `; ${state.prepared} prepared transactions wait, which only a superuser or the role itself could finish`
      : '')
  const where = [`${context.config.host}:${context.config.port}`]
  const lent = state === undefined ? undefined : context.lent(passwordId(context.authority, oid))
  if (state !== undefined && lent !== undefined) {
    const tried = await tryLogin(context.config, state.name, lent)
    if (tried === 'accepted') return { verdict: 'alive', says: `a login as ${state.name} was accepted` }
    if (tried === 'refused') {
      return { verdict: 'dead', proof: { kind: 'probed', says: `a login as ${state.name} was refused${rest}`, where } }
    }
  }
  return { verdict: 'dead', proof: { kind: 'read-back', says: `${what}${rest}`, where } }
}

async function tryLogin(
  config: PostgresConfig,
  user: string,
  password: string,
): Promise<'accepted' | 'refused' | 'unclear'> {
  try {
    const connection = await connect(config, { user, password, database: config.database }, false)
    await connection.close()
    return 'accepted'
  } catch (error) {
    return error instanceof PostgresError && error.code === 'ERR_POSTGRES_LOGIN' ? 'refused' : 'unclear'
  }
}
