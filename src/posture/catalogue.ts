import type { Check } from './check.ts'
import { adminWithoutStrongFactor } from './checks/admin-without-strong-factor.ts'
import { breakGlassDaily } from './checks/break-glass-daily.ts'
import { crossAccountTrust } from './checks/cross-account-trust.ts'
import { defaultAccountRights } from './checks/default-account-rights.ts'
import { domainWideDelegation } from './checks/domain-wide-delegation.ts'
import { dormantIdentity } from './checks/dormant-identity.ts'
import { endedContractorAlive } from './checks/ended-contractor-alive.ts'
import { endlessSecret } from './checks/endless-secret.ts'
import { externalChannel } from './checks/external-channel.ts'
import { foreignFederation } from './checks/foreign-federation.ts'
import { forkReadableSecret } from './checks/fork-readable-secret.ts'
import { guestOwner } from './checks/guest-owner.ts'
import { humanSizeRights } from './checks/human-size-rights.ts'
import { leaverAlive } from './checks/leaver-alive.ts'
import { legacyToken } from './checks/legacy-token.ts'
import { oldKey } from './checks/old-key.ts'
import { linkAnyone, linkEditable } from './checks/link-anyone.ts'
import { onePersonApp } from './checks/one-person-app.ts'
import { orgWideSecret } from './checks/org-wide-secret.ts'
import { outsideCollaborator } from './checks/outside-collaborator.ts'
import { retiredIntegration } from './checks/retired-integration.ts'
import { secretInRepository } from './checks/secret-in-repository.ts'
import { sharedIdentity } from './checks/shared-identity.ts'
import { sharedKey } from './checks/shared-key.ts'
import { staleInvite } from './checks/stale-invite.ts'
import { toxicCombination } from './checks/toxic-combination.ts'
import { unboundedKey } from './checks/unbounded-key.ts'
import { unownedApp } from './checks/unowned-app.ts'
import { unpinnedWorkflow } from './checks/unpinned-workflow.ts'
import { unusedGrant } from './checks/unused-grant.ts'
import { unusedKey } from './checks/unused-key.ts'
import { unverifiedApp } from './checks/unverified-app.ts'
import { wildcardRole } from './checks/wildcard-role.ts'
import { writableDeployKey } from './checks/writable-deploy-key.ts'

/** Every kind there is. Adding one is one file in `checks/`, one entry here, and its rule in docs/posture.md. */
export const checks: readonly Check[] = [
  adminWithoutStrongFactor,
  breakGlassDaily,
  crossAccountTrust,
  defaultAccountRights,
  domainWideDelegation,
  dormantIdentity,
  endedContractorAlive,
  endlessSecret,
  externalChannel,
  foreignFederation,
  forkReadableSecret,
  guestOwner,
  humanSizeRights,
  leaverAlive,
  legacyToken,
  linkAnyone,
  linkEditable,
  oldKey,
  onePersonApp,
  orgWideSecret,
  outsideCollaborator,
  retiredIntegration,
  secretInRepository,
  sharedIdentity,
  sharedKey,
  staleInvite,
  toxicCombination,
  unboundedKey,
  unownedApp,
  unpinnedWorkflow,
  unusedGrant,
  unusedKey,
  unverifiedApp,
  wildcardRole,
  writableDeployKey,
]
