export { bucketWay } from './way.ts'
