import { SigmaError } from '../errors.ts'
import { Automaton } from './automaton.ts'
import { requiredLiterals } from './literals.ts'
import { parseRegex, shorten } from './parse.ts'
import { assemble } from './program.ts'
import type { RegexFlags } from './syntax.ts'

const sourceCharsMax = 4096

/** A compiled expression. It searches: a match anywhere in the text counts. */
export type Regex = {
  source: string
  flags: RegexFlags
  /** False only where the reader was told to allow it. */
  linear: boolean
  /** Folded texts of which every match holds one. */
  literals: readonly string[] | undefined
  test(text: string): boolean
}

/** Throws ERR_SIGMA_REGEX, ERR_SIGMA_LIMIT. */
export function compileRegex(source: string, flags: RegexFlags, allowBacktracking: boolean): Regex {
  if (source.length > sourceCharsMax)
    throw new SigmaError('ERR_SIGMA_LIMIT', `a regular expression is longer than ${sourceCharsMax} characters`, {
      hint: 'split it',
    })
  try {
    const syntax = parseRegex(source, flags)
    // Most expressions of a rule set are never run: literals rule them out first.
    let automaton: Automaton | undefined
    const program = assemble(syntax)
    const test = (text: string): boolean => (automaton ??= new Automaton(program)).test(text)
    return { source, flags, linear: true, literals: requiredLiterals(syntax), test }
  } catch (error) {
    if (!allowBacktracking || !(error instanceof SigmaError)) throw error
    return { source, flags, linear: false, literals: undefined, test: backtracking(source, flags) }
  }
}

function backtracking(source: string, { ignoreCase, multiline, dotAll }: RegexFlags): (text: string) => boolean {
  const inline = /^\(\?([ims]+)\)/.exec(source)
  const has = (flag: string, set: boolean): string => (set || inline?.[1]?.includes(flag) === true ? flag : '')
  try {
    const regexp = new RegExp(
      inline === null ? source : source.slice(inline[0].length),
      `${has('i', ignoreCase)}${has('m', multiline)}${has('s', dotAll)}`,
    )
    return (text) => regexp.test(text)
  } catch (error) {
    throw new SigmaError('ERR_SIGMA_REGEX', `regular expression \`${shorten(source)}\` cannot be read`, {
      hint: error instanceof Error ? error.message : 'check its syntax',
    })
  }
}
