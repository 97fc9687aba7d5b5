export {
  actorsMaxDefault,
  createBehaviour,
  latenessMaxMs,
  type Behaviour,
  type BehaviourCounts,
  type BehaviourInput,
  type BehaviourStream,
} from './behaviour.ts'
export { behaviourRule, type BehaviourFinding } from './finding.ts'
export type { Habit } from './habit.ts'
export type { BehaviourEvent } from './read/event.ts'
export type { ActorSummary, ShownActor } from './show.ts'
