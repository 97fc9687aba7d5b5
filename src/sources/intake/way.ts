import type { JsonObject, RandomBytes } from '#kit'
import type { Budget, KeptRecord, PullContext, Role, Secrets, Stream } from '#sources/contract'

import type { Intake, IntakeKind } from './config.ts'

export type IntakeOf<Kind extends IntakeKind> = Extract<Intake, { kind: Kind }>
export type Configured = { intake?: Intake }

/** What the machine's owner, who writes cordon.yaml, allows intakes to do here. */
export type IntakeParts = {
  /** Folders whose files may be read. */
  folders: readonly string[]
}

/** What a connector knows of its own records. */
export type KnownRecords = {
  /** The vendor's own immutable id; absent: where the record lies. */
  nativeOf?: (record: JsonObject) => string | undefined
  /** In place of `nativeOf`: what of one record is kept, as of one that is handed in. Pure. */
  keep?: (record: JsonObject) => KeptRecord[]
}

/** `host`: what others call this Cordon. */
export type SetupAt = { source: string; host: string; made: Secrets }

/** One way for records to arrive, as a connector that takes it is extended by it. */
export type Way<Kind extends IntakeKind> = {
  /** Names of its secrets, sealed beside the connector's own to look. */
  secrets: readonly string[]
  /** Of those what core must hold while it receives: hands lends them. */
  lent: readonly string[]
  /** Where Cordon fetches: streams under the name of the connector's own, of which one is on. Absent: records are handed in. */
  streams?(name: string, parts: IntakeParts, known: KnownRecords): Stream<Configured>[]
  /** Origins that fetching calls, and at what pace. */
  origins?(intake: IntakeOf<Kind>): string[]
  budgets?: readonly Budget[]
  /** The least role of the credential that fetches. */
  role?(intake: IntakeOf<Kind>): Role
  /** Secrets that Cordon makes itself where nobody gave one. */
  make?(intake: IntakeOf<Kind>, given: Secrets, random: RandomBytes): Secrets
  /** What is sealed after a rotation: where the way can bear two secrets at once, the one before stays good until `untilMs`. */
  rotated?(given: Secrets, held: Secrets, untilMs: number): Secrets
  /** What to set up at the sender, a line each. `made`: secrets that are told here and nowhere else. */
  setup(intake: IntakeOf<Kind>, at: SetupAt): string[]
  /** What cannot be seen because of the way, in plain sentences. */
  blind(intake: IntakeOf<Kind>): string[]
  check(
    intake: IntakeOf<Kind>,
    context: PullContext<Configured>,
    parts: IntakeParts,
  ): Promise<{ missing: string[]; says: string[] }>
}
