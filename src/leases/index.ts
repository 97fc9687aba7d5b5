export * from './bounds.ts'
export { LeaseError } from './error.ts'
export { dutiesOf, isOver, leaseStateOf, type LeaseFacts } from './state.ts'
export { openLeaseTime, type LeaseTime } from './time.ts'
