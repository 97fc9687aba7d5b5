export {
  audits,
  howStored,
  isCustomer,
  questions,
  thirdParties,
  type Asked,
  type AuditsTold,
  type Question,
  type VendorTold,
} from './answers.ts'
export { boardReport } from './board.ts'
export { customerReport } from './customer.ts'
export {
  evidenceKinds,
  linesShownMax,
  type Document,
  type Evidence,
  type Figure,
  type Line,
  type Section,
} from './document.ts'
export { ReportError } from './error.ts'
export { regulatorReport } from './regulator.ts'
export { readScene, type Scene } from './scene.ts'
