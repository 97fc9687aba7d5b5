import { collaboratorRemove } from './collaborator-remove.ts'
import type { Action } from './context.ts'
import { deployKeyDelete } from './deploy-key-delete.ts'
import { hookDisable } from './hook-disable.ts'
import { installationRemove } from './installation-remove.ts'
import { memberRemove } from './member-remove.ts'
import { runCancel } from './run-cancel.ts'
import { runnerRemove } from './runner-remove.ts'
import { teamLeave } from './team-leave.ts'
import { tokenRevoke } from './token-revoke.ts'
import { workflowDisable } from './workflow-disable.ts'

/** Where two serve the same target, the earlier is the stronger. */
export const githubActions: readonly Action[] = [
  tokenRevoke,
  deployKeyDelete,
  memberRemove,
  runCancel,
  runnerRemove,
  installationRemove,
  collaboratorRemove,
  teamLeave,
  hookDisable,
  workflowDisable,
]
