const answersMax = 20_000

/** Answers of a pure function of short texts, kept until there are too many, and then made anew. */
export function remembered(work: (text: string) => string): (text: string) => string {
  const answers = new Map<string, string>()
  return (text) => {
    const known = answers.get(text)
    if (known !== undefined) return known
    if (answers.size >= answersMax) answers.clear()
    const made = work(text)
    answers.set(text, made)
    return made
  }
}
