export { type LetOut, type Product } from './entity.ts'
export { OutputError } from './error.ts'
export { findingEvent, type ShownFinding } from './finding.ts'
export { receiptEvent, type KnownIncident, type PublicLeaf } from './receipt.ts'
export { linkClosed, linkOpened, linkOpening, linksOf, linksSeen, type TaskLink } from './task-links.ts'
export {
  beginOutput,
  dropOutputs,
  moveOutput,
  outputPlace,
  outputRefusals,
  type OutputPlace,
  type Refusal,
} from './writer.ts'
