export { dueRecordsMax, outputJobs, type OutputDesk, type OutputDue, type OutputMove } from './job.ts'
export { batchesOf, refusedInARowMax, sendRecords, type Sent } from './send.ts'
