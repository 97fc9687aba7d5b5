export { auditTree } from './audit.ts'
export { houseOf } from './checkpoint.ts'
export { createCheckpointLoop, type CheckpointLoop, type TenantLedgerState } from './checkpoint-loop.ts'
export { LedgerError } from './error.ts'
export { exportLedger, type ExportRequest } from './export.ts'
export {
  receiptArgs,
  saltsFromSeed,
  type LeafRecord,
  type ReceiptArgs,
  type ReceiptId,
  type ReceiptSalts,
} from './leaf.ts'
export { createLedger, type LedgerParts, type SigningLedger } from './ledger.ts'
export { isConsistent, isIncluded } from './merkle/index.ts'
export { formatNoteKey, parseNoteKey, type NoteKey } from './note.ts'
export { publicLeaves, type PublicLeafRow } from './public-leaves.ts'
export { readOutside, type OutsideCheckpoints } from './outside.ts'
export { factTextMax, receiptFieldsMax, sealedTextMax } from './receipt-guard.ts'
export * from './types.ts'
export { verifyLedgerDir, type VerifyOptions } from './verify-dir.ts'
export { fileDropWitness } from './witness/file-drop.ts'
export { pushWitness } from './witness/push.ts'
export { tlogWitness } from './witness/tlog-witness.ts'
export {
  appendReceipt,
  appendReceiptIn,
  eraseSalt,
  fenceLedger,
  ledgerWriter,
  restartLedger,
  storeCosignature,
} from './writer.ts'
