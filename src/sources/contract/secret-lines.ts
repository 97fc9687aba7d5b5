import { VendorError } from './answer.ts'
import type { Secrets } from './stream.ts'

const linesMax = 400

/**
 * Of a secret that holds a value for each of several things: the value by id, from a line `id=value` for each. `id`: all of
 * one; `form`: what a line looks like, for people. INVARIANT: an error names a line, never what stands in it.
 */
export function valuesById(secrets: Secrets, secret: string, { id, form }: { id: RegExp; form: string }) {
  const values = new Map<string, string>()
  const lines = (secrets[secret] ?? '').split('\n').map((line) => line.trim())
  const refuse = (why: string, at?: number): VendorError =>
    new VendorError('ERR_VENDOR_AUTH', `the secret \`${secret}\` has ${why}`, {
      ...(at === undefined ? {} : { place: `line ${at + 1}` }),
      hint: 'give it anew: `cordon source rotate NAME`',
    })
  if (lines.length > linesMax) throw refuse(`over ${linesMax} lines`)
  for (const [at, line] of lines.entries()) {
    if (line === '') continue
    const [, name = '', value = ''] = /^([^=\s]+)\s*=\s*([\x21-\x7e]+)$/.exec(line) ?? []
    if (!id.test(name) || value === '') throw refuse(`a line that is no \`${form}\``, at)
    if (values.has(name)) throw refuse('two lines for one id', at)
    values.set(name, value)
  }
  return values
}

/** The value for `id`; without one an error that blinds that thing alone (`readByOwnKeyOrBlind`). `setting` names it in the configuration. */
export function requireValue(
  values: ReadonlyMap<string, string>,
  id: string,
  { secret, what, setting }: { secret: string; what: string; setting: string },
): string {
  const value = values.get(id)
  if (value !== undefined) return value
  throw new VendorError('ERR_VENDOR_AUTH', `the secret \`${secret}\` has no key of \`${id}\``, {
    hint: `give one, or take the ${what} out of \`${setting}\``,
  })
}
