export { expose, type ExposeOptions } from './assess/exposure.ts'
export { type CoverageByAuthority } from './assess/impact.ts'
export { openPlaces } from './assess/places.ts'
export { mendingPhases } from './assess/mending.ts'
export { makePlan, manualVerb, planKey } from './assess/plan.ts'
export type { Ladder, PlanAction, PlanSource } from './assess/plan-source.ts'
export { exposureEntitiesMax } from './assess/walk.ts'
export * from './assessing.ts'
export { protectedAmong } from './assessor.ts'
export * from './claiming.ts'
export * from './commands.ts'
export * from './desk.ts'
export * from './error.ts'
export { evidenceOfOpen } from './evidence.ts'
export { actionKey, planHash } from './keys.ts'
export { leaseCalled, leasePage, openLeases, type StoredLease } from './lease-list.ts'
export type { Receipts } from './journal.ts'
export { isolationRuleDefault, type IsolationRule } from './precedence.ts'
export type { Progress } from './progress.ts'
export * from './responder.ts'
export type { ResponseSettings } from './response-settings.ts'
export { respondCursor } from './rows.ts'
export { approverKeyId } from './signature.ts'
export { isolationDueMs, taskDueMs, tasksMax, tasksOf, type Task } from './tasks.ts'
export { timelineKinds, timelineLinesMax, type EventSeen, type Timeline } from './timeline/index.ts'
export * from './triage/index.ts'
export * from './types.ts'
export { resealUndos, sealedUndos, type SealedUndo } from './undo-seal.ts'
export { respondWriter } from './writer.ts'
export {
  byWeight,
  findingPlaces,
  findingsBehind,
  incidentFindings,
  likeFindings,
  toldFinding,
  toldFindings,
} from './finding-list.ts'
