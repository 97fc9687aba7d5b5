export { askerJobs, type AskingDesk, type AskingWork, type QuestionToPut } from './ask.ts'
export { dueRecordsMax, outputJobs, type OutputDesk, type OutputDue, type OutputMove } from './job.ts'
export { trackerJobs, type TaskToOpen, type TaskWork, type TrackerDesk } from './track.ts'
export { batchesOf, refusedInARowMax, sendRecords, type Sent } from './send.ts'
