export { claimDaysMax, claimKinds, holds, readClaims, type Claim, type ClaimKind } from './claims.ts'
export { componentsOf, type Component } from './components.ts'
export { VendorError } from './error.ts'
export { heldBy, usesOf, type Held, type Use } from './held.ts'
export { readVendors, thingsOf } from './inventory.ts'
export { losingBy, type Losing } from './losing.ts'
export { stopsOf, type Serving, type ServingsOf, type Stop, type Stops } from './pause.ts'
export { pictureOf, useMs, type Picture } from './picture.ts'
export { platforms, type Platform } from './platforms.ts'
export { houseVendor, vendorOfDomain } from './publisher.ts'
export { authoritiesOf, reachOfApps, type Reach } from './reach.ts'
export { resumeChecks, type ResumeCheck } from './resume.ts'
export { dormantMs, exposureOf, reasonKinds, type Exposure, type Reason } from './risk.ts'
export { vendorFinding, vendorRule } from './finding.ts'
export { becauseOf, isOver, lastStates, stateOf, statesOf, type Bounds, type NotedState, type State } from './state.ts'
export type { App, LetIn, Part, Vendor } from './types.ts'
export {
  addClaim,
  addWords,
  noteResumed,
  noteStates,
  overrideResume,
  resumedPauses,
  withdrawClaim,
  type NewClaim,
  type NewWord,
} from './writer.ts'
export { intoOf, noWords, readWords, wordsOf, type Words } from './words.ts'
