import { writeSync } from 'node:fs'
import { Client } from 'pg'

/**
 * A thief's own program: logs in, does what it came for, and takes rows through a cursor until somebody ends it. It
 * counts what really arrived. One line of JSON on stdout each time a fetch came in, one at the end.
 */
export type Errand = {
  port: number
  user: string
  password: string
  /** Statements before the cursor is opened. */
  first: string[]
  /** The cursor's query; `id` and `customer` are counted. */
  query: string
  rowsAtOnce: number
  pauseMs: number
}
export type Loot = {
  pid: number
  rows: number
  /** Of the people whose rows arrived, each once: key and customer. */
  people: [number, string][]
  lastRowAtMs: number
  endedAtMs: number
  error: string
}

async function steal(errand: Errand): Promise<void> {
  const tell = (line: object): void => void writeSync(1, `${JSON.stringify(line)}\n`)
  const client = new Client({
    host: '127.0.0.1',
    port: errand.port,
    user: errand.user,
    password: errand.password,
    database: 'postgres',
  })
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const people = new Map<number, string>()
  const loot: Loot = { pid: rows[0]?.pid ?? 0, rows: 0, people: [], lastRowAtMs: 0, endedAtMs: 0, error: '' }
  try {
    for (const statement of errand.first) await client.query(statement)
    await client.query('begin')
    await client.query(`declare loot cursor for ${errand.query}`)
    for (;;) {
      const fetched = await client.query<{ id: number; customer: string }>(`fetch ${errand.rowsAtOnce} from loot`)
      for (const { id, customer } of fetched.rows) people.set(id, customer)
      loot.rows += fetched.rows.length
      if (fetched.rows.length > 0) loot.lastRowAtMs = Date.now()
      tell({ rows: loot.rows, pid: loot.pid })
      await new Promise((later) => setTimeout(later, errand.pauseMs))
    }
  } catch (error) {
    loot.error = error instanceof Error ? error.message : String(error)
  }
  tell({ ...loot, endedAtMs: Date.now(), people: [...people] } satisfies Loot)
  await client.end().catch(() => undefined)
}

const errand = process.argv[2]
if (errand !== undefined) await steal(JSON.parse(errand))
