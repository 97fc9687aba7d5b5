export { backfillJobs, pullJobs, type OpenSource, type PullJob } from './job.ts'
export {
  askedWaitMs,
  freshHealth,
  pullTurn,
  runnerBounds,
  RunnerError,
  startRunner,
  type Runner,
  type RunnerOptions,
  type StreamHealth,
} from './runner.ts'
