import type { Evidence } from '../types.ts'

export const posture = (...kinds: string[]): Evidence[] => kinds.map((kind) => ({ posture: kind }))
export const house = (...checks: string[]): Evidence[] => checks.map((check) => ({ house: check }))

/** Kinds of weakness that several controls of every framework ask about, so that no two name different ones. */
export const about = {
  factors: posture('admin-without-strong-factor', 'foreign-federation', 'shared-identity', 'break-glass-daily'),
  secrets: posture(
    'old-key',
    'unused-key',
    'endless-secret',
    'legacy-token',
    'unbounded-key',
    'secret-in-repository',
    'shared-key',
  ),
  leaving: [...posture('leaver-alive', 'ended-contractor-alive', 'stale-invite'), ...house('leavers-ended')],
  leastRight: posture(
    'wildcard-role',
    'human-size-rights',
    'default-account-rights',
    'org-wide-secret',
    'unused-grant',
    'dormant-identity',
  ),
  outside: posture(
    'external-channel',
    'link-anyone',
    'link-editable',
    'outside-collaborator',
    'guest-owner',
    'cross-account-trust',
    'toxic-combination',
  ),
  apps: posture(
    'domain-wide-delegation',
    'one-person-app',
    'unverified-app',
    'unowned-app',
    'retired-integration',
    'unused-grant',
  ),
  suppliers: house('vendors-attested'),
  pipelines: posture('fork-readable-secret', 'unpinned-workflow', 'writable-deploy-key'),
  watching: house('sources-read', 'detection-live'),
  record: house('ledger-signed', 'ledger-witnessed'),
  response: house('incidents-contained', 'response-ready', 'two-approvers'),
} as const
