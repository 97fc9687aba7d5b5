/** Characters as pairs of first and last code point, sorted, without overlap. */
export type CharSet = readonly number[]

export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'wordEdge' | 'noWordEdge'

export type Syntax =
  | { kind: 'set'; chars: CharSet }
  | { kind: 'assert'; what: Assertion }
  | { kind: 'all'; of: readonly Syntax[] }
  | { kind: 'any'; of: readonly Syntax[] }
  | { kind: 'repeat'; of: Syntax; min: number; max: number }

export type RegexFlags = { ignoreCase: boolean; multiline: boolean; dotAll: boolean }
