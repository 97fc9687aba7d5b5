/** A text value of a rule, cut at its wildcards: literal text, `star` (any run, also none) or `one` (one character). */
export type Pattern = readonly (string | typeof star | typeof one)[]
export const star = 0
export const one = 1
