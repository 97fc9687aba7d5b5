import { fileURLToPath } from 'node:url'

import { reply, serve, type Served } from '../http.ts'

export type Isolation = Served & {
  isIsolated(host: string): boolean
  /** Command for `hooks.<verb>` in cordon.yaml; the host's id is added behind it. */
  hook(verb: 'isolate' | 'release' | 'check'): string[]
}

/** An endpoint tool's quarantine (twin): puts a host in, takes it out, tells. */
export async function startIsolation(): Promise<Isolation> {
  const isolated = new Set<string>()
  const served = await serve(() => (request, response) => {
    const [, , host = ''] = new URL(request.url ?? '/', 'http://isolation').pathname.split('/')
    if (host === '') return reply(response, 404, { error: 'not_found' })
    if (request.method === 'PUT') isolated.add(decodeURIComponent(host))
    if (request.method === 'DELETE') isolated.delete(decodeURIComponent(host))
    return reply(response, 200, { host, isolated: isolated.has(decodeURIComponent(host)) })
  })
  const script = fileURLToPath(new URL('./isolation-hook.mjs', import.meta.url))
  return {
    ...served,
    isIsolated: (host) => isolated.has(host),
    hook: (verb) => [process.execPath, script, served.url, verb],
  }
}
