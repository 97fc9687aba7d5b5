import type { Check } from './check.ts'
import { adminWithoutStrongFactor } from './checks/admin-without-strong-factor.ts'
import { dormantIdentity } from './checks/dormant-identity.ts'
import { externalChannel } from './checks/external-channel.ts'
import { oldKey } from './checks/old-key.ts'
import { outsideCollaborator } from './checks/outside-collaborator.ts'
import { staleInvite } from './checks/stale-invite.ts'
import { unusedGrant } from './checks/unused-grant.ts'
import { unusedKey } from './checks/unused-key.ts'

/** Every kind there is. Adding one is one file in `checks/`, one entry here, and its rule in docs/posture.md. */
export const checks: readonly Check[] = [
  adminWithoutStrongFactor,
  dormantIdentity,
  externalChannel,
  oldKey,
  outsideCollaborator,
  staleInvite,
  unusedGrant,
  unusedKey,
]
