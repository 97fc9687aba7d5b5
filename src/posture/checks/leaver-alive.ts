import type { Check } from '../check.ts'
import { endedAccounts } from '../ended.ts'

export const leaverAlive: Check = {
  kind: 'leaver-alive',
  title: 'a leaver who can still get in',
  rule: 'somebody left the staff, and an account or a credential of theirs still lets them in',
  severity: 'high',
  needs: ['people'],
  look: (scene) => endedAccounts(scene, ['staff', null]),
}
