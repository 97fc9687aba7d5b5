export { leasesWriter } from './time.ts'
