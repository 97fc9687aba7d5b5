import { lexSql, type Lexed } from './sql-lexer.ts'

/** A quoted name that could as well be a value in the wrong quotes is dropped with the values. */
const plainName = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/

/**
 * The statement without any value: strings, numbers, dollar quotes and comments become `?`, names and words stay.
 * Where the quoting is ambiguous or the text is too long, the rest is left out. INVARIANT: nothing a caller wrote
 * inside a literal or comment is in the result.
 */
export const scrubSqlLiterals = (sql: string): { sql: string } => ({ sql: scrubLexed(lexSql(sql)) })

/** `quotedNames` false: quoted names go too. Where a statement may not have run, they may be anything. */
export function scrubLexed({ tokens, cut }: Lexed, quotedNames = true): string {
  let out = ''
  let last = 0
  for (const token of tokens) {
    if (token.at > last && out !== '') out += ' '
    if (token.kind === 'value') out += '?'
    else if (token.kind === 'quoted') out += quotedNames && plainName.test(token.text) ? `"${token.text}"` : '"?"'
    else out += token.text
    last = token.end
  }
  return cut ? `${out} …` : out
}
