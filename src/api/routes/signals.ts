import { ApiError } from '../error.ts'
import type { RouteHandlers } from './call.ts'

export const signalRoutes: RouteHandlers<'signal.receive'> = {
  'signal.receive': async ({ services, params, upload, ingest, header }) => {
    const source = params['source'] ?? ''
    if (ingest?.source !== source) {
      throw new ApiError('ERR_API_FORBIDDEN', 'this token delivers to another source')
    }
    // What is no UTF-8 is no token either: its signature tells.
    const text = new TextDecoder().decode(upload)
    await services.sources.receive(source, { contentType: header('content-type') ?? null, text })
    return { status: 202, headers: {}, body: null }
  },
}
