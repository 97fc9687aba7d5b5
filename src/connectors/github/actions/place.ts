import { narrowed, type Context } from './context.ts'
import type { Access } from '../api.ts'
import type { Where } from '../names.ts'

type Level = 'read' | 'write'
type Need = { org: string; repository: string }

/** What hangs on the organisation or on a repository has the same calls in both places, and another permission. */
export function inPlace<T>(
  context: Context,
  where: Where,
  needs: Need,
  level: Level,
  work: (base: string, token: string, access: Access) => Promise<T>,
): Promise<T> {
  if (where === 'org') {
    return narrowed(context, { permissions: { [needs.org]: level } }, ({ token }, access) =>
      work(`/orgs/${access.config.org}`, token, access),
    )
  }
  return narrowed(
    context,
    { permissions: { [needs.repository]: level }, repository: where },
    ({ token, repository }, access) => work(`/repos/${repository}`, token, access),
  )
}
