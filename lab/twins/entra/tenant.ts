import type { TwinCall, TwinReply } from '../kit/server.ts'
import type { AuditLog } from './audit-log.ts'
import type { Caller } from './caller.ts'
import type { Allowance } from './limits.ts'
import type { State } from './state.ts'

/** What a test may set: how late the vendor is, what it forgets, and how much it allows. */
export type Settings = {
  /** Units in ten seconds. */
  allowance: Allowance
  /** How late both logs tell of what follows. */
  auditDelayMs: number
  signInDelayMs: number
  /** How long sessions go on that were ended. */
  revocationDelayMs: number
  forgetsDeltasBeforeMs: number
}
export type Tenant = { state: State; log: AuditLog; settings: Settings; nowMs(): number }
export type Handler = (tenant: Tenant, call: TwinCall, caller: Caller) => TwinReply
export type Handlers = Record<string, Handler>
