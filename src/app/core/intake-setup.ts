import { formatTime, type RandomBytes } from '#kit'
import { intakeOf, SourceError, wayOf } from '#sources'
import type { Secrets } from '#sources/contract'

/** After a rotation the secret before stays good so long: senders are rarely changed at the same second. */
export const overlapMs = 24 * 3_600_000

export type SetUp = { see: Secrets; setup: string[] }
/** `host` undefined: nobody said what others call this Cordon. */
type Asked = { source: string; config: unknown; host: string | undefined; see: Secrets; random: RandomBytes }

/** The secrets of a source with an intake, completed by those that Cordon makes, and what to tell whoever sets up the sender. */
export function setUpIntake({ source, config, host, see, random }: Asked): SetUp {
  const intake = intakeOf(config)
  if (intake === undefined) return { see, setup: [] }
  const way = wayOf(intake)
  const made = way.make?.(intake, see, random) ?? {}
  return { see: { ...see, ...made }, setup: way.setup(intake, { source, host: host ?? 'YOUR-CORDON', made }) }
}

/** As `setUpIntake`, for a source that has secrets already (`held`). Throws when one is to be made that this source has not. */
export function rotateIntake(asked: Asked & { held: Secrets; make: boolean; nowMs: number }): SetUp {
  const { source, config, see, held, make, nowMs } = asked
  const intake = intakeOf(config)
  const fresh = intake === undefined || !make ? { see, setup: [] } : setUpIntake(asked)
  if (make && Object.keys(fresh.see).length === Object.keys(see).length) {
    throw new SourceError('ERR_SOURCE_NAME', `there is no secret to make for \`${source}\``, {
      place: 'make',
      hint: 'give the new one with --see NAME=file:PATH alone',
    })
  }
  const sealed =
    intake === undefined ? fresh.see : (wayOf(intake).rotated?.(fresh.see, held, nowMs + overlapMs) ?? fresh.see)
  const until = formatTime(nowMs + overlapMs)
  const both = Object.keys(sealed).length > Object.keys(fresh.see).length
  return { see: sealed, setup: both ? [...fresh.setup, `the secret before is good until ${until}`] : fresh.setup }
}
