export {
  backup,
  BackupError,
  restore,
  storeFile,
  truncateWal,
  type BackupFile,
  type BackupManifest,
  type BackupOptions,
  type RestoreOptions,
} from './backup.ts'
export * from './command.ts'
export * from './error.ts'
export * from './fence.ts'
export * from './lock.ts'
export { storeFormat } from './migrate.ts'
export * from './reader.ts'
export { openLocalStore } from './testing.ts'
export * from './writer.ts'
export { groupCommitMax, runWriterThread } from './writer-thread.ts'
