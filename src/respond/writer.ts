import type { WriterModule } from '#store'

import { approvalHandlers } from './approval-writer.ts'
import { claimHandlers } from './claim-writer.ts'
import { incidentHandlers } from './incident-writer.ts'
import { journalTo, type OnProven, type Receipts } from './journal.ts'
import { outcomeHandlers } from './outcome-writer.ts'
import { peopleHandlers } from './people-writer.ts'
import { planHandlers } from './plan-writer.ts'
import { restoreHandlers } from './restore-writer.ts'
import { respondMigrations } from './schema.ts'
import { settingHandlers } from './setting-writer.ts'
import { taskHandlers } from './task-writer.ts'
import { undoSealHandlers } from './undo-seal.ts'

export { findingsWriter } from './finding-inbox.ts'

/**
 * Response's share of the store. `receipts` appends the ledger leaf inside the same transaction, or nothing is kept; in it
 * `proven` hears of each step that is proven.
 */
export function respondWriter({ receipts, proven }: { receipts: Receipts; proven?: OnProven }): WriterModule {
  const journal = journalTo(receipts)
  return {
    name: 'respond',
    migrations: respondMigrations,
    handlers: [
      ...incidentHandlers(journal),
      ...planHandlers(journal),
      ...approvalHandlers(journal),
      ...settingHandlers(journal),
      ...claimHandlers(journal),
      ...outcomeHandlers(journal, proven),
      ...restoreHandlers(journal),
      ...taskHandlers(journal),
      ...peopleHandlers(journal),
      ...undoSealHandlers,
    ],
  }
}
