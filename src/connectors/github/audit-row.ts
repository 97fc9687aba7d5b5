import { z } from 'zod'

import type { EntityId } from '#model'

import {
  nameDeployKey,
  nameLogin,
  namePat,
  nameRepo,
  nameRepoLogin,
  nameSshKey,
  nameToken,
  nameTokenPrint,
  nameUser,
  printOf,
  type Where,
} from './names.ts'

/** Numbers stand as numbers in the API and as text in exports and streams. */
const id = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((value) =>
    value === null || value === undefined || value === '' || Number(value) === 0 ? null : String(value),
  )
const text = z
  .string()
  .nullish()
  .transform((value) => (value === '' ? null : (value ?? null)))

export const auditRow = z.object({
  action: z.string().min(1),
  _document_id: text,
  operation_type: text,
  actor: text,
  actor_id: id,
  actor_ip: text,
  actor_is_bot: z.boolean().nullish(),
  user: text,
  user_id: id,
  user_agent: text,
  org: text,
  org_id: id,
  repo: text,
  repository: text,
  repo_id: id,
  repository_id: id,
  team: text,
  team_id: id,
  data: z.looseObject({ team: text }).nullish(),
  hashed_token: text,
  token_id: id,
  token_scopes: text,
  programmatic_access_type: text,
  external_identity_nameid: text,
  deploy_key_fingerprint: text,
  fingerprint: text,
  read_only: z.union([z.boolean(), z.string()]).nullish(),
  title: text,
  name: text,
  hook_id: id,
  config: z.looseObject({ url: text }).nullish(),
  key: text,
  environment_name: text,
  integration: text,
  installation_id: id,
  permission: text,
  runner_id: id,
  runner_name: text,
  runner_owner_type: text,
  workflow_id: id,
  workflow_run_id: id,
  run_number: id,
  event: text,
  job_name: text,
  secrets_passed: z.array(z.string()).nullish(),
  visibility: text,
  request_id: text,
})
export type AuditRow = z.output<typeof auditRow>

/** A row with the entities it speaks of. */
export type Act = {
  row: AuditRow
  authority: string
  atMs: number
  actor: EntityId | null
  /** What the actor signed in with, as far as the row tells. */
  credential: EntityId | null
  repo: EntityId | null
  repoId: number | null
  user: EntityId | null
  userId: number | null
}

export const numberOf = (value: string | null): number | null =>
  value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null

export function readAct(authority: string, row: AuditRow, atMs: number): Act {
  const repoName = row.repo ?? row.repository
  const repoId = numberOf(row.repo_id ?? row.repository_id)
  const userId = numberOf(row.user_id)
  return {
    row,
    authority,
    atMs,
    actor: nameBy(authority, numberOf(row.actor_id), row.actor),
    credential: credentialOf(authority, row, repoId),
    repo: repoId !== null ? nameRepo(authority, repoId) : repoName !== null ? nameRepoLogin(authority, repoName) : null,
    repoId,
    user: nameBy(authority, userId, row.user),
    userId,
  }
}

const nameBy = (authority: string, number: number | null, login: string | null): EntityId | null =>
  number !== null ? nameUser(authority, number) : login !== null ? nameLogin(authority, login) : null

/** Fine-grained tokens have numbers of their own; the other kinds share one series. */
function credentialOf(authority: string, row: AuditRow, repoId: number | null): EntityId | null {
  const { token_id: tokenId, programmatic_access_type: kind } = row
  if (isFineGrained(kind) && tokenId !== null) return namePat(authority, tokenId)
  if (tokenId !== null) return nameToken(authority, tokenId)
  const print = row.hashed_token === null ? undefined : printOf(row.hashed_token)
  if (print !== undefined) return nameTokenPrint(authority, print)
  if (row.deploy_key_fingerprint !== null && repoId !== null) {
    return nameDeployKey(authority, repoId, row.deploy_key_fingerprint)
  }
  const isGit = row.action.startsWith('git.')
  return isGit && row.fingerprint !== null ? nameSshKey(authority, row.fingerprint) : null
}
export const isFineGrained = (kind: string | null): boolean => kind !== null && /fine.?grained/i.test(kind)

export const whereOf = ({ repoId }: Act): Where => repoId ?? 'org'
