export { tailWay } from './way.ts'
