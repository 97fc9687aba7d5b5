import { purposeCharsMax } from '#sources/contract'

/** What somebody's words say. `user`: Slack's id of whom they name; `mail`: an address that they wrote. */
export type Said =
  | { says: 'mine'; purpose: string | null }
  | { says: 'not-mine' }
  | { says: 'ask'; user: string }
  | { says: 'ask'; mail: string }

/** A text of more than that is no answer. */
const textCharsMax = 2_000
const mention = /<@([UW][A-Z0-9]{2,30})(?:\|[^>]*)?>/
const address = /(?:<mailto:)?([^\s<>|@:,;]{1,64}@[^\s<>|@:,;]{1,190}\.[a-z]{2,24})/i

/** A reply's text, in Slack's own writing; undefined: it says nothing that was asked. Pure. */
export function readReply(text: string): Said | undefined {
  const words = text.slice(0, textCharsMax + 1).trim()
  if (words.length > textCharsMax) return undefined
  const mine = /^mine(?:\s*[:,.!–-]\s*|$)/i.exec(words)
  if (mine !== null) return { says: 'mine', purpose: purposeIn(words.slice(mine[0].length)) }
  const isNot = /^(?:no, )?not mine\b/i.test(words)
  const isNamed = /^(?:(?:no, )?not mine\b[\s,.:;–-]*)?ask\b/i.test(words) || /^(?:<[^>]*>|\S+@\S+)$/.test(words)
  const other = isNamed ? named(words) : undefined
  return other ?? (isNot ? { says: 'not-mine' } : undefined)
}

function named(words: string): Said | undefined {
  const user = mention.exec(words)?.[1]
  if (user !== undefined) return { says: 'ask', user }
  const mail = address.exec(words)?.[1]
  return mail === undefined ? undefined : { says: 'ask', mail: mail.toLowerCase() }
}

/** One line without marks of Slack's: links by their label, people by nothing. */
function purposeIn(words: string): string | null {
  const plain = words
    .replaceAll(/<[@#!][^>]*>/g, '')
    .replaceAll(/<(?:[^>|]*\|)?([^>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\s]+/gu, ' ')
    .trim()
  // A character that is cut in two is none.
  const cut = plain
    .slice(0, purposeCharsMax)
    .replace(/[\ud800-\udbff]$/, '')
    .trim()
  return cut === '' ? null : cut
}

const yes: ReadonlySet<string> = new Set(['white_check_mark', 'heavy_check_mark', 'ballot_box_with_check', '+1'])
const no: ReadonlySet<string> = new Set(['x', 'no_entry', 'no_entry_sign', 'negative_squared_cross_mark', '-1'])

/** Of one person; both ways at once say nothing. Tones of skin stand behind `::`. */
export function readReactions(names: readonly string[]): Said | undefined {
  const plain = names.map((name) => name.split('::')[0] ?? '')
  const [isYes, isNo] = [plain.some((name) => yes.has(name)), plain.some((name) => no.has(name))]
  if (isYes === isNo) return undefined
  return isYes ? { says: 'mine', purpose: null } : { says: 'not-mine' }
}
