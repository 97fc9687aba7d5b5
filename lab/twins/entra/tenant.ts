import type { TwinCall, TwinReply } from '../kit/server.ts'
import type { AuditLog } from './audit-log.ts'
import type { Caller } from './caller.ts'
import type { State } from './state.ts'

export type Tenant = { state: State; log: AuditLog; nowMs(): number }
export type Handler = (tenant: Tenant, call: TwinCall, caller: Caller) => TwinReply
export type Handlers = Record<string, Handler>
