import { parseOwnJson } from '#kit'

import { ApiError } from '../error.ts'
import type { RouteHandlers } from './call.ts'

export const sourceRoutes: RouteHandlers<
  | 'source.list'
  | 'source.add'
  | 'source.check'
  | 'source.remove'
  | 'ingest-token.create'
  | 'event.ingest'
  | 'event.receive'
  | 'event.show'
> = {
  'source.list': ({ services }) => Promise.resolve({ sources: services.sources.list() }),
  'source.add': ({ services, principal, body, header }) => services.sources.add(body, principal.id, header('host')),
  'source.check': ({ services, params }) => services.sources.check(params['source'] ?? ''),
  'source.remove': async ({ services, principal, params }) => {
    await services.sources.remove(params['source'] ?? '', principal.id)
    return { ok: true as const }
  },
  'ingest-token.create': ({ services, principal, params, body }) =>
    services.sources.createIngestToken(params['source'] ?? '', body, principal.id),
  'event.ingest': ({ services, params, query, upload, ingest, header }) => {
    const source = params['source'] ?? ''
    if (ingest !== null && ingest.source !== source) {
      throw new ApiError('ERR_API_FORBIDDEN', `this ingest token writes to \`${ingest.source}\`, not to \`${source}\``)
    }
    return services.sources.ingest({
      source,
      stream: query.stream,
      partial: query.partial,
      batch: query.batch,
      bytes: upload,
      encoding: header('content-encoding'),
      contentType: header('content-type'),
      token: ingest,
    })
  },
  'event.receive': async ({ services, params, header, readHook }) => {
    const hook = await services.sources.openHook(params['source'] ?? '', header)
    return hook.take(await readHook(), header('content-type'))
  },
  'event.show': async ({ services, params }) => {
    const offset = Number(params['offset'])
    const event = Number.isSafeInteger(offset) ? await services.log.event(services.tenant, offset) : undefined
    if (event === undefined) {
      throw new ApiError('ERR_API_NOT_FOUND', `no event \`${params['offset']}\``, {
        hint: 'it may be past its retention',
      })
    }
    const { id, source, stream, eventAtMs, arrivedAtMs } = event
    return { offset, id, source, stream, eventAtMs, arrivedAtMs, raw: parseOwnJson<unknown>(event.raw) }
  },
}
