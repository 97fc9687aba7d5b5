import { csv } from './csv.ts'
import { CliError, type CliInput, type OptionSpec } from './command.ts'

/** Name of a column and what stands in it: whole values and times as RFC 3339, for machines and spreadsheets. */
export type Columns<Row> = readonly (readonly [name: string, cell: (row: Row) => string | number | boolean | null])[]

export const listOptions = {
  csv: { type: 'boolean', help: 'print the rows as CSV (RFC 4180), names of columns first' },
} as const satisfies Record<string, OptionSpec>

/** RFC 3339 in UTC. */
export const timeCell = (ms: number | null | undefined): string =>
  ms === null || ms === undefined ? '' : new Date(ms).toISOString()
/** Several values in one cell. */
export const manyCell = (values: readonly string[]): string => values.join(' ')

/** Before anything is asked: the two forms exclude each other. */
export function refuseTwoForms(input: CliInput): void {
  if (!input.flag('json') || !input.flag('csv')) return
  throw new CliError('ERR_CLI_USAGE', 'a list is printed as JSON or as CSV', {
    place: '--csv',
    hint: 'leave one of them out; --json alone has all there is',
  })
}

/** Prints a list in the form that was asked for; `text` prints it for people. */
export function printList<Row>(
  input: CliInput,
  list: { json: () => unknown; rows: readonly Row[]; columns: Columns<Row>; text: () => void },
): void {
  refuseTwoForms(input)
  if (input.flag('json')) return input.io.out(JSON.stringify(list.json()))
  if (!input.flag('csv')) return list.text()
  const cells = list.rows.map((row) =>
    list.columns.map(([, cell]) => {
      const value = cell(row)
      return typeof value === 'boolean' ? String(value) : value
    }),
  )
  const whole = csv(
    list.columns.map(([name]) => name),
    cells,
  )
  // `out` ends the last line itself.
  input.io.out(whole.slice(0, -1))
}
