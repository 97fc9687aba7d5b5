import type { TwinCall, TwinReply } from '../kit/server.ts'
import { refusal, selected } from './answers.ts'
import type { Row } from './state.ts'
import type { Tenant } from './tenant.ts'

/** Microsoft keeps the place of a directory delta for about a week. */
export const deltaKeptMs = 7 * 86_400_000

/**
 * What changed since a `deltaLink`. `$deltatoken=latest`: from now on, without what there is. A link that is too old is
 * answered with 410 and the way to begin anew.
 */
export function delta(
  list: 'users' | 'groups' | 'servicePrincipals',
  { state, nowMs }: Tenant,
  call: TwinCall,
  settings: { forgetsDeltasBeforeMs: number },
): TwinReply {
  const token = call.query.get('$deltatoken')
  const place = /^(\d+)-(\d+)$/.exec(token ?? '')
  const link = new URL(call.url)
  link.searchParams.set('$deltatoken', `${state.changes.length}-${nowMs()}`)
  if (place !== null && Number(place[2]) < Math.max(nowMs() - deltaKeptMs, settings.forgetsDeltasBeforeMs)) {
    const fresh = new URL(call.url)
    fresh.searchParams.delete('$deltatoken')
    return refusal(410, 'syncStateNotFound', 'The sync state generation is not found; continue initialization.', {
      location: fresh.href,
    })
  }
  const answer = (value: Row[]): TwinReply => ({
    status: 200,
    body: {
      '@odata.context': `${call.url.origin}/v1.0/$metadata#${list}`,
      value: value.map((row) => ({
        ...selected(call, row),
        ...('members@delta' in row ? { 'members@delta': row['members@delta'] ?? [] } : {}),
      })),
      '@odata.deltaLink': link.href,
    },
  })
  if (token === 'latest') return answer([])
  if (place === null) return answer([...state[list].values()])
  const changed = state.changes.slice(Number(place[1])).filter((change) => change.list === list)
  const ids = [...new Set(changed.map(({ id }) => id))]
  return answer(
    ids.map((id): Row => {
      const row = state[list].get(id)
      if (row === undefined) return { id, '@removed': { reason: 'deleted' } }
      const members = changed.flatMap((change) => (change.id === id ? (change.members ?? []) : []))
      if (members.length === 0) return row
      const named = members.map(({ id: member, isGone }) => ({
        '@odata.type': '#microsoft.graph.user',
        id: member,
        ...(isGone ? { '@removed': { reason: 'deleted' } } : {}),
      }))
      return { ...row, 'members@delta': named }
    }),
  )
}
