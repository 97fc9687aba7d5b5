import type { Check } from '../check.ts'
import { endedAccounts } from '../ended.ts'

export const endedContractorAlive: Check = {
  kind: 'ended-contractor-alive',
  title: 'an ended contractor who can still get in',
  rule: 'a contract ended, and an account or a credential of its contractor still lets them in',
  severity: 'high',
  needs: ['people'],
  look: (scene) => endedAccounts(scene, ['contractor']),
}
