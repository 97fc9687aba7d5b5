import { timingSafeEqual } from 'node:crypto'

import { sha256, systemRandom, toBase32, toHex, type RandomBytes } from '#kit'
import type { EntityId, SourceId, TenantId } from '#model'
import type { Reader, Writer } from '#store'

import { createIngestToken } from './writer.ts'

/**
 * `cit_<id>_<secret>`: may append events of one source, of one host or job where bound, and nothing else. The store keeps
 * its SHA-256 only: 240 random bits need no slow hash.
 */
export const hashToken = (text: string): string => toHex(sha256(text))

const tokenForm = /^cit_([a-z2-7]{16})_[a-z2-7]{48}$/

export type IssuedToken = { id: string; text: string }

/** The text is shown once; afterwards nobody can tell it. */
export async function issueIngestToken(
  writer: Writer,
  request: { tenant: TenantId; source: SourceId; boundTo: EntityId | null; nowMs: number },
  random: RandomBytes = systemRandom,
): Promise<IssuedToken> {
  const id = toBase32(random(10))
  const text = `cit_${id}_${toBase32(random(30))}`
  const { tenant, source, boundTo, nowMs } = request
  await writer.submit(createIngestToken({ tenant, id, source, boundTo, sha256: hashToken(text), createdAtMs: nowMs }))
  return { id, text }
}

export type IngestGrant = { tenant: TenantId; id: string; source: SourceId; boundTo: EntityId | null }

/** Undefined when the text is no token, was never issued, or is revoked: the caller answers all three alike. */
export function verifyIngestToken(reader: Reader, text: string): IngestGrant | undefined {
  const id = tokenForm.exec(text)?.[1]
  if (id === undefined) return undefined
  const row = reader.get<{ tenant: TenantId; source: string; bound_to: EntityId | null; sha256: string }>(
    'SELECT tenant, source, bound_to, sha256 FROM ingest_token WHERE id = ? AND revoked_at IS NULL',
    id,
  )
  if (row === undefined) return undefined
  if (!timingSafeEqual(Buffer.from(row.sha256), Buffer.from(hashToken(text)))) return undefined
  return { tenant: row.tenant, id, source: row.source, boundTo: row.bound_to }
}

export type IngestTokenInfo = IngestGrant & { createdAtMs: number; revokedAtMs: number | null }

export function listIngestTokens(reader: Reader, tenant: TenantId, source: SourceId): IngestTokenInfo[] {
  return reader
    .all<{ id: string; bound_to: EntityId | null; created_at: number; revoked_at: number | null }>(
      'SELECT id, bound_to, created_at, revoked_at FROM ingest_token WHERE tenant = ? AND source = ? ORDER BY created_at, id',
      tenant,
      source,
    )
    .map((row) => ({
      tenant,
      source,
      id: row.id,
      boundTo: row.bound_to,
      createdAtMs: row.created_at,
      revokedAtMs: row.revoked_at,
    }))
}
