import type { Lexed, Token } from './sql-lexer.ts'

/** A name as written; unquoted parts are already folded to lower case. */
export type QualifiedName = { schema: string | null; name: string }

/**
 * What a statement's words say where the server's audit line does not: which relations a cursor or COPY reads, how many
 * rows a FETCH asked for, which roles a role command names. Read from words alone, so it may name too much, and misses
 * what a function does inside.
 */
export type SqlFacts = {
  relations: QualifiedName[]
  declares: string[]
  fetches: { cursor: string; rowsMax: number | null }[]
  createdRoles: string[]
  alteredRoles: string[]
  droppedRoles: string[]
  granted: { roles: string[]; members: string[] }[]
  revoked: { roles: string[]; members: string[] }[]
  /** Relations that GRANT … ON or REVOKE … ON names. */
  shared: QualifiedName[]
  setsPassword: boolean
}

export const factsMax = 64
const beforeRelation = new Set(['from', 'join', 'copy', 'table', 'into', 'update', 'using', 'truncate'])
const afterRelationKeyword = new Set(['only', 'lateral'])
const endsList = new Set(
  'where on group order limit set values select to returning with stdin stdout program having'.split(' '),
)
const roleNouns = new Set(['role', 'user', 'group'])

class Words {
  readonly #tokens: readonly Token[]
  at = 0
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.at + ahead]
  }
  get done(): boolean {
    return this.at >= this.#tokens.length
  }
  is(...words: string[]): boolean {
    const token = this.peek()
    return token !== undefined && token.kind !== 'quoted' && words.includes(token.text)
  }
  take(...words: string[]): boolean {
    if (!this.is(...words)) return false
    this.at++
    return true
  }
  name(): string | undefined {
    const token = this.peek()
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'quoted')) return undefined
    this.at++
    return token.text
  }
  /** `a`, `s.a` or `d.s.a`. */
  qualified(): QualifiedName | undefined {
    const parts: string[] = []
    do {
      const part = this.name()
      if (part === undefined) break
      parts.push(part)
    } while (this.take('.'))
    const name = parts.at(-1)
    return name === undefined ? undefined : { schema: parts.at(-2) ?? null, name }
  }
  names(): string[] {
    const found: string[] = []
    do {
      this.take('group', 'user', 'role')
      const name = this.name()
      if (name === undefined) break
      found.push(name)
    } while (this.take(','))
    return found
  }
}

export function sqlFacts({ tokens }: Lexed): SqlFacts {
  const facts: SqlFacts = {
    relations: [],
    declares: [],
    fetches: [],
    createdRoles: [],
    alteredRoles: [],
    droppedRoles: [],
    granted: [],
    revoked: [],
    shared: [],
    setsPassword: false,
  }
  for (const statement of split(tokens)) {
    readCommand(new Words(statement), facts)
    readRelations(new Words(statement), facts)
  }
  facts.relations = facts.relations
    .filter((r, i, all) => all.findIndex((o) => o.schema === r.schema && o.name === r.name) === i)
    .slice(0, factsMax)
  return facts
}

function split(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'sign' && token.text === ';') statements.push([])
    else statements.at(-1)?.push(token)
  }
  return statements.filter((statement) => statement.length > 0).slice(0, factsMax)
}

function readCommand(words: Words, facts: SqlFacts): void {
  if (words.take('declare')) {
    const cursor = words.name()
    if (cursor !== undefined) facts.declares.push(cursor)
  } else if (words.take('fetch')) {
    const fetch = readFetch(words)
    if (fetch !== undefined) facts.fetches.push(fetch)
  } else if (words.take('create') && roleNouns.has(words.peek()?.text ?? '')) {
    words.at++
    if (words.is('mapping')) return
    const name = words.name()
    if (name !== undefined) facts.createdRoles.push(name)
    facts.setsPassword ||= hasPassword(words)
  } else if (words.take('alter') && roleNouns.has(words.peek()?.text ?? '')) {
    words.at++
    if (words.is('mapping')) return
    const name = words.name()
    if (name !== undefined) facts.alteredRoles.push(name)
    facts.setsPassword ||= hasPassword(words)
  } else if (words.take('drop') && roleNouns.has(words.peek()?.text ?? '')) {
    words.at++
    if (words.is('mapping')) return
    if (words.take('if')) words.take('exists')
    facts.droppedRoles.push(...words.names())
  } else if (words.take('grant')) {
    const roles = words.names()
    if (words.take('to')) facts.granted.push({ roles, members: words.names() })
    else facts.shared.push(...sharedRelations(words))
  } else if (words.take('revoke')) {
    if (words.take('admin', 'inherit', 'set')) {
      words.take('option')
      words.take('for')
    }
    const roles = words.names()
    if (words.take('from')) facts.revoked.push({ roles, members: words.names() })
    else facts.shared.push(...sharedRelations(words))
  }
}

const otherObjects = new Set(
  'all database domain foreign function language large parameter procedure routine schema sequence tablespace type'.split(
    ' ',
  ),
)

function sharedRelations(words: Words): QualifiedName[] {
  while (!words.done && !words.take('on')) words.at++
  if (otherObjects.has(words.peek()?.text ?? '')) return []
  words.take('table')
  const found: QualifiedName[] = []
  do {
    const relation = words.qualified()
    if (relation !== undefined) found.push(relation)
  } while (words.take(','))
  return found.slice(0, factsMax)
}

function hasPassword(words: Words): boolean {
  for (; !words.done; words.at++) if (words.is('password') && words.peek(1)?.text !== 'null') return true
  return false
}

/** https://www.postgresql.org/docs/15/sql-fetch.html: without a direction one row moves. */
function readFetch(words: Words): { cursor: string; rowsMax: number | null } | undefined {
  let rowsMax: number | null = 1
  const count = (): number | undefined => {
    words.take('-')
    const token = words.peek()
    if (token?.kind !== 'value' || !/^\d+$/.test(token.text)) return undefined
    words.at++
    return Number(token.text)
  }
  if (words.take('next', 'prior', 'first', 'last')) rowsMax = 1
  else if (words.take('absolute', 'relative')) count()
  else if (words.take('all')) rowsMax = null
  else if (words.take('forward', 'backward')) rowsMax = words.take('all') ? null : (count() ?? 1)
  else rowsMax = count() ?? 1
  words.take('from', 'in')
  const cursor = words.name()
  return cursor === undefined ? undefined : { cursor, rowsMax }
}

/** One level of parentheses: whether a relation's name comes next, and whether a comma brings another. */
type Level = { expects: boolean; lists: boolean; keyword: string }

function readRelations(words: Words, facts: SqlFacts): void {
  const levels: Level[] = [{ expects: false, lists: false, keyword: '' }]
  while (!words.done && facts.relations.length < factsMax * 4) {
    const token = words.peek()
    const level = levels.at(-1)
    if (token === undefined || level === undefined) return
    const isWord = token.kind === 'word'
    if (token.kind === 'sign' && token.text === '(') {
      const expects = level.expects && level.keyword !== 'using'
      levels.push({ expects, lists: expects, keyword: level.keyword })
      level.lists ||= expects
      level.expects = false
    } else if (token.kind === 'sign' && token.text === ')') {
      if (levels.length > 1) levels.pop()
    } else if (isWord && beforeRelation.has(token.text)) {
      level.expects = true
      level.keyword = token.text
    } else if (token.kind === 'sign' && token.text === ',' && level.lists) {
      level.expects = true
    } else if (isWord && endsList.has(token.text)) {
      level.expects = false
      level.lists = false
    } else if (level.expects && !(isWord && afterRelationKeyword.has(token.text))) {
      level.expects = false
      const relation = words.qualified()
      const isCall = words.is('(') && level.keyword !== 'into' && level.keyword !== 'copy'
      if (relation !== undefined && !isCall) facts.relations.push(relation)
      level.lists = level.keyword !== 'using'
      if (relation !== undefined) continue
    }
    words.at++
  }
}
