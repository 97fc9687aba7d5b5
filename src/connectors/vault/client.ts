import { z } from 'zod'

import type { Http, HttpResponse, Json } from '#kit'
import { readAnswer, timeMs, VendorError, type Limits } from '#sources/contract'

import type { SecretPlace, VaultConfig } from './config.ts'

/** What pulls and actions have in common. */
export type Access = { config: VaultConfig; http: Http; signal: AbortSignal }

/** A server of your own names no quota by itself; this is what Cordon takes at most. */
export const limits: Limits = {
  budgets: [{ name: 'api', perMinute: 300, burst: 30, sharedBy: 'authority' }],
  atOnceMax: 2,
}

export const plainHeaders = ({ namespace }: VaultConfig): Record<string, string> => ({
  // Vault's own guard against requests that a browser or a redirect was talked into.
  'x-vault-request': 'true',
  ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
})

type Asked = { method?: 'GET' | 'POST' | 'PATCH'; body?: Json; as?: 'none' }

export function call({ config, http, signal }: Access, path: string, { method = 'GET', body, as }: Asked = {}) {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return http.request(new URL(`/v1/${path}`, config.apiUrl), {
    method,
    headers: {
      accept: 'application/json',
      ...plainHeaders(config),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(as === undefined ? {} : { as }),
    signal,
  })
}

const health = z.object({ cluster_id: z.string().min(8).max(100), version: z.string().max(60).nullish() })

/** Which cluster answers; no token is sent. A sealed or standby server answers another status. */
export async function readCluster(access: Access) {
  const response = await call(access, 'sys/health?standbyok=true&perfstandbyok=true', { as: 'none' })
  if (response.status === 503 || response.status === 501) {
    throw new VendorError('ERR_VENDOR_REFUSED', 'the server is sealed, or was never set up', { retryable: true })
  }
  return readAnswer(health, response, 'the health of the server')
}

const version = z.object({ created_time: z.string(), deletion_time: z.string().nullish(), destroyed: z.boolean() })
const metadata = z.object({
  data: z.object({
    current_version: z.int().min(0),
    created_time: z.string(),
    updated_time: z.string(),
    custom_metadata: z.record(z.string(), z.string()).nullish(),
    versions: z.record(z.string(), version),
  }),
})
export type Metadata = z.infer<typeof metadata>['data']

export const metadataPath = ({ mount, path }: Pick<SecretPlace, 'mount' | 'path'>): string =>
  `${mount}/metadata/${path}`
export const dataPath = ({ mount, path }: Pick<SecretPlace, 'mount' | 'path'>): string => `${mount}/data/${path}`

export const destroyPath = ({ mount, path }: Pick<SecretPlace, 'mount' | 'path'>): string => `${mount}/destroy/${path}`

/** Of versions when and whether, never what; undefined: no such secret. */
export async function readMetadata(access: Access, place: SecretPlace): Promise<Metadata | undefined> {
  const response = await call(access, metadataPath(place))
  return response.status === 404 ? undefined : readAnswer(metadata, response, 'the metadata of the secret').data
}

/** The version that a reader gets at `nowMs`; undefined: it was deleted or destroyed. A deletion may lie ahead. */
export function liveVersion({ current_version: current, versions }: Metadata, nowMs: number) {
  const found = versions[String(current)]
  if (found === undefined || found.destroyed) return undefined
  const endsMs = timeMs(found.deletion_time === '' ? null : found.deletion_time)
  return endsMs === undefined || endsMs > nowMs ? found : undefined
}

const said = z.object({ errors: z.array(z.string()).nullish() })

/** Vault tells a lost check-and-set from other bad requests by its words alone. */
export function isOutrun(response: HttpResponse): boolean {
  if (response.status !== 400) return false
  const { errors } = said.safeParse(response.json()).data ?? {}
  return errors?.some((text) => text.includes('check-and-set')) ?? false
}
