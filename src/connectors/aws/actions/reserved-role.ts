import { formatTime } from '#kit'
import type { Applied } from '#respond/contract'

import { isReserved } from '../names.ts'
import type { Context, Found } from './context.ts'
import { deniedBefore, readBefore, type Denied } from './denied.ts'
import { changeDenied, deniedNow, isDenied } from './deny-policy.ts'
import { organization } from './organization.ts'

export const isReservedRole = ({ arn }: Found): boolean => isReserved(arn)

/** Roles of Identity Center take no policy from inside the account: their older sessions are denied from the organisation. */
export async function cutReserved(context: Context, { arn }: Found, sid: string): Promise<Applied> {
  const access = await organization(context)
  const known = await findEntry(context, sid)
  const entry = known ?? deniedBefore(sid, arn, formatTime(context.clock.nowMs()))
  await changeDenied(access, context.authority, (entries) => [...entries, entry])
  return { says: 'sessions issued before now are denied from the organisation', undoState: { entry } }
}

/** The time before which this step denied sessions; undefined where it did not. */
export async function readReserved(context: Context, sid: string): Promise<string | undefined> {
  const entry = await findEntry(context, sid)
  if (entry === undefined) return undefined
  const holds = await isDenied(await organization(context), context.authority, entry)
  return holds ? readBefore(entry)?.beforeText : undefined
}

export async function undoReserved(context: Context, entry: Denied): Promise<void> {
  await changeDenied(await organization(context), context.authority, (entries) =>
    entries.filter((one) => one !== entry),
  )
}

async function findEntry(context: Context, sid: string): Promise<Denied | undefined> {
  const entries = await deniedNow(await organization(context), context.authority)
  return entries.find((entry) => readBefore(entry)?.sid === sid)
}
